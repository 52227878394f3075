"""Deskhand as an A2A agent, under ``/a2a`` of its own API, behind the same door. A task is a run; what waits for consent is INPUT_REQUIRED, and the next message answers it.

Protocol: Agent2Agent 1.0, JSON-RPC binding (a2a-protocol.org); the SDK keeps its rules.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from app.client.card_text import card_text
from core.errors import DeskhandError
from core.gate.card import read_reply

if TYPE_CHECKING:
    from app.service.composition import Core

PATH = "/a2a"
LOOK_SECONDS = 0.1
RIGHTS = ["read", "change", "act"]


class Face:
    """An ASGI application that is made when it is first asked: the SDK takes a while to import."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._app is None:
            self._app = _made(self._core)
        await self._app(scope, receive, send)


def card_of(core: Core) -> Any:
    """What others read first: name, skills, where it is asked and how."""
    from a2a.types import AgentCapabilities, AgentCard, AgentInterface, AgentSkill, HTTPAuthSecurityScheme, SecurityScheme

    from core import __version__

    skills = [
        AgentSkill(
            id="request",
            name="Requests in words",
            description="Files, notes, tables, calendar, mail, programs and the web on this machine, planned, checked and undoable.",
            tags=["assistant"],
        )
    ]
    skills += [
        AgentSkill(id=row["name"], name=row["title"], description=row["description"][:300], tags=["skill"]) for row in (core.skills.shown(entry) for entry in core.skills.usable())
    ][:40]
    return AgentCard(
        name=f"Deskhand on {core.devices.hub.name}", description="A personal assistant for the machine that it runs on.", version=__version__, skills=skills,
        supported_interfaces=[AgentInterface(url=f"http://127.0.0.1:{core.port}{PATH}/", protocol_binding="JSONRPC", protocol_version="1.0")],
        capabilities=AgentCapabilities(streaming=True), default_input_modes=["text/plain"], default_output_modes=["text/plain"],
        security_schemes={"token": SecurityScheme(http_auth_security_scheme=HTTPAuthSecurityScheme(scheme="bearer"))},
    )  # fmt: skip


def card_shown(core: Core) -> dict[str, Any]:
    """The card as JSON."""
    from google.protobuf.json_format import MessageToDict

    return dict(MessageToDict(card_of(core)))


def _made(core: Core) -> Any:
    from a2a.server.request_handlers import DefaultRequestHandler
    from a2a.server.routes import create_jsonrpc_routes
    from a2a.server.tasks import InMemoryTaskStore
    from starlette.applications import Starlette

    handler = DefaultRequestHandler(_executor(core), InMemoryTaskStore(), card_of(core))
    return Starlette(routes=create_jsonrpc_routes(handler, "/"))


def _executor(core: Core) -> Any:
    from a2a.helpers import new_task_from_user_message, new_text_part
    from a2a.server.agent_execution import AgentExecutor
    from a2a.server.tasks import TaskUpdater

    class Executor(AgentExecutor):
        """Tasks as runs; a conversation for each context."""

        def __init__(self) -> None:
            self.runs: dict[str, str] = {}
            self.conversations: dict[str, str] = {}

        async def execute(self, context: Any, event_queue: Any) -> None:
            updater = TaskUpdater(event_queue, context.task_id, context.context_id)
            if context.current_task is None:
                await event_queue.enqueue_event(new_task_from_user_message(context.message))
            await updater.start_work()
            try:
                self._take(context)
            except DeskhandError as error:
                await updater.reject(updater.new_agent_message([new_text_part(f"{error.message} {error.hint}".strip())]))
                return
            await self._follow(self.runs[context.task_id], updater)

        def _take(self, context: Any) -> None:
            """Begin a run, or answer the question of the one that waits. Raises :class:`DeskhandError`."""
            said, known = context.get_user_input(), self.runs.get(context.task_id)
            if known is not None:
                for row in (row for row in core.approvals.pending() if row["run_id"] == known and not row.get("here_only")):
                    core.approvals.answer(row["id"], "once" if read_reply(said) == "yes" else "no", by="a2a")
                return
            from app.service.api.access import default_workspace

            remote = {"waits": True, "rights": RIGHTS, "hub": "A2A", "tainted": False}
            request = {"text": said, "workspace": default_workspace(core), "approve": "ask", "remote": remote, "conversation_id": self.conversations.get(context.context_id, "")}
            self.runs[context.task_id] = run_id = core.runs.start(request)
            self.conversations[context.context_id] = core.runs.runs.get(run_id)["conversation_id"]

        async def _follow(self, run_id: str, updater: Any) -> None:
            """Until the run is over or asks something."""
            while True:
                row = core.runs.runs.get(run_id)
                if row["finished_at"]:
                    await self._end(core.runs.show(run_id)["result"], updater)
                    return
                if waiting := [one for one in core.approvals.pending() if one["run_id"] == run_id]:
                    end = "Only somebody at that machine can allow it." if waiting[0].get("here_only") else "Allow it? yes or no"
                    await updater.requires_input(updater.new_agent_message([new_text_part(f"{card_text(waiting[0])}\n{end}")]))
                    return
                await asyncio.sleep(LOOK_SECONDS)

        async def _end(self, result: dict[str, Any], updater: Any) -> None:
            text = str(result.get("answer") or "")
            told = updater.new_agent_message([new_text_part(text)])
            if result["status"] == "done":
                await updater.add_artifact([new_text_part(text)], name="answer")
                await updater.complete(told)
            else:
                await {"refused": updater.reject, "cancelled": updater.cancel}.get(result["status"], updater.failed)(told)

        async def cancel(self, context: Any, event_queue: Any) -> None:
            updater = TaskUpdater(event_queue, context.task_id, context.context_id)
            if run_id := self.runs.get(context.task_id):
                core.runs.cancel(run_id, "The other agent stopped it.")
            await updater.cancel()

    return Executor()
