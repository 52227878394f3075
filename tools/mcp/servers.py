"""All MCP servers of this core: which there are, what they offer, whether they run. A server starts when one of its tools is first called."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core.errors import DeskhandError, NotFound, ToolFailed
from core.network import local_only
from core.ports import Secrets, ToolContext, ToolResult
from core.settings import write_atomically
from tools.declare import Tool
from tools.mcp import offered, reading
from tools.mcp.config import McpFile, ServerConfig, own_secrets
from tools.mcp.lookups import HeardWords

if TYPE_CHECKING:
    from mcp import Client
    from mcp.shared.dispatcher import ProgressFnT
    from mcp_types import CreateMessageRequestParams, CreateMessageResult, ElicitRequestParams, ElicitResult, ErrorData

    from tools.mcp.connection import McpConnection
    from tools.mcp.sampling import Sample

log = logging.getLogger("deskhand.mcp")
IDLE_SECONDS = 900.0
KEPT_HERE = " (local only)"  # a second process of a server, for what is to stay on this machine: it has no network
LOOPBACK = ("localhost", "127.0.0.1", "::1")
Ask = Callable[[ToolContext, str, dict[str, Any]], Awaitable[dict[str, Any] | None]]
Offer = Callable[[str, Sequence[Tool]], None]
Leave = Callable[[str, str], None]  # host and purpose; raises where nothing may leave this machine, and writes it down either way


class McpServers:
    """``offer`` hands tools to the toolbox under a source name; ``ask`` puts a server's question to the person: the filled form, or None for no.

    ``sample`` asks a model for what a server wants written: its words and its id, or None where that is not allowed.
    """

    def __init__(
        self,
        file: Path,
        kept: Path,
        offer: Offer,
        taken: Callable[[str], bool],
        secrets: Secrets,
        ask: Ask,
        told: Callable[[str], None] = lambda name: None,
        leave: Leave = lambda host, purpose: None,
        sample: Sample | None = None,
        ended: Callable[[str], None] = lambda name: None,
    ) -> None:
        self.file, self._kept = McpFile(file), kept
        self._offer, self._taken, self._secrets, self._ask, self._told = offer, taken, secrets, ask, told
        self._leave, self._sample, self._ended = leave, sample, ended  # the last is told of a server that is gone or another one now: what was agreed to for it is over
        self._connections: dict[str, McpConnection] = {}
        self._calling: dict[str, list[ToolContext]] = {}
        self._used: dict[str, float] = {}
        self._calls: dict[str, int] = {}
        self._heard: dict[str, HeardWords] = {}  # what each server has said
        self._names: dict[str, dict[str, str]] = {}  # what the tools of a server are called here, by their own names

    # -- what there is ----------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Offer what is known of every server, none of which is started for it. A file that cannot be read offers nothing."""
        for config in self._configs().values():
            self._publish(config)

    def _configs(self) -> dict[str, ServerConfig]:
        try:
            return self.file.read()
        except DeskhandError as error:
            log.warning("%s", error.message)
            return {}

    def config(self, name: str) -> ServerConfig:
        """Raises :class:`NotFound`."""
        found = self.file.read().get(name)
        if found is None:
            raise NotFound(f"There is no MCP server {name}.", hint="`deskhand mcp list` shows those that there are.")
        return found

    def all(self) -> list[dict[str, Any]]:
        """Every server with its state, and what the file has that cannot be read."""
        return [self.show(name) for name in self._configs()]

    def show(self, name: str) -> dict[str, Any]:
        """One server: how it is started, its state, last failure, tools, and what waits to be looked at."""
        config, kept, connection = self.config(name), self._read(name), self._connections.get(name) or self._connections.get(f"{name}{KEPT_HERE}")
        return {
            "name": name, "command": config.shown, "kind": config.transport or "stdio", "enabled": config.enabled, "state": connection.state if connection else "stopped",
            "problem": connection.why if connection else "", "pid": connection.child.pid if connection else None, "version": kept.get("version", ""), "server": kept.get("server", ""),
            "env": sorted(config.env), "calls": self._calls.get(name, 0), "instructions": kept.get("instructions", ""),
            "tools": [self._shown(config, row) for row in kept.get("tools", []) if self._agreed(kept, row)], "changed": self._changes(kept), "left_out": kept.get("left_out", []),
        }  # fmt: skip

    def _shown(self, config: ServerConfig, row: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "name": self._names.get(config.name, {}).get(row["name"]) or offered.own_name(config.name, row["name"]),
            "description": offered.plain(str(row.get("description") or "")),
            "risk": offered.risk_of(config, row.get("annotations") or {}),
        }

    # -- adding and removing ----------------------------------------------------------------------------------------

    async def add(self, config: ServerConfig, check: bool = True) -> dict[str, Any]:
        """Keep a server that the person agreed to; with ``check`` it is started once and what it offers is agreed to as well.

        Raises :class:`ToolFailed` where it does not start; it is then not kept.
        """
        await self._drop(config.name)
        listed = await self._list(config) if check else None
        if (before := self._configs().get(config.name)) and _hash(before) != _hash(config):
            self._ended(config.name)
        self.file.put(config)
        if listed is not None:
            self._write(config, {**listed, "agreed": {row["name"]: offered.fingerprint(row) for row in listed["tools"]}})
        self._publish(config)
        self._told(config.name)
        return self.show(config.name)

    async def install(self, bundle: Path, values: Mapping[str, Any], check: bool = True) -> dict[str, Any]:
        """Add the server of a bundle with the person's answers to what it wants to know. Raises :class:`UsageError`, :class:`ToolFailed`."""
        from tools.mcp.bundles import look_into, unpack

        found = look_into(bundle)
        config, secrets = unpack(found, self.file.path.parent / "mcp" / found.name, values)
        for name, value in secrets.items():
            self._secrets.set(name, value)
        return await self.add(config, check)

    async def remove(self, name: str) -> None:
        """Forget a server, its tools and its tokens. Raises :class:`NotFound`."""
        config = self.config(name)
        self.file.remove(name)
        self._ended(name)
        await self._drop(name)
        self._offer(f"mcp:{name}", ())
        if not self._configs():
            self._offer(reading.SOURCE, ())
        self._path(name).unlink(missing_ok=True)
        self._secrets.set(f"mcp-oauth:{name}", None)
        if "bundle" in config.rest:
            shutil.rmtree(self.file.path.parent / "mcp" / name, ignore_errors=True)
        for secret in re.findall(r"\$\{secret:([\w:.-]+)\}", json.dumps(config.to_json())):
            if secret.startswith(own_secrets(name)):  # others are used elsewhere, too
                self._secrets.set(secret, None)
        self._told(name)

    async def test(self, name: str) -> dict[str, Any]:
        """Start a server and read what it offers now. What is new or has changed waits to be agreed to."""
        config = self.config(name)
        listed = await self._list(config)
        kept = self._read(name)
        agreed = kept["agreed"] if "agreed" in kept else {row["name"]: offered.fingerprint(row) for row in listed["tools"]}
        self._write(config, {**listed, "agreed": agreed, "before": kept.get("before", {}) | {row["name"]: row for row in kept.get("tools", []) if self._agreed(kept, row)}})
        self._publish(config)
        self._told(name)
        return self.show(name)

    def agree(self, name: str) -> dict[str, Any]:
        """The person looked at what is new or changed and agrees to it."""
        config, kept = self.config(name), self._read(name)
        self._write(config, {**kept, "agreed": {row["name"]: offered.fingerprint(row) for row in kept.get("tools", [])}, "before": {}})
        self._publish(config)
        self._told(name)
        return self.show(name)

    async def _list(self, config: ServerConfig) -> dict[str, Any]:
        self._go_out(config)
        connection = self._connection(config)
        await connection.ready()
        return self._listing(connection)

    def _go_out(self, config: ServerConfig) -> None:
        """Ask before an address elsewhere is connected to. A call of a tool was asked about already, by its scope."""
        if config.url and (host := urlsplit(config.url).hostname or "") not in LOOPBACK:
            self._leave(host, f"mcp:{config.name}")

    @staticmethod
    def _listing(connection: McpConnection) -> dict[str, Any]:
        listing = connection.listing
        rows = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listing.tools]
        return {"tools": rows, "instructions": listing.instructions, "version": listing.version, "server": listing.server, "left_out": list(listing.left_out)}

    # -- what was agreed to -----------------------------------------------------------------------------------------

    @staticmethod
    def _agreed(kept: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
        return bool(kept.get("agreed", {}).get(row["name"]) == offered.fingerprint(row))

    def _changes(self, kept: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Tools that are withheld: new, or saying something else than was agreed to."""
        return [
            {
                "tool": row["name"],
                "new": row["name"] not in kept.get("agreed", {}),
                "before": offered.said_of(kept.get("before", {}).get(row["name"], {})),
                "after": offered.said_of(row),
            }
            for row in kept.get("tools", [])
            if not self._agreed(kept, row)
        ]

    def _publish(self, config: ServerConfig) -> None:
        self._offer(reading.SOURCE, reading.reading_tools(self) if self._configs() else ())
        kept = self._read(config.name)
        source = f"mcp:{config.name}"
        self._offer(source, ())
        if not config.enabled or kept.get("config") != _hash(config):
            return
        made: list[Tool] = []
        for row in kept.get("tools", []):
            if self._agreed(kept, row):
                identity = hashlib.sha256(f"{_hash(config)} {offered.fingerprint(row)}".encode()).hexdigest()[:16]
                mine = {tool.name for tool in made}
                heard = self._heard.setdefault(config.name, HeardWords())
                found = offered.tool_of(config, row, self._caller(config.name), lambda name, mine=mine: name in mine or self._taken(name), heard)  # type: ignore[misc]
                made.append(replace(found, identity=identity))
        self._names[config.name] = {tool.aliases[0]: tool.name for tool in made}
        self._offer(source, made)

    async def client(self, name: str) -> Client:
        """A server's client, started if need be. Raises :class:`NotFound`, :class:`ToolFailed`."""
        config = self.config(name)
        if not config.enabled:
            raise ToolFailed(f"{name} is switched off.", code="server_failed")
        return await self._connection(config).ready()

    # -- calling ----------------------------------------------------------------------------------------------------

    def _caller(self, name: str) -> offered.CallTool:
        async def call(tool: str, args: dict[str, Any], context: ToolContext) -> ToolResult:
            return await self.call(name, tool, args, context)

        return call

    async def call(self, name: str, tool: str, args: dict[str, Any], context: ToolContext) -> ToolResult:
        """Call a tool of a server, which is started if need be. Raises :class:`ToolFailed`."""
        from tools.mcp.results import result_of

        connection = self._connection(self.config(name))
        await connection.ready()
        if not self._still_agreed(connection, tool):
            raise ToolFailed(f"{name} describes {tool} otherwise than when it was agreed to; look at it with `deskhand mcp tools {name}`.", code="changed")
        self._calling.setdefault(name, []).append(context)
        self._calls[name] = self._calls.get(name, 0) + 1
        try:
            return result_of(name, tool, await connection.call(tool, args, _progress(context)))
        finally:
            self._calling[name].remove(context)
            self._used[name] = time.monotonic()

    def _still_agreed(self, connection: McpConnection, tool: str) -> bool:
        agreed = self._read(connection.config.name).get("agreed", {})
        row = next((row for row in self._listing(connection)["tools"] if row["name"] == tool), None)
        return row is not None and agreed.get(tool) == offered.fingerprint(row)

    def _connection(self, config: ServerConfig) -> McpConnection:
        from tools.mcp.connection import McpConnection

        is_local = not config.url and local_only.in_force()
        key = f"{config.name}{KEPT_HERE}" if is_local else config.name
        found = self._connections.get(key)
        if found is None:
            found = McpConnection(config, self._elicit, lambda: self._auth(config), self._changed, self._secrets.get, self._roots, self._words, is_local=is_local)
            self._connections[key] = found
        return found

    def _changed(self, connection: McpConnection) -> None:
        self._used[connection.config.name] = time.monotonic()
        self._told(connection.config.name)

    def _auth(self, config: ServerConfig) -> Any:
        from tools.mcp.oauth import KeyringTokens, sign_in

        known = self._secrets.get(f"mcp-oauth:{config.name}") or config.auth
        return sign_in(config, KeyringTokens(self._secrets, config.name), self._secrets.get(f"mcp:{config.name}")) if config.url and known else None

    async def sign_in(self, name: str, show: Callable[[str], None]) -> dict[str, Any]:
        """Sign in with a browser: ``show`` gets the address to open. Raises :class:`ToolFailed`."""
        from tools.mcp.connection import McpConnection
        from tools.mcp.oauth import KeyringTokens, Loopback, sign_in

        config = self.config(name)
        self._go_out(config)
        loopback = Loopback()

        async def redirect(address: str) -> None:
            show(address)

        await self._drop(name)
        auth = sign_in(config, KeyringTokens(self._secrets, name), self._secrets.get(f"mcp:{name}"), redirect, loopback.answer, loopback.address)
        self._connections[name] = McpConnection(config, self._elicit, lambda: auth, self._changed, self._secrets.get, self._roots, self._words)
        return await self.test(name)

    async def _elicit(self, server: str, params: ElicitRequestParams) -> ElicitResult:
        from mcp_types import ElicitRequestFormParams, ElicitResult

        calling = self._calling.get(server)
        if not calling:
            return ElicitResult(action="decline")  # nobody asked it for anything
        form = isinstance(params, ElicitRequestFormParams)
        asked = params.model_dump(mode="json", by_alias=True, exclude_none=True)
        data = {"why": params.message[:2000], "schema": asked.get("requestedSchema", {}), "url": asked.get("url", "")}
        given = await self._ask(calling[-1], server, data)
        if given is None:
            return ElicitResult(action="decline")
        return ElicitResult(action="accept", content=given if form else None)

    async def _words(self, server: str, params: CreateMessageRequestParams) -> CreateMessageResult | ErrorData:
        from tools.mcp import sampling

        calling = self._calling.get(server)
        return await sampling.answered(params, calling[-1] if calling else None, server, self._sample)

    def _roots(self, server: str) -> list[Path]:
        """The folder of the run that calls a server of this machine; others learn of no folder."""
        calling = self._calling.get(server)
        return [calling[-1].workspace] if calling and not self.config(server).url else []

    # -- looking after ----------------------------------------------------------------------------------------------

    async def tend(self) -> tuple[str, ...]:
        """Stop servers that nobody called for long; called every few seconds."""
        now, is_local = time.monotonic(), local_only.in_force()
        over = []
        for key, connection in list(self._connections.items()):
            name = connection.config.name
            is_idle = connection.state == "ready" and now - self._used.get(name, now) > IDLE_SECONDS and not self._calling.get(name)
            if is_idle or (is_local and not connection.config.url and not connection.is_local):  # it was started when it could have a network
                over.append(name)
                await self._stop_connection(key)
        return tuple(dict.fromkeys(over))

    async def _drop(self, name: str) -> None:
        for key in (name, f"{name}{KEPT_HERE}"):
            await self._stop_connection(key)

    async def _stop_connection(self, key: str) -> None:
        connection = self._connections.pop(key, None)
        if connection is not None:
            await connection.stop()

    async def stop(self, name: str) -> None:
        """Stop one server; it starts again when it is called."""
        await self._drop(name)
        self._told(name)

    async def close(self) -> None:
        """Stop all, side by side."""
        await asyncio.gather(*(self._stop_connection(key) for key in list(self._connections)), return_exceptions=True)

    # -- what is kept -----------------------------------------------------------------------------------------------

    def _path(self, name: str) -> Path:
        return self._kept / f"{name}.json"

    def _read(self, name: str) -> dict[str, Any]:
        try:
            found = json.loads(self._path(name).read_text(encoding="utf-8"))
            return found if isinstance(found, dict) else {}
        except (OSError, ValueError):
            return {}

    def _write(self, config: ServerConfig, row: dict[str, Any]) -> None:
        self._kept.mkdir(parents=True, exist_ok=True)
        write_atomically(self._path(config.name), json.dumps({**row, "config": _hash(config)}, ensure_ascii=False).encode())


def _progress(context: ToolContext) -> ProgressFnT:
    async def told(progress: float, total: float | None, message: str | None) -> None:
        context.told(progress / total if total else None, offered.plain(message or ""))

    return told


def _hash(config: ServerConfig) -> str:
    """What the person agreed to: another command or address is another server."""
    return hashlib.sha256(json.dumps([config.command, *config.args, config.url, config.cwd, sorted(config.env.items())]).encode()).hexdigest()
