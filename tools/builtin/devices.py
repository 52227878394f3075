"""Other machines: which there are, bringing files from them and giving files to them. The bytes never pass through a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from core.errors import ToolFailed, ToolRetry
from core.ports import Files, ToolContext, ToolResult
from tools import paths
from tools.availability import needs_devices
from tools.background import in_thread
from tools.declare import Planned, tool
from tools.workbench import Workbench

INSTEAD = "Do it on this machine, or tell the person that no other one is paired."
INBOX = "Received"  # the folder for files that come without a place of their own


@tool("device.list", "reads", fresh=True, unavailable=needs_devices, instead=INSTEAD, aliases=("list_devices", "devices", "my_devices", "show_devices"))
async def list_(context: ToolContext) -> ToolResult:
    """The person's other machines: what each is, and whether it can be reached now."""
    rows = [{"name": row["name"], "online": row["online"], "said": row["said"]} for row in _of(context).known()]
    lines = [f"- {row['name']} ({'online' if row['online'] else 'away'}): {row['said']}" for row in rows]
    return ToolResult({"items": rows, "count": len(rows)}, "\n".join(lines) or "There are no other machines. `deskhand device invite` adds one.")


async def _offered(values: dict[str, Any], context: ToolContext) -> dict[str, Any]:
    """Before anything is planned: the device offers the file under its own rules, and its content comes here."""
    if not values["path"].strip():
        raise ToolFailed(
            f"What was done on {values['device']} leaves no single file that could be brought.",
            code="nothing_to_bring",
            hint="device.ask has the other machine do it, with the answer as text.",
        )
    files = _of(context)
    offered = await files.offered(values["device"], values["path"], context)
    await files.fetch(values["device"], offered["digest"], int(offered["bytes"]))
    return offered


@tool(
    "device.bring",
    "reversible",
    writes=("to",),
    machines=("device",),
    unavailable=needs_devices,
    instead=INSTEAD,
    aliases=("fetch_from_device", "bring_file", "get_from_device", "device_fetch", "pull_file"),
    ahead=_offered,
)
def bring(
    bench: Workbench,
    device: Annotated[str, "name of the other machine"],
    path: Annotated[str, "file there"],
    to: Annotated[str, "name or folder here; empty: its own name, in the workspace"] = "",
) -> Planned:
    """Bring a file from another machine here."""
    offered = bench.ahead
    return _put(bench, offered, to, f"Brought {offered['name']} from {device}")


async def _fetched(values: dict[str, Any], context: ToolContext) -> dict[str, Any]:
    await _of(context).fetch("", values["digest"], values["bytes"])
    return {"digest": values["digest"], "name": values["name"], "bytes": values["bytes"]}


@tool("device.receive", "reversible", writes=("to",), internal=True, ahead=_fetched)
def receive(
    bench: Workbench, digest: Annotated[str, "SHA-256"], bytes: Annotated[int, "size"], name: Annotated[str, "of the file"], to: Annotated[str, "name or folder here"] = ""
) -> Planned:
    """Take a file that the hub gives."""
    return _put(bench, bench.ahead, to or f"{INBOX}/", f"Received {Path(name).name}")


@tool("device.offer", "reads", fresh=True, reads=("path",), internal=True)
async def offer(context: ToolContext, path: Annotated[str, "file here"]) -> ToolResult:
    """Let the hub fetch a file of this machine."""
    file = paths.resolve(path, context.workspace)
    if await in_thread(file.is_dir):
        raise ToolFailed(f"{path} is a folder there; have it zipped first.", code="is_folder", hint="files.archive on that machine makes one file of a folder.")
    if not await in_thread(file.is_file):
        raise ToolFailed(f"There is no file {path} on this machine.", code="not_found", hint="files.find on that machine finds it.")
    offered = await _of(context).offer(file)
    return ToolResult(offered, f"{offered['name']}, {offered['bytes']:,} bytes")


@tool("device.notice", "reads", fresh=True, internal=True)
async def notice(context: ToolContext, title: Annotated[str, "its first line"], text: Annotated[str, "what it says"]) -> ToolResult:
    """Tell the person at this machine something."""
    _of(context).notice(title[:200], text[:4000])
    return ToolResult({"told": True}, f"Told: {title}")


@tool(
    "device.give",
    "leaves",
    reads=("path",),
    machines=("device",),
    unavailable=needs_devices,
    instead=INSTEAD,
    aliases=("send_to_device", "give_file", "push_file", "copy_to_device"),
)
async def give(
    context: ToolContext,
    path: Annotated[str, "file here"],
    device: Annotated[str, "name of the other machine"],
    to: Annotated[str, "name or folder there; empty: its Received folder"] = "",
) -> ToolResult:
    """Give a file of this machine to another machine."""
    raise ToolFailed(
        "It is done as a step of the other machine.", code="internal", hint="In a plan, such a step is written with device: the name of the machine."
    )  # plans are expanded so, see core.planning.remote_expansion


@tool("device.ask", "leaves", machines=("device",), unavailable=needs_devices, instead=INSTEAD, aliases=("delegate", "ask_device", "run_on_device", "hand_over"))
async def ask(context: ToolContext, device: Annotated[str, "name of the other machine"], request: Annotated[str, "what it is to do, in words"]) -> ToolResult:
    """Have another machine carry out a whole request by itself."""
    raise ToolFailed("It is done as a step of the other machine.", code="internal", hint="In a plan, such a step is written with device: the name of the machine.")


def _put(bench: Workbench, offered: dict[str, Any], to: str, said: str) -> Planned:
    name = Path(str(offered["name"])).name
    if not name or name in (".", ".."):
        raise ToolRetry("The file has no name.", hint="to is a name or a folder here.")
    target = paths.resolve(to or name, bench.workspace)
    if to.endswith("/") or target.is_dir():
        target = target / name
    if target.exists() and bench.changes.blobs.path(offered["digest"]).exists():
        target = _free(target)
    changes = (*bench.changes.folders(target.parent), bench.changes.put_kept(target, offered["digest"]))
    shown = bench.shown(target)
    return Planned(changes, {"path": str(target), "bytes": offered["bytes"], "digest": offered["digest"]}, f"{said}: {shown} ({int(offered['bytes']):,} bytes)", f"+ {shown}")


def _free(target: Path) -> Path:
    """Nothing is written over: a number behind the name."""
    return next(other for number in range(2, 100_000) if not (other := target.with_stem(f"{target.stem} {number}")).exists())


def _of(context: ToolContext) -> Files:
    if context.devices is None:
        raise ToolFailed("There are no other machines.", code="unavailable", hint=INSTEAD)
    return context.devices
