"""The machine: what it is, how busy it is, what runs on it."""

from __future__ import annotations

import platform
import time
from typing import Annotated, Any, Literal

from core.errors import ToolFailed, ToolRetry
from core.ports import Scope, ToolContext, ToolResult
from tools.builtin.files_read import size
from tools.declare import tool


@tool("system.info", "reads", fresh=True, aliases=("sysinfo", "system_info", "get_system_info", "disk_space", "memory_usage", "cpu_usage"))
async def info(context: ToolContext, what: Annotated[Literal["all", "system", "cpu", "memory", "disk", "battery"], "which part"] = "all") -> ToolResult:
    """System and version, processor, memory, disk and battery of this machine, and how long it has been on."""
    import psutil

    memory, disk, battery = psutil.virtual_memory(), psutil.disk_usage(str(context.workspace)), getattr(psutil, "sensors_battery", lambda: None)()
    value: dict[str, Any] = {
        "system": _named(), "cores": psutil.cpu_count(), "cpu_percent": psutil.cpu_percent(0.1),
        "memory_bytes": memory.total, "memory_free_bytes": memory.available, "disk_bytes": disk.total, "disk_free_bytes": disk.free,
        "battery_percent": battery.percent if battery else None, "up_s": round(time.time() - psutil.boot_time()),
    }  # fmt: skip
    lines = {
        "system": f"System: {value['system']}, on for {_lasting(value['up_s'])}",
        "cpu": f"Processor: {value['cores']} cores, {value['cpu_percent']:.0f} % busy",
        "memory": f"Memory: {size(memory.available)} of {size(memory.total)} free",
        "disk": f"Disk: {size(disk.free)} of {size(disk.total)} free",
        "battery": f"Battery: {battery.percent:.0f} %" if battery else "Battery: none",
    }
    return ToolResult(value, "\n".join(lines.values() if what == "all" else [lines[what]]))


def _named() -> str:
    """The system as people call it: ``Debian GNU/Linux 12 (Linux 6.1.0)``."""
    kernel = f"{platform.system()} {platform.release()}"
    try:
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']} ({kernel})"
    except (OSError, KeyError, AttributeError):
        return f"macOS {platform.mac_ver()[0]} ({kernel})" if platform.system() == "Darwin" else kernel


def _lasting(seconds: int) -> str:
    days, hours, minutes = seconds // 86400, seconds % 86400 // 3600, seconds % 3600 // 60
    return f"{days} d {hours} h" if days else f"{hours} h {minutes} min"


@tool("system.processes", "reads", fresh=True, aliases=("proc_list", "list_processes", "processes", "ps"))
async def processes(
    context: ToolContext,
    name: Annotated[str, "only names holding this"] = "",
    sort: Annotated[Literal["memory", "cpu", "name"], "largest first"] = "memory",
    limit: Annotated[int, "programs at most"] = 15,
) -> ToolResult:
    """Running programs with their memory and processor use."""
    import psutil

    rows = []
    for process in psutil.process_iter(["pid", "name", "memory_info", "cpu_percent"]):
        found = process.info
        if name.lower() in (found["name"] or "").lower():
            rows.append(
                {
                    "pid": found["pid"],
                    "name": found["name"] or "",
                    "memory_bytes": found["memory_info"].rss if found["memory_info"] else 0,
                    "cpu_percent": found["cpu_percent"] or 0.0,
                }
            )
    keys: dict[str, Any] = {"memory": lambda row: -row["memory_bytes"], "cpu": lambda row: -row["cpu_percent"], "name": lambda row: row["name"].lower()}
    rows = sorted(rows, key=keys[sort])[:limit]
    return ToolResult({"items": rows, "count": len(rows)}, "\n".join(f"- {row['name']} ({row['pid']}): {size(row['memory_bytes'])}" for row in rows) or "No such program runs.")


@tool(
    "system.end_process",
    "irreversible",
    aliases=("proc_kill", "kill_process", "kill", "terminate_process", "end_process"),
    scopes=lambda args, context: (Scope("app", str(args.get("pid") or args.get("name"))),),
)
async def end_process(
    context: ToolContext, name: Annotated[str, "as system.processes gives it; all of that name"] = "", pid: Annotated[int, "instead its number"] = 0
) -> ToolResult:
    """End a program: ask it to close, after 3 seconds force it."""
    import psutil

    if not name and pid <= 1:
        raise ToolRetry("No program is named.", hint="name or pid says which; system.processes shows both.")
    found = [
        process
        for process in psutil.process_iter(["name"])
        if process.pid == pid or (name and (process.info["name"] or "").lower().removesuffix(".exe") == name.lower().removesuffix(".exe"))
    ]
    if not found:
        raise ToolFailed(f"No program called {name or pid} runs.", code="not_found", hint="system.processes shows what runs, with name and pid.")
    try:
        for process in found:
            process.terminate()
        _, alive = psutil.wait_procs(found, timeout=3)
        for process in alive:
            process.kill()
    except psutil.AccessDenied as error:
        raise ToolFailed(f"Ending {name or pid} is not permitted.", code="not_permitted", hint="It belongs to somebody else or to the system.") from error
    return ToolResult({"pids": [process.pid for process in found]}, f"Ended {name or pid} ({len(found)}).")
