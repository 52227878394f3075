"""Joins the resources into one application. Errors become the contract's shape in one place."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.service.a2a.face import PATH, Face, card_shown
from app.service.api import (
    conversations,
    devices,
    events,
    mcp,
    memory,
    model_catalog,
    model_files,
    model_setup,
    models,
    openai_style,
    resources,
    runs,
    schedule_events,
    schedules,
    skills,
)
from app.service.api.guard import Guard
from app.service.api.shapes import ErrorBody
from app.service.composition import Core
from core import __version__
from core.errors import DeskhandError

log = logging.getLogger("deskhand.api")
CARD = "/.well-known/agent-card.json"
STATUS = {
    "not_found": 404,
    "no_model": 404,
    "already_settled": 409,
    "still_running": 409,
    "nothing_to_resume": 409,
    "stopping": 503,
    "disk_full": 507,
    "storage": 503,
    "refused": 403,
    "not_local": 409,
    "model_missing": 404,
    "unknown_setting": 404,
    "bad_setting": 409,
    "no_address": 409,
    "no_key": 409,
    "bad_key": 409,
    "model_unpaid": 409,
    "bad_workspace": 404,
    "exists": 409,
    "bad_arguments": 409,
    "tool_failed": 409,
    "no_keyring": 409,
    "no_embedder": 409,
    "settings_unreadable": 409,
    "mcp_json_unreadable": 409,
    "server_failed": 409,
    "bad_server": 409,
    "bad_bundle": 409,
    "bad_link": 409,
    "needs_config": 409,
    "unsafe_archive": 409,
    "bad_account": 409,
    "bad_memory": 409,
    "sign_in": 409,
    "bad_skill": 409,
    "bad_input": 409,
    "skill_blocked": 409,
    "skill_off": 409,
    "skill_changed": 409,
    "several_skills": 409,
    "not_yours": 409,
    "nothing_to_learn": 409,
    "bad_when": 409,
    "unclear_when": 409,
    "bad_schedule": 409,
    "ambiguous": 409,
    "no_broker": 409,
    "bad_broker": 409,
    "broker_not_told": 409,
    "no_mqtt": 409,
    "no_agent": 409,
    "moved": 409,
    "not_moved": 409,
    "bad_code": 409,
    "code_used": 409,
    "code_expired": 409,
    "bad_peer": 409,
    "bad_name": 409,
    "bad_right": 409,
    "no_hub": 409,
    "link_down": 503,
    "hub_unreachable": 502,
    "hub_busy": 503,
    "hub_refused": 502,
    "hub_unreadable": 502,
    "registry_unreachable": 502,
    "not_gguf": 422,
    "not_whole": 422,
    "not_ours": 409,
}


def build(core: Core) -> Any:
    """The ASGI application of one core."""
    app = FastAPI(title="Deskhand", version=__version__, docs_url=None, redoc_url=None, responses={"default": {"model": ErrorBody, "description": "An error"}})
    app.state.core = core
    for module in (runs, conversations, model_catalog, model_files, model_setup, models, resources, mcp, memory, skills, schedules, devices, openai_style, events):
        app.include_router(module.router)
    app.add_api_route(CARD, _agent_card, include_in_schema=False)
    app.mount(PATH, Face(core))
    schedule_events.announce(core)
    app.add_exception_handler(DeskhandError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unknown)
    _describe_security(app)
    return Guard(app, core.token)


async def _agent_card(request: Request) -> JSONResponse:
    """Who this is, for other agents (A2A)."""
    return JSONResponse(card_shown(request.app.state.core))


def _describe_security(app: FastAPI) -> None:
    original = app.openapi

    def document() -> dict[str, Any]:
        schema = original()
        schema.setdefault("components", {})["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        schema["security"] = [{"token": []}]
        return schema

    app.openapi = document  # type: ignore[method-assign]


def error_response(status: int, code: str, message: str, hint: str = "", headers: dict[str, str] | None = None) -> JSONResponse:
    """The contract's error, which is OpenAI's too."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    return JSONResponse({"error": {"code": code, "message": message, "hint": hint, "type": kind, "param": None}}, status, headers)


async def _known(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DeskhandError)
    status = STATUS.get(error.code, 400 if error.exit_code == 2 else 502 if error.code.startswith(("model_", "bad_key")) else 500)
    return error_response(status, error.code, error.message, error.hint)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    rows = [_sentence(row) for row in error.errors()[:5]]
    return error_response(422, "invalid", " ".join(rows))


def _sentence(row: dict[str, Any]) -> str:
    name = ".".join(str(part) for part in row["loc"][1:]) or "The body"
    known = {
        "string_too_long": lambda: f"{name} is too long: at most {row['ctx']['max_length']:,} characters.",
        "missing": lambda: f"{name} is missing.",
        "extra_forbidden": lambda: f"{name} is not known here.",
        "json_invalid": lambda: "The body is not valid JSON.",
    }
    return known[row["type"]]() if row["type"] in known else f"{name}: {row['msg']}."


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        error.headers = {"Allow": ", ".join(_methods(request))}
    return error_response(error.status_code, {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http"), str(error.detail), headers=dict(error.headers or {}))


def _methods(request: Request) -> list[str]:
    """Every method of this path: FastAPI makes a route for each, so the one that answered knows only its own."""
    from starlette.routing import Match

    scope = {**request.scope, "method": "GET"}
    return sorted({method for route in request.app.routes if route.matches(scope)[0] != Match.NONE for method in getattr(route, "methods", None) or ()} - {"HEAD"})


async def _unknown(request: Request, error: Exception) -> JSONResponse:
    log.error("a request failed in a way the API does not know", exc_info=error)
    return error_response(500, "internal", "Something went wrong inside Deskhand.", "The log has the details.")
