"""``deskhand://`` links: an MCP server in an address that a page can offer. A link only ever proposes; the person sees the whole of it and says yes.

``deskhand://mcp/install?name=time&config=BASE64`` with the entry of ``mcpServers`` as JSON (what LM Studio and Cursor take), or ``…?name=docs&url=https://…``, or
``…?name=time&command=uvx&arg=mcp-server-time&env=ZONE%3DUTC``.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from core.errors import UsageError
from tools.mcp.config import ServerConfig, server_from_json

SCHEME = "deskhand"
LONGEST = 20_000
_HIDDEN = re.compile("[\u0000-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\U000e0000-\U000e007f]")
_HIJACKS = re.compile(r"^(?:LD_|DYLD_|PYTHON(?:PATH|HOME|STARTUP|INSPECT)|NODE_OPTIONS|BASH_ENV|ENV|PERL5|RUBYOPT|GIT_SSH|PATH$)", re.I)


def server_of(link: str) -> ServerConfig:
    """The server that a link proposes. Raises :class:`UsageError` in words."""
    if len(link) > LONGEST:
        raise UsageError("That link is too long.", code="bad_link")
    parts = urlsplit(link.strip())
    if parts.scheme.lower() != SCHEME or (parts.netloc + parts.path).strip("/").lower() not in ("mcp/install", "mcp/add"):
        raise UsageError(f"{link[:80]!r} is no link that I know.", hint="deskhand://mcp/install?name=…&config=… adds an MCP server.", code="bad_link")
    given = parse_qs(parts.query, keep_blank_values=True)
    name = given.get("name", [""])[0]
    row = _decoded(given["config"][0]) if "config" in given else _plain(given)
    if set(row) == {"mcpServers"} and isinstance(row["mcpServers"], dict) and len(row["mcpServers"]) == 1:
        (inner, row), *_ = row["mcpServers"].items()
        name = name or inner
    found = replace(server_from_json(name, row), rest={}, auth={}, enabled=True)  # what is not shown is not taken either
    if "${" in json.dumps(found.to_json()):
        raise UsageError("That link asks for a secret or a variable of this machine; it is not followed.", hint="Add the server by hand if you mean it.", code="bad_link")
    if _HIDDEN.search(json.dumps(found.to_json(), ensure_ascii=False)) or any(_HIDDEN.search(text) for text in (found.command, found.url, *found.args)):
        raise UsageError("That link holds characters that cannot be seen; it is not followed.", code="bad_link")
    return found


def warnings(server: ServerConfig) -> list[str]:
    """What of a proposed server deserves a second look, a sentence each."""
    said = [f"{name} changes how other programs run." for name in server.env if _HIJACKS.match(name)]
    words = " ".join([server.command, *server.args])
    if re.search(r"(?:^|[/\\])(?:ba|z|da|fi)?sh$|(?:^|[/\\])(?:cmd|powershell|pwsh)(?:\.exe)?$", server.command, re.I) or re.search(
        r"\b(?:curl|wget|iwr|Invoke-WebRequest|base64)\b", words, re.I
    ):
        said.append("It is a command line that can run or fetch anything, not a server's own program.")
    if server.url.startswith("http://"):
        said.append("What is sent to it can be read on the way (http).")
    return said


def _decoded(text: str) -> dict[str, Any]:
    """JSON, plain or in base64 (either alphabet, with or without padding)."""
    try:
        plain = (
            text
            if text.lstrip().startswith("{")
            else base64.b64decode(text.replace("-", "+").replace("_", "/").replace(" ", "+") + "=" * (-len(text) % 4), validate=True).decode("utf-8")
        )
        row = json.loads(plain)
    except (ValueError, binascii.Error) as error:
        raise UsageError("The config of that link cannot be read.", code="bad_link") from error
    if not isinstance(row, dict):
        raise UsageError("The config of that link is no object.", code="bad_link")
    return row


def _plain(given: dict[str, list[str]]) -> dict[str, Any]:
    pairs = [pair.partition("=") for pair in given.get("env", ())]
    row: dict[str, Any] = {
        "url": given.get("url", [""])[0],
        "command": given.get("command", [""])[0],
        "args": given.get("arg", []),
        "env": {name: value for name, _, value in pairs if name},
    }
    return {key: value for key, value in row.items() if value}
