"""Which servers there are: ``mcp.json`` with ``mcpServers``, as other clients write it; and what other clients have."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.errors import NotFound, UsageError
from core.settings import write_atomically
from core.yaml_text import load_yaml

RUNTIMES = {
    "npx": "It comes with Node.js (Debian: apt install npm).", "node": "It is Node.js (Debian: apt install nodejs).", "uvx": "It comes with uv (pip install uv).", "uv": "pip install uv brings it.",
    "docker": "It is Docker (Debian: apt install docker.io).", "deno": "It is Deno.", "bunx": "It comes with Bun.", "python": "It is Python (Debian: apt install python3).",
}  # fmt: skip
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_FILLED = re.compile(r"\$\{secret:([\w:.-]+)\}|\$\{(?:env:)?([A-Za-z_]\w*)(?::-([^}]*))?\}")


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """One server: a command to start, or an address. ``rest`` holds keys of other clients, kept as they are."""

    name: str
    command: str = ""
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str = ""
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    transport: str = ""  # "http" or "sse" where there is an address
    auth: Mapping[str, Any] = field(default_factory=dict)
    enabled: bool = True
    timeout_s: float = 60.0
    rest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The whole command or address, for consent and for lists."""
        return self.url or shlex.join([self.command, *self.args])

    def expanded(self, secret: Callable[[str], str | None] = lambda name: None) -> ServerConfig:
        """With ``${NAME}`` and ``${NAME:-default}`` replaced from the environment, ``${secret:NAME}`` from the keyring, ``~`` in the command, and a runtime that is there."""

        def fill(text: str) -> str:
            return _FILLED.sub(lambda match: (secret(match[1]) or "") if match[1] else os.environ.get(match[2], match[3] or ""), text)  # in one go: what is put in is no pattern

        program = runtime(os.path.expanduser(fill(self.command)))
        return replace(
            self, command=program[0], args=(*program[1:], *map(fill, self.args)), env={key: fill(value) for key, value in self.env.items()},
            cwd=os.path.expanduser(fill(self.cwd)), url=fill(self.url), headers={key: fill(value) for key, value in self.headers.items()},
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """As it stands in ``mcp.json``."""
        row: dict[str, Any] = dict(self.rest)
        if self.url:
            row |= (
                {"type": self.transport or "http", "url": self.url} | ({"headers": dict(self.headers)} if self.headers else {}) | ({"auth": dict(self.auth)} if self.auth else {})
            )
        else:
            row |= {"command": self.command, "args": list(self.args)} | ({"env": dict(self.env)} if self.env else {}) | ({"cwd": self.cwd} if self.cwd else {})
        return row | ({} if self.enabled else {"disabled": True}) | ({} if self.timeout_s == 60.0 else {"timeout": round(self.timeout_s * 1000)})


def own_secrets(name: str) -> str:
    """How the names of the secrets begin that belong to a server alone."""
    return f"mcp-secret:{name}:"


def require_no_borrowing(text: str, name: str) -> None:
    """Raise :class:`UsageError` where something of another maker asks for secrets or for the environment of this machine: the person's answers are all that it gets."""
    for match in _FILLED.finditer(text):
        if not (match[1] or "").startswith(own_secrets(name)):
            what = f"the secret {match[1]}" if match[1] else f"{match[2]} of this machine's environment"
            raise UsageError(f"{name} asks for {what}, which is not its own.", code="borrows", hint="Add it by hand, if you trust it: deskhand mcp add NAME -- COMMAND…")


def server_from_json(name: str, row: Any) -> ServerConfig:
    """One entry of ``mcpServers`` (or of another client's list). Raises :class:`UsageError` in words."""
    if not NAME.fullmatch(name) or name == "mcp":
        raise UsageError(f"{name[:80]!r} cannot be the name of a server.", hint="Letters, digits, - and _; at most 63.", code="bad_server")
    if not isinstance(row, Mapping):
        raise UsageError(f"The entry of {name} is no object.", code="bad_server")
    url = str(row.get("url") or row.get("serverUrl") or row.get("uri") or "")
    command = row.get("command") or row.get("cmd") or ""
    args = row.get("args") or []
    if isinstance(command, list):
        command, args = (command[0] if command else ""), [*command[1:], *args]
    if not url and not command:
        raise UsageError(f"{name} has neither a command nor a url.", code="bad_server")
    if url and not url.startswith(("http://", "https://")):
        raise UsageError(f"{url[:200]!r} is no address of a server.", hint="It begins with http:// or https://.", code="bad_server")
    if not isinstance(args, list) or not all(isinstance(item, str | int | float) for item in args):
        raise UsageError(f"The args of {name} are not a list of texts.", code="bad_server")
    env = row.get("env") or row.get("envs") or {}
    kind = str(row.get("type") or row.get("transport") or "").lower().replace("streamable_http", "http").replace("streamable-http", "http").replace("streamablehttp", "http")
    known = {"url", "serverUrl", "uri", "command", "cmd", "args", "env", "envs", "cwd", "type", "transport", "headers", "auth", "disabled", "enabled", "timeout"}
    milliseconds = float(row.get("timeout") or 0)
    return ServerConfig(
        name, str(command), tuple(map(str, args)), {str(key): str(value) for key, value in env.items()}, str(row.get("cwd") or ""), url,
        {str(key): str(value) for key, value in (row.get("headers") or {}).items()}, ("sse" if kind == "sse" else "http") if url else "", row.get("auth") or {},
        bool(row.get("enabled", True)) and not row.get("disabled"), milliseconds / 1000 if milliseconds >= 1000 else milliseconds or 60.0,
        {key: value for key, value in row.items() if key not in known},
    )  # fmt: skip


def runtime(command: str) -> list[str]:
    """The program that starts a server; for ``uvx`` the uv that Deskhand has brought along, where the system has none."""
    if command in ("uvx", "uvx.exe") and shutil.which(command) is None and importlib.util.find_spec("uv") is not None:
        return [sys.executable, "-m", "uv", "tool", "run"]
    return [command]


def how_to_get(command: str) -> str:
    """What is missing where a server's program is not there, and how it is got."""
    return RUNTIMES.get(Path(command).stem.lower(), "")


class McpFile:
    """``mcp.json`` in the data folder. A file that cannot be read is left alone and said so."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, ServerConfig]:
        """Every server that can be read, by name. Raises :class:`UsageError` where the file is no JSON."""
        document = self._document()
        found = {}
        for name, row in document["mcpServers"].items():
            try:
                found[name] = server_from_json(name, row)
            except UsageError:
                continue  # `problems` tells of it
        return found

    def problems(self) -> list[str]:
        """What cannot be read, one sentence each."""
        said = []
        try:
            for name, row in self._document()["mcpServers"].items():
                try:
                    server_from_json(name, row)
                except UsageError as error:
                    said.append(error.message)
        except UsageError as error:
            said.append(error.message)
        return said

    def put(self, server: ServerConfig) -> None:
        """Add or replace one."""
        document = self._document()
        document["mcpServers"][server.name] = server.to_json()
        self._write(document)

    def remove(self, name: str) -> None:
        """Forget one. Raises :class:`NotFound`."""
        document = self._document()
        if document["mcpServers"].pop(name, None) is None:
            raise NotFound(f"There is no MCP server {name}.", hint="`deskhand mcp list` shows those that there are.")
        self._write(document)

    def _document(self) -> dict[str, Any]:
        try:
            document = json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {}
        except (OSError, ValueError) as error:
            raise UsageError(f"{self.path} cannot be read: {error}.", code="mcp_json_unreadable", hint="Mend the file or delete it; it is not changed.") from error
        if not isinstance(document, dict) or not isinstance(document.setdefault("mcpServers", {}), dict):
            raise UsageError(f"{self.path} has no mcpServers.", code="mcp_json_unreadable", hint="Mend the file or delete it; it is not changed.")
        return document

    def _write(self, document: dict[str, Any]) -> None:
        write_atomically(self.path, (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())


def servers_in(text: str, name: str = "") -> list[ServerConfig]:
    """The servers in another client's file: Claude Desktop, LM Studio, Cursor (``mcpServers``), VS Code (``servers``), Goose (``extensions``, YAML).

    Raises :class:`UsageError` where there is none.
    """
    try:
        document = json.loads(_without_comments(text))
    except ValueError:
        try:
            document = load_yaml(text)
        except ValueError as error:
            raise UsageError(f"{name or 'The file'} is neither JSON nor YAML.", code="bad_server") from error
    if not isinstance(document, dict):
        raise UsageError(f"{name or 'The file'} lists no MCP servers.", code="bad_server")
    rows = document.get("mcpServers") or document.get("servers") or (document.get("mcp") or {}).get("servers") or document.get("context_servers") or document.get("extensions")
    if not isinstance(rows, dict) or not rows:
        raise UsageError(f"{name or 'The file'} lists no MCP servers.", hint="It needs mcpServers, servers or extensions.", code="bad_server")
    usable = {key: row for key, row in rows.items() if isinstance(row, dict) and row.get("type") not in ("builtin", "platform", "frontend")}
    return [server_from_json(re.sub(r"[^A-Za-z0-9_-]+", "-", key).strip("-") or "server", row) for key, row in usable.items()]


def _without_comments(text: str) -> str:
    """JSON as editors keep it: comments and trailing commas go, strings stay."""
    text = re.sub(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', lambda match: match[1] or "", text, flags=re.S)
    return re.sub(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', lambda match: match[1] or "", text)


def elsewhere(home: Path | None = None) -> list[Path]:
    """Files of other clients on this machine that list servers."""
    home = home or Path.home()
    config = home / ("Library/Application Support" if sys.platform == "darwin" else "AppData/Roaming" if sys.platform == "win32" else ".config")
    places = (
        config / "Claude/claude_desktop_config.json", config / "Code/User/mcp.json", home / ".lmstudio/mcp.json", home / ".cursor/mcp.json", config / "goose/config.yaml", home / ".claude.json",
        home / ".codeium/windsurf/mcp_config.json",
    )  # fmt: skip
    return [path for path in places if path.is_file()]
