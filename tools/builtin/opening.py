"""Opening files, addresses and applications with what the system has for them."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from urllib.parse import urlsplit

from core.errors import ToolFailed, ToolRetry
from core.ports import Scope, ToolContext, ToolResult
from tools import paths
from tools.declare import tool


def _host(args: dict, context: ToolContext) -> tuple[Scope, ...]:
    return (Scope("host", urlsplit(_address(str(args.get("url", "")))).hostname or "", False),)


@tool("open.url", "leaves", aliases=("open_url", "browse", "open_website", "visit", "open_link"), scopes=_host)
async def url(context: ToolContext, url: str) -> ToolResult:
    """Open a web address in the browser."""
    address = _address(url)
    await _start([*_opener(), address])
    return ToolResult({"url": address}, f"Opened {address}.")


@tool(
    "open.file",
    "irreversible",
    reads=("path",),
    aliases=("open_file", "open_document", "open_folder"),
    scopes=lambda args, context: (Scope("path", str(paths.target_of(str(args.get("path", ".")), context.workspace)), False),),
)
async def file(context: ToolContext, path: str) -> ToolResult:
    """Open a file or folder with its usual program."""
    target = paths.existing(path, context.workspace)
    await _start([*_opener(), str(target)])
    return ToolResult({"path": str(target)}, f"Opened {path}.")


@tool(
    "open.app",
    "irreversible",
    aliases=("open_app", "launch_app", "start_app", "run_app", "open_application"),
    scopes=lambda args, context: (Scope("app", str(args.get("name", "")), False),),
)
async def app(context: ToolContext, name: str) -> ToolResult:
    """Start an application by its name."""
    if sys.platform == "darwin":
        await _start(["open", "-a", name])
    elif sys.platform == "win32":
        await _start(["cmd", "/c", "start", "", name])
    else:
        program = shutil.which(name) or shutil.which(name.lower().replace(" ", "-"))
        if not program:
            raise ToolFailed(f"There is no application {name} here.", code="no_program")
        await _start([program])
    return ToolResult({"name": name}, f"Started {name}.")


def _address(text: str) -> str:
    address = text.strip() if "://" in text else f"https://{text.strip()}"
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ToolRetry(f"{text!r} is not a web address.")
    return address


def _opener() -> list[str]:
    if sys.platform == "darwin":
        return ["open"]
    if sys.platform == "win32":
        return ["cmd", "/c", "start", ""]
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        raise ToolFailed("There is no display here to open anything on.", code="no_display")
    if not shutil.which("xdg-open"):
        raise ToolFailed("xdg-open is missing; install xdg-utils.", code="no_program")
    return ["xdg-open"]


async def _start(argv: list[str]) -> None:
    """Start and let go: what the person opened is the person's."""
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*argv, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    try:
        code = await asyncio.wait_for(process.wait(), 2)
    except TimeoutError:
        return
    if code:
        raise ToolFailed(f"{argv[0]} could not open it (code {code}).")
