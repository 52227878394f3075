"""Status, tools, permissions, settings, doctor."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.service import doctor
from app.service.accounts import PersonsAccounts
from app.service.api.access import CoreOf, default_workspace
from app.service.api.shapes import AccountBody, NewPermission, SettingChange, ToolCallBody
from app.service.composition import Core, as_json
from core import events
from core.errors import DeskhandError, NotFound, RefusedByPolicy, ToolError, UsageError
from core.gate.policy import is_private_read, is_sending
from core.gate.unasked import is_safe_change
from core.ids import new_id
from core.ports import Intent, Risk, ToolContext
from core.settings import DECLARED

router = APIRouter(prefix="/api")
_EFFECTS: dict[Risk, list[str]] = {"reads": ["reads"], "reversible": ["changes"], "irreversible": ["changes", "irreversible"], "leaves": ["external"]}


@router.get("/status", tags=["core"])
async def status(core: CoreOf) -> dict[str, Any]:
    """What the core is doing."""
    return as_json(core)


@router.post("/stop", status_code=202, tags=["core"], include_in_schema=False)
async def stop(core: CoreOf) -> dict[str, Any]:
    """Stop the core; runs go on after the next start."""
    core.stop_asked.set()
    return {"stopping": True}


@router.get("/doctor", tags=["core"])
async def examine(core: CoreOf) -> dict[str, Any]:
    """What is well and what is not."""
    return doctor.examine(core)


@router.get("/egress", tags=["permissions"])
async def egress(core: CoreOf, limit: Annotated[int, Query(ge=1, le=1000)] = 200) -> list[dict[str, Any]]:
    """Everything that left this machine, or was kept from leaving, newest first."""
    return core.runs.deps.egress.newest(limit)


@router.get("/tools", tags=["tools"])
async def tools(core: CoreOf) -> list[dict[str, Any]]:
    """Every tool: its category, why it cannot be called here now (``unavailable``), what a call does (``effects``: ``reads``, ``changes``, ``irreversible``, ``external``), its risk and schema."""
    categories = {tool.name: tool.category for tool in core.tools.tools()}
    return [
        {
            "name": spec.name, "category": categories.get(spec.name) or spec.name.partition(".")[0], "effects": _EFFECTS[core.tools.risk(spec.name)],
            "description": spec.description, "risk": core.tools.risk(spec.name), "parameters": spec.parameters,
            "unavailable": core.tools.why_unavailable(spec.name),
        }
        for spec in core.tools.all_specs()
    ]  # fmt: skip


@router.get("/tools/{name}", tags=["tools"])
async def tool(core: CoreOf, name: str) -> dict[str, Any]:
    """One tool."""
    found = next((row for row in await tools(core) if row["name"] == name), None)
    if found is None:
        raise NotFound(f"There is no tool {name}.")
    return found


@router.post("/tools/{name}/call", tags=["tools"])
async def call(core: CoreOf, name: str, body: ToolCallBody) -> dict[str, Any]:
    """Call one tool by hand, as a run of one step: journalled and undoable."""
    try:
        known, args = core.tools.resolve(name, body.args)
        if known == "text.compose":
            raise UsageError("text.compose needs a run; ask for the text instead.")
        context = ToolContext(new_id("call"), "s1", _workspace(core, body.workspace), core.clock, asyncio.Event(), closed=core.policy.closed_paths())
        if body.client:
            context = replace(context, tainted=True, origins=(body.client,))
        intent = await core.tools.prepare(known, args, context)
        _require_allowed(core, intent, body)
        if intent.is_partial:  # what is private is opened only now
            context = replace(context, agreed=intent.scopes)
            intent = await core.tools.prepare(known, args, context)
            _require_allowed(core, intent, body)
        core.journal.append(
            events.STEP_STARTED,
            context.run_id,
            {"step": "s1", "attempt": 1, "intent": {"tool": known, "args": args, "risk": intent.risk, "changes": [change.to_json() for change in intent.changes]}},
        )
        result = await core.tools.perform(intent, context)
        problem = await core.tools.verify(intent, result, context)
    except ToolError as error:
        known_codes = {"unknown_tool": "not_found", "not_found": "not_found", "bad_arguments": "bad_arguments", "exists": "exists"}
        raise DeskhandError(error.message, code=known_codes.get(error.code, "tool_failed")) from error
    core.journal.append(events.STEP_FINISHED, context.run_id, {"step": "s1", "status": "failed" if problem else "done"})
    return {"tool": known, "args": args, "value": result.value, "text": result.text, "verified": problem is None, "tainted": result.tainted}


def _require_allowed(core: Core, intent: Intent, body: ToolCallBody) -> None:
    """Raise :class:`RefusedByPolicy` where a call by hand needs more consent than it came with. What would leave is written down either way."""
    try:
        _require_agreed(core, intent, body.approve, body.client)
    except RefusedByPolicy:
        _note_egress(core, intent, False)
        raise
    _note_egress(core, intent, True)


def _note_egress(core: Core, intent: Intent, allowed: bool) -> None:
    for scope in intent.scopes if is_sending(intent) else ():
        core.runs.deps.egress.record("", scope.value, intent.tool, allowed)


def _require_agreed(core: Core, intent: Intent, approve: str, client: str) -> None:
    recipients = {client} - {""}
    decision = core.policy.decide(intent, "", tainted=bool(client), recipients=recipients)
    told = f", and its text would go to {client}" if client and any(map(is_private_read, decision.scopes)) else ""
    agreed = approve == "all" or (approve == "safe" and not decision.is_ruled and is_safe_change(intent, str(intent.args.get("request") or "")))
    if decision.verdict == "deny" or (decision.verdict == "ask" and not agreed):
        raise RefusedByPolicy(f"{intent.tool} needs consent: {decision.why}{told}.", hint="Allow it with --approve all (or safe, if it can be undone and stays in the workspace).")


@router.get("/workspace/files", tags=["tools"])
async def workspace_files(core: CoreOf, like: Annotated[str, Query(max_length=200)] = "", workspace: Annotated[str, Query(max_length=4000)] = "") -> list[str]:
    """Up to twenty names in the workspace that hold ``like``, shortest first, for completing what is typed; nothing is journalled."""
    context = ToolContext(new_id("call"), "s1", _workspace(core, workspace), core.clock, asyncio.Event())
    name = re.sub(r"[*?\[\]\x00]", "", like)
    try:
        intent = await core.tools.prepare("files.find", {"name": name, "limit": 200}, context)
        found = await core.tools.perform(intent, context)
    except ToolError:
        return []
    return sorted(found.value["paths"], key=lambda path: (len(path), path))[:20]


def _workspace(core: CoreOf, given: str):  # type: ignore[no-untyped-def]
    from pathlib import Path

    folder = Path(given or default_workspace(core))
    if "\0" in given or not folder.is_absolute() or not folder.is_dir():
        raise UsageError(f"The workspace {given[:200]!r} is not a folder.", code="bad_workspace")
    return folder


@router.get("/accounts", tags=["settings"])
async def accounts(core: CoreOf) -> list[dict[str, Any]]:
    """Accounts that tools can use; secrets are never shown."""
    return PersonsAccounts(core.settings, core.secrets).list()


@router.put("/accounts/{name}", tags=["settings"])
async def put_account(core: CoreOf, name: str, body: AccountBody) -> list[dict[str, Any]]:
    """Set up an account."""
    PersonsAccounts(core.settings, core.secrets).put(name, body.values, body.secret)
    core.journal.append(events.SETTINGS_CHANGED, "", {"keys": [f"account.{name}"]})
    return await accounts(core)


@router.delete("/accounts/{name}", status_code=204, tags=["settings"])
async def remove_account(core: CoreOf, name: str) -> None:
    """Forget an account and its secret."""
    PersonsAccounts(core.settings, core.secrets).remove(name)
    core.journal.append(events.SETTINGS_CHANGED, "", {"keys": [f"account.{name}"]})


@router.get("/permissions", tags=["permissions"])
async def permissions(core: CoreOf) -> list[dict[str, Any]]:
    """Every rule and grant in force, newest first."""
    return [{name: getattr(rule, name) for name in ("id", "tool", "scope", "decision", "conversation_id", "created_at", "note")} for rule in core.policy.rules()]


@router.post("/permissions", status_code=201, tags=["permissions"])
async def permit(core: CoreOf, body: NewPermission) -> dict[str, Any]:
    """Add a rule."""
    rule = core.policy.add(body.tool, body.scope, body.decision)
    return {"id": rule.id, "tool": rule.tool, "scope": rule.scope, "decision": rule.decision}


@router.delete("/permissions/{rule_id}", status_code=204, tags=["permissions"])
async def revoke(core: CoreOf, rule_id: str) -> None:
    """Revoke a rule or grant."""
    core.policy.revoke(rule_id)


@router.get("/settings", tags=["settings"])
async def settings(core: CoreOf) -> list[dict[str, Any]]:
    """Every setting with its value, default and meaning."""
    return [
        {"key": item.key, "value": core.settings[item.key], "default": item.default, "label": item.label, "choices": list(item.choices), "kind": item.kind.__name__}
        for item in DECLARED
    ]  # fmt: skip


@router.get("/settings/{key}", tags=["settings"])
async def setting(core: CoreOf, key: str) -> dict[str, Any]:
    """One setting."""
    found = next((row for row in await settings(core) if row["key"] == key), None)
    if found is None:
        core.settings[key]
        raise NotFound(f"There is no setting {key}.")
    return found


@router.put("/settings/{key}", tags=["settings"])
async def change(core: CoreOf, key: str, body: SettingChange) -> dict[str, Any]:
    """Change one setting; the file keeps its comments."""
    value = core.settings.set(key, body.value)
    core.journal.append(events.SETTINGS_CHANGED, "", {"keys": [key]})
    return {"key": key, "value": value}
