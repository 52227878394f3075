"""Other A2A agents as devices: they take whole requests, and what they say is somebody else's words."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from core.errors import DeskhandError, ToolDenied, ToolFailed
from core.gate.egress import Egress
from core.network.http import make_async_client
from core.ports import RemoteCall, ToolResult
from core.settings import Settings

POLL_SECONDS = 0.5


@dataclass(slots=True)
class Agents:
    """``token`` gives the bearer token of an agent by its device's name."""

    settings: Settings
    egress: Egress
    token: Callable[[str], str | None]

    async def card(self, url: str, name: str) -> dict[str, Any]:
        """What an agent says of itself. Raises :class:`DeskhandError` where there is none, or nothing may leave this machine."""
        self._out("", url, "a2a")
        async with self._client(name) as http:
            try:
                from a2a.client import A2ACardResolver

                card = await A2ACardResolver(http, url).get_agent_card()
            except Exception as error:  # the SDK and the network below it fail in ways of their own
                raise DeskhandError(f"No A2A agent answers at {url}.", code="no_agent", hint="Is the address right, and does it want a token (--token)?") from error
            return {"name": str(card.name)[:200], "about": str(card.description)[:500], "url": url, "skills": [str(skill.name)[:80] for skill in card.skills][:40]}

    def _client(self, name: str) -> Any:
        token = self.token(name)
        return make_async_client(timeout=60, headers={"Authorization": f"Bearer {token}"} if token else {})

    def _out(self, run_id: str, url: str, purpose: str) -> None:
        from urllib.parse import urlsplit

        allowed = not self.settings["privacy.local_only"] or urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
        self.egress.record(run_id, urlsplit(url).hostname or url, purpose, allowed)
        if not allowed:
            raise DeskhandError("Local only: other agents are not asked.", code="refused")

    async def perform(self, card: Mapping[str, Any], call: RemoteCall) -> ToolResult:
        """A request, to its end. Raises :class:`ToolError`."""
        if call.tool != "device.ask":
            raise ToolFailed(f"{call.device} is another agent: it takes requests in words (device.ask), no single steps.", code="failed_there")
        try:
            self._out(call.run_id, str(card["url"]), f"a2a:{call.device}")
        except DeskhandError as error:
            raise ToolDenied(error.message) from error
        try:
            async with self._client(call.device) as http:
                return await self._asked(http, card, call)
        except (ToolFailed, ToolDenied, asyncio.CancelledError):
            raise
        except Exception as error:
            raise ToolFailed(f"{call.device}: {error or type(error).__name__}", code="failed_there", retryable=False) from error

    async def _asked(self, http: Any, card: Mapping[str, Any], call: RemoteCall) -> ToolResult:
        from a2a.client import ClientConfig, create_client
        from a2a.types import CancelTaskRequest, GetTaskRequest, TaskState

        client = await create_client(str(card["url"]), ClientConfig(streaming=False, polling=True, httpx_client=http))
        task = await self._sent(client, str(call.args.get("request", "")), "", "")
        try:
            while True:
                state = TaskState.Name(task.status.state)
                if state in ("TASK_STATE_INPUT_REQUIRED", "TASK_STATE_AUTH_REQUIRED"):
                    given = await call.question(
                        {"id": f"{task.id}{len(task.history)}", "tool": call.device, "why": "the other agent asks", "preview": _text(task.status.message), "tainted": True}
                    )
                    task = await self._sent(client, "no" if given == "no" else "yes", task.id, task.context_id)
                elif state in ("TASK_STATE_SUBMITTED", "TASK_STATE_WORKING", "TASK_STATE_UNSPECIFIED"):
                    await asyncio.sleep(POLL_SECONDS)
                    task = await client.get_task(GetTaskRequest(id=task.id))
                else:
                    return _result(task, state, call.device)
        except asyncio.CancelledError:
            if call.cancelled():
                with contextlib.suppress(Exception):
                    await asyncio.shield(asyncio.wait_for(client.cancel_task(CancelTaskRequest(id=task.id)), 5))
            raise

    async def _sent(self, client: Any, text: str, task_id: str, context_id: str) -> Any:
        """One message; the task that it begins or goes on with. A plain message is a task that is over."""
        from a2a.types import Message, Part, Role, SendMessageConfiguration, SendMessageRequest, Task, TaskState, TaskStatus

        message = Message(message_id=uuid4().hex, role=Role.ROLE_USER, parts=[Part(text=text)], task_id=task_id, context_id=context_id)
        request = SendMessageRequest(message=message, configuration=SendMessageConfiguration(return_immediately=True))
        found: Any = None
        async for event in client.send_message(request):
            if event.HasField("task"):
                found = event.task
            elif event.HasField("message"):
                found = Task(id=event.message.task_id, status=TaskStatus(state=TaskState.TASK_STATE_COMPLETED, message=event.message))
        if found is None:
            raise ToolFailed("It did not answer with a task.", code="failed_there")
        return found


def _result(task: Any, state: str, device: str) -> ToolResult:
    said = "\n".join(filter(None, ("\n".join(part.text for part in artifact.parts if part.text) for artifact in task.artifacts))) or _text(task.status.message)
    if state == "TASK_STATE_COMPLETED":
        return ToolResult({"answer": said, "run_id": task.id}, said, tainted=True)
    if state == "TASK_STATE_REJECTED":
        raise ToolDenied(f"{device}: {said or 'it refused'}")
    raise ToolFailed(f"{device}: {said or state.removeprefix('TASK_STATE_').lower()}", code="failed_there")


def _text(message: Any) -> str:
    return "\n".join(part.text for part in message.parts if part.text)[:8000]
