"""One server, owned by one task: entered, listed, watched and left in that task, called from any other.

``stopped`` → ``starting`` → ``ready`` → ``failed``, and again when somebody calls it and its pause is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx2
import mcp_types as types
from mcp import Client
from mcp.shared.dispatcher import ProgressFnT
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from core import __version__
from core.errors import ToolFailed
from tools.mcp.config import ServerConfig, how_to_get
from tools.mcp.http import http
from tools.mcp.lenient import lenient
from tools.mcp.stdio import ChildProcess, stdio

log = logging.getLogger("deskhand.mcp")
State = Literal["stopped", "starting", "ready", "failed"]
START_SECONDS, STOP_SECONDS = 45.0, 10.0
PAUSES = (0.0, 1.0, 2.0, 5.0, 15.0, 60.0)  # before a server that failed so many times is started again
MOST_TOOLS, MOST_PAGES, MOST_LEFT_OUT = 2000, 100, 50
_GENERIC = re.compile(r"server returned an error response|unexpected content type|session terminated", re.I)
_SESSION = re.compile(r"session (?:not found|expired|terminated|has expired|does not exist)|(?:no valid|invalid|unknown|missing) session|session id", re.I)
Words = Callable[[str, types.CreateMessageRequestParams], Awaitable[types.CreateMessageResult | types.ErrorData]]
Elicit = Callable[[str, types.ElicitRequestParams], Awaitable[types.ElicitResult]]


async def _decline(server: str, params: types.ElicitRequestParams) -> types.ElicitResult:
    return types.ElicitResult(action="decline")


async def _no_words(server: str, params: types.CreateMessageRequestParams) -> types.CreateMessageResult | types.ErrorData:
    return types.ErrorData(code=-1, message="There is no model for it.")


class _SessionLost(Exception):
    """The server does not know the session any more: nothing was done."""


@dataclass(slots=True)
class Listing:
    """What a server offers."""

    tools: tuple[types.Tool, ...] = ()
    instructions: str = ""
    version: str = ""
    server: str = ""
    left_out: tuple[str, ...] = ()  # what of its tools cannot be offered, a sentence each


@dataclass(slots=True)
class McpConnection:
    """``elicit`` answers what a server asks the person, ``words`` what it asks a model; ``changed`` is told of every change of state or tools."""

    config: ServerConfig
    elicit: Elicit = _decline
    auth: Callable[[], httpx2.Auth | None] = lambda: None
    changed: Callable[[McpConnection], None] = lambda connection: None
    secret: Callable[[str], str | None] = lambda name: None
    roots: Callable[[str], list[Path]] = lambda name: []
    words: Words = _no_words
    mode: str = "auto"
    is_local: bool = False  # a server of this machine is to have no network
    state: State = "stopped"
    why: str = ""  # of the last failure
    listing: Listing = field(default_factory=Listing)
    failures: int = 0
    child: ChildProcess = field(default_factory=ChildProcess)
    _client: Client | None = None
    _owner: asyncio.Task[None] | None = None
    _began: asyncio.Event = field(default_factory=asyncio.Event)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: bool = False
    _ended: bool = False
    _relist: bool = False
    _not_before: float = 0.0
    _left_out: list[str] = field(default_factory=list)
    _refusal: str = ""  # what an HTTP server said when it last refused
    _renewing: asyncio.Lock = field(default_factory=asyncio.Lock)

    # -- for everybody ----------------------------------------------------------------------------------------------

    async def ready(self) -> Client:
        """The client, started if need be. Raises :class:`ToolFailed` with the server's own last words where it does not start."""
        if self._client is not None and self.state == "ready":
            return self._client
        if self._owner is None or self._owner.done():
            if (wait := self._not_before - time.monotonic()) > 0:
                raise ToolFailed(f"{self.config.name} failed: {self.why}. It is tried again in {wait:.0f} s.", code="server_failed", retryable=wait < 5)
            self._begin()
        try:
            async with asyncio.timeout(START_SECONDS + STOP_SECONDS):
                await self._began.wait()
        except TimeoutError as error:
            raise ToolFailed(f"{self.config.name} does not start.", code="server_failed") from error
        if self._client is None:
            raise ToolFailed(f"{self.config.name} cannot be used: {self.why}.", code="server_failed")
        return self._client

    async def call(self, name: str, args: dict[str, Any], progress: ProgressFnT | None = None) -> types.CallToolResult:
        """Call a tool, bounded by the server's time limit; once more in a new session where the server forgot this one. Raises :class:`ToolFailed`."""
        client = await self.ready()
        try:
            return await self._call(client, name, args, progress)
        except _SessionLost:
            await self._renew(client)
        try:
            return await self._call(await self.ready(), name, args, progress)
        except _SessionLost as error:
            raise ToolFailed(f"{self.config.name} refused: {error}", code="server_error", hint=self._hint) from error

    async def _renew(self, lost: Client) -> None:
        """A new session in place of one that the server does not know any more; whoever comes second finds it there."""
        async with self._renewing:
            if self._client is lost:
                await self.stop()
                await self.ready()

    @property
    def _hint(self) -> str:
        return f"These are the words of the MCP server {self.config.name}; other arguments or another tool may work."

    async def _call(self, client: Client, name: str, args: dict[str, Any], progress: ProgressFnT | None) -> types.CallToolResult:
        self._refusal = ""
        try:
            async with asyncio.timeout(self.config.timeout_s):
                return await client.call_tool(name, args, progress_callback=progress)
        except TimeoutError as error:
            raise ToolFailed(
                f"{self.config.name} did not answer within {self.config.timeout_s:.0f} s.", code="timeout", retryable=True, hint="It may be busy; less at once may be quicker."
            ) from error
        except MCPError as error:
            if self.config.url and _SESSION.search(str(error)):
                raise _SessionLost(str(error)) from error
            if self._ended or self.state != "ready":
                raise ToolFailed(
                    f"{self.config.name} ended while it worked: {self.why or self._with_last_words(self.child.why or 'its connection closed')}.",
                    code="server_failed",
                    retryable=True,
                ) from error
            raise ToolFailed(f"{self.config.name} refused: {self._in_words(str(error)[:500])}", code="server_error", hint=self._hint) from error
        except (httpx2.HTTPError, OSError, ValueError, RuntimeError) as error:
            raise ToolFailed(f"{self.config.name} failed: {_sentence(error)}", code="server_error", retryable=isinstance(error, httpx2.TransportError)) from error

    async def stop(self) -> None:
        """Leave the server; its processes are gone when this returns."""
        self._stopping = True
        self._wake.set()
        if self._owner is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._owner), STOP_SECONDS)
            if not self._owner.done():
                self._owner.cancel()
                await asyncio.gather(self._owner, return_exceptions=True)
        self._set("stopped")

    # -- the owner --------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._refusal = ""
        self._began, self._wake, self._stopping, self._ended, self.child = asyncio.Event(), asyncio.Event(), False, False, ChildProcess()
        self._set("starting")
        self._owner = asyncio.create_task(self._own(), name=f"owner of {self.config.name}")

    async def _own(self) -> None:
        try:
            async with asyncio.timeout(START_SECONDS) as limit, self._entered() as client:
                self.listing = await self._list(client)
                limit.reschedule(None)
                self._client, self.failures, self.why = client, 0, ""
                self._set("ready")
                self._began.set()
                await self._watch(client)
        except TimeoutError:
            self._fail(f"it did not start within {START_SECONDS:.0f} s")
        except asyncio.CancelledError:
            raise
        except BaseExceptionGroup as group:
            self._fail(_sentence(_first(group)))
        except Exception as error:
            self._fail(_sentence(error))
        finally:
            self._client = None
            if self.state == "ready":
                self._set("stopped") if self._stopping else self._fail(self.child.why or "its connection closed")
            self._began.set()

    def _entered(self) -> Client:
        expanded = self.config.expanded(self.secret)
        transport = http(expanded, self.auth(), self._note_refusal) if expanded.url else stdio(expanded, self.child, self._output_ended, self.is_local)
        return Client(
            lenient(transport, self._left_out.append), mode=self.mode, elicitation_callback=self._elicited, sampling_callback=self._sampled, message_handler=self._told, list_roots_callback=self._listed_roots,  # type: ignore[arg-type]
            client_info=types.Implementation(name="deskhand", version=__version__), read_timeout_seconds=self.config.timeout_s,
        )  # fmt: skip

    async def _watch(self, client: Client) -> None:
        """Until it is left or ends; its list is read again when it says that it has changed."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._stopping or self._ended:
                return
            if self._relist:
                self._relist = False
                with contextlib.suppress(MCPError, TimeoutError):
                    async with asyncio.timeout(START_SECONDS):
                        self.listing = await self._list(client, "refresh")
                        self.changed(self)

    async def _list(self, client: Client, cache: Any = "use") -> Listing:
        self._left_out.clear()
        tools: dict[str, types.Tool] = {}
        cursor, seen = None, set[str]()
        if client.server_capabilities.tools is not None:
            for _ in range(MOST_PAGES):
                page = await client.list_tools(cursor=cursor, cache_mode=cache)
                for tool in page.tools:
                    if tool.name in tools and cursor not in seen:
                        self._left_out.append(f"A second tool {tool.name[:80]} is left out.")
                    tools.setdefault(tool.name, tool)
                cursor = page.next_cursor
                if not cursor or cursor in seen or len(tools) >= MOST_TOOLS:
                    break
                seen.add(cursor)
        info = client.server_info
        return Listing(
            tuple(tools.values())[:MOST_TOOLS],
            (client.instructions or "")[:4000],
            client.protocol_version,
            f"{info.name} {info.version}".strip() if info else "",
            tuple(dict.fromkeys(self._left_out))[:MOST_LEFT_OUT],
        )

    def _in_words(self, why: str) -> str:
        """What the server itself said, where the protocol's library only says that it refused."""
        return self._refusal if self._refusal and _GENERIC.search(why) else why

    def _note_refusal(self, text: str) -> None:
        self._refusal = text

    def _output_ended(self) -> None:
        self._ended = True
        self._wake.set()

    async def _told(self, message: Any) -> None:
        if isinstance(message, types.ToolListChangedNotification):
            self._relist = True
            self._wake.set()

    async def _elicited(self, context: Any, params: types.ElicitRequestParams) -> types.ElicitResult:
        return await self.elicit(self.config.name, params)

    async def _sampled(self, context: Any, params: types.CreateMessageRequestParams) -> types.CreateMessageResult | types.ErrorData:
        return await self.words(self.config.name, params)

    async def _listed_roots(self, context: Any) -> types.ListRootsResult:
        """The cheap answer to a server of an older revision: the folder that it is called for."""
        return types.ListRootsResult(roots=[types.Root(uri=path.as_uri(), name=path.name) for path in self.roots(self.config.name)])  # type: ignore[arg-type,unused-ignore]

    def _fail(self, why: str) -> None:
        self.why = self._with_last_words(self._in_words(why))
        self.failures += 1
        self._not_before = time.monotonic() + PAUSES[min(self.failures - 1, len(PAUSES) - 1)]
        log.warning("MCP server %s: %s", self.config.name, self.why)
        self._set("failed")

    def _with_last_words(self, why: str) -> str:
        said = "; ".join(list(self.child.said)[-3:])
        return (why.rstrip(".") + (f" (it said: {said[:300]})" if said else ""))[:600]

    def _set(self, state: State) -> None:
        self.state = state
        self.changed(self)


def _first(group: BaseExceptionGroup[Any]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _sentence(error: BaseException) -> str:
    if isinstance(error, FileNotFoundError):
        return f"there is no program {error.filename}. {how_to_get(str(error.filename))}".strip()
    if isinstance(error, BaseExceptionGroup):
        error = _first(error)
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"it answers otherwise than the protocol says ({'.'.join(map(str, first['loc']))}: {first['msg']})"[:400]
    return f"{str(error)[:400] or type(error).__name__}".rstrip(".")
