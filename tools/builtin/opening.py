"""Opening files, addresses and applications with what the system has for them."""

from __future__ import annotations

import asyncio
import difflib
import os
import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

from core.errors import ToolFailed, ToolRetry
from core.ports import Scope, ToolContext, ToolResult
from tools import paths
from tools.availability import needs_display
from tools.declare import tool
from tools.files.names import existing


@tool(
    "open.url",
    "leaves",
    aliases=("open_url", "browse", "open_website", "visit", "open_link"),
    hosts=("url",),
    unavailable=needs_display,
    instead="web.fetch(url) reads the text of a page.",
)
async def url(context: ToolContext, url: str) -> ToolResult:
    """Open an http or https address in the person's browser. Its text does not come back: web.fetch reads a page."""
    address = _address(url)
    await _start([*_opener(), address])
    return ToolResult({"url": address}, f"Opened {address}.")


@tool(
    "open.file",
    "irreversible",
    reads=("path",),
    aliases=("open_file", "open_document", "open_folder"),
    unavailable=needs_display,
    instead="files.read(path) shows what a file holds.",
    scopes=lambda args, context: (Scope("path", str(paths.target_of(str(args.get("path", ".")), context.workspace)), False),),
)
async def file(context: ToolContext, path: str) -> ToolResult:
    """Open a file or folder in its usual program, for the person to see. Its text does not come back: files.read reads it."""
    target = existing(path, context.workspace)
    await _start([*_opener(), str(target)])
    return ToolResult({"path": str(target)}, f"Opened {path}.")


@tool(
    "open.app",
    "irreversible",
    aliases=("open_app", "launch_app", "start_app", "run_app", "open_application"),
    unavailable=needs_display,
    instead="shell.run(argv) runs a program without windows.",
    scopes=lambda args, context: (Scope("app", str(args.get("name", "")), False),),
)
async def app(context: ToolContext, name: str) -> ToolResult:
    """Start an application by the name of its program, such as gedit. Windows of running ones: windows.list."""
    if sys.platform == "darwin":
        await _start(["open", "-a", name])
    elif sys.platform == "win32":
        await _start(["cmd", "/c", "start", "", name])
    else:
        program = shutil.which(name) or shutil.which(name.lower().replace(" ", "-"))
        if not program:
            raise ToolFailed(f"There is no application {name} here.", code="no_program", hint=_alike(name))
        await _start([program])
    return ToolResult({"name": name}, f"Started {name}.")


def _alike(name: str) -> str:
    """Programs here that are called nearly so."""
    names = {program.name for folder in os.get_exec_path() if Path(folder).is_dir() for program in Path(folder).iterdir()}
    near = difflib.get_close_matches(name.lower().replace(" ", "-"), names, 4, 0.6)
    return f"There is {', '.join(near)}." if near else "open.file opens a file in its usual program, whatever that is called."


def _address(text: str) -> str:
    address = text.strip() if "://" in text else f"https://{text.strip()}"
    if any(letter.isspace() or not letter.isprintable() for letter in address):
        raise ToolRetry(f"{text!r} is not a web address.", hint="An address is one line without spaces: %20 stands for a space.")
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ToolRetry(f"{text!r} is not a web address.", hint="A web address looks like https://example.org; open.file opens a file.")
    return address


def _opener() -> list[str]:
    if sys.platform == "darwin":
        return ["open"]
    if sys.platform == "win32":
        return ["cmd", "/c", "start", ""]
    if not shutil.which("xdg-open"):
        raise ToolFailed("xdg-open is missing; install xdg-utils.", code="no_program", hint="files.read shows what a file holds, web.fetch the text of a page.")
    return ["xdg-open"]


async def _start(argv: list[str]) -> None:
    """Start and let go: what the person opened is the person's."""
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*argv, stdin=quiet, stdout=quiet, stderr=quiet, cwd=Path.home(), start_new_session=True)
    try:
        code = await asyncio.wait_for(process.wait(), 2)
    except TimeoutError:
        return
    if code:
        raise ToolFailed(f"{argv[0]} could not open it (code {code}).", hint="There may be no program for such a file; files.read shows what it holds.")
