"""MCP servers: which there are, what they offer, adding and removing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from fastapi import APIRouter

from app.service.api.access import CoreOf
from app.service.api.shapes import McpBundle, McpImport, McpLink, NewMcpServer
from app.service.composition import Core
from core.errors import DeskhandError, ToolError, UsageError
from tools.mcp.config import elsewhere, server_from_json, servers_in
from tools.mcp.links import server_of, warnings

router = APIRouter(prefix="/api/mcp", tags=["mcp"])
_signing_in: set[asyncio.Task[Any]] = set()


@router.get("")
async def servers(core: CoreOf) -> dict[str, Any]:
    """Every server, what of ``mcp.json`` cannot be read, and files of other programs that list servers."""
    return {"servers": core.mcp.all(), "problems": core.mcp.file.problems(), "elsewhere": [str(path) for path in elsewhere()]}


@router.post("", status_code=201)
async def add(core: CoreOf, body: NewMcpServer) -> dict[str, Any]:
    """Add a server, or replace the one of that name. It is started once, unless ``check`` is false."""
    row = body.model_dump(exclude={"name", "check", "transport"}) | {"type": body.transport}
    return await _said(core.mcp.add(server_from_json(body.name, {key: value for key, value in row.items() if value}), body.check))


@router.post("/import")
async def take_over(core: CoreOf, body: McpImport) -> dict[str, Any]:
    """Take over servers of another client's configuration; what does not work is told, one sentence each."""
    added, problems = [], []
    for config in servers_in(body.text):
        if body.only and config.name not in body.only:
            continue
        try:
            added.append(await _said(core.mcp.add(config, body.check)))
        except DeskhandError as error:
            problems.append(f"{config.name}: {error.message}")
    return {"added": added, "problems": problems}


@router.post("/bundle")
async def bundle(core: CoreOf, body: McpBundle) -> dict[str, Any]:
    """Look into a bundle: what it is, what it would start, what it wants to know; with ``install`` add its server."""
    from tools.mcp.bundles import look_into

    path = Path(body.path).expanduser()
    if "\0" in body.path or not path.is_absolute():
        raise UsageError("The bundle is named by its whole path.", code="bad_bundle")
    if body.install:
        return await _said(core.mcp.install(path, body.values))
    found = look_into(path)
    return {
        "name": found.name,
        "title": found.title,
        "version": found.version,
        "author": found.author,
        "description": found.description,
        "command": found.command,
        "wants": found.wants,
    }


@router.post("/link")
async def link(core: CoreOf, body: McpLink) -> dict[str, Any]:
    """What a ``deskhand://`` link proposes, whole; with ``install`` its server is added. Front ends show it and ask before that."""
    found = server_of(body.link)
    if body.install:
        return await _said(core.mcp.add(found))
    return {
        "name": found.name, "command": found.shown, "url": found.url, "env": dict(found.env), "headers": dict(found.headers), "cwd": found.cwd,
        "replaces": found.name in core.mcp.file.read(), "warnings": warnings(found),
    }  # fmt: skip


@router.get("/{name}")
async def server(core: CoreOf, name: str) -> dict[str, Any]:
    """One server."""
    return core.mcp.show(name)


@router.delete("/{name}", status_code=204)
async def remove(core: CoreOf, name: str) -> None:
    """Stop and forget a server."""
    await core.mcp.remove(name)


@router.post("/{name}/test")
async def test(core: CoreOf, name: str) -> dict[str, Any]:
    """Start a server and read what it offers now; what is new or has changed waits to be agreed to."""
    return await _said(core.mcp.test(name))


@router.post("/{name}/agree")
async def agree(core: CoreOf, name: str) -> dict[str, Any]:
    """Agree to what is new or has changed."""
    return core.mcp.agree(name)


@router.post("/{name}/stop")
async def stop(core: CoreOf, name: str) -> dict[str, Any]:
    """Stop a server; it starts again when one of its tools is called."""
    core.mcp.config(name)
    await core.mcp.stop(name)
    return core.mcp.show(name)


@router.post("/{name}/login")
async def login(core: CoreOf, name: str) -> dict[str, Any]:
    """Begin to sign in: the address to open in a browser. Whether it worked is told by the server's state."""
    if not core.mcp.config(name).url:
        raise UsageError(f"{name} runs on this machine; there is nothing to sign in to.", code="not_local")
    return await _begin(core, name)


async def _begin(core: Core, name: str) -> dict[str, Any]:
    shown: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(core.mcp.sign_in(name, lambda address: None if shown.done() else shown.set_result(address)), name=f"sign in to {name}")
    _signing_in.add(task)
    task.add_done_callback(_signing_in.discard)
    waiting: list[asyncio.Future[Any]] = [task, shown]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED, timeout=60)
    if shown.done():
        return {"address": shown.result(), "server": core.mcp.show(name)}
    if not task.done():
        task.cancel()
        raise DeskhandError(f"{name} does not say where to sign in.", code="tool_failed")
    return {"address": "", "server": await _said(_result(task))}


async def _result(task: asyncio.Task[dict[str, Any]]) -> dict[str, Any]:
    return task.result()


async def _said(work: Any) -> dict[str, Any]:
    try:
        return await work  # type: ignore[no-any-return]
    except ToolError as error:
        raise DeskhandError(error.message, code="server_failed", hint="`deskhand mcp test NAME` tries it again.") from error
