"""Running Python that somebody (often a model) has written, in a sandbox: no network, nothing can be written, bounded in time, memory and output.

bubblewrap makes the sandbox. Where it is not there, the code is not run; the answer says how to get it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Any

from core.errors import ToolFailed, ToolRetry
from core.gate.mediator import note_folder
from core.ports import Scope, ToolContext, ToolResult
from core.storage.json_text import clean_json
from tools import paths
from tools.bounds import scope_of, watch
from tools.builtin.shell import MAX_OUTPUT, die_with_parent, finished
from tools.confinement import reading_only, why_unconfined
from tools.declare import tool

MEMORY_BYTES, PROCESSES, FILE_BYTES = 1_000_000_000, 64, 10_000_000  # of the program with all that it starts; the last of one file
_LIMITS = f"import resource as r; [r.setrlimit(k, (n, n)) for k, n in ((r.RLIMIT_AS, {MEMORY_BYTES}), (r.RLIMIT_FSIZE, {FILE_BYTES}), (r.RLIMIT_NPROC, {PROCESSES}), (r.RLIMIT_CORE, 0))]; "
_START = "import sys, json; g = json.load(sys.stdin); exec(compile(g['code'], 'code', 'exec'), {'__name__': '__main__', 'data': g['data']})"


_BARE = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}  # the sandbox's first process shows its environment inside, and ours may hold keys

INSTEAD = "calc.evaluate works out expressions (several at once), tables.query sums, filters and joins tables, files.find searches files."


def _scopes(args: dict, context: ToolContext) -> tuple[Scope, ...]:
    return (paths.scope_of(context.workspace, context.workspace, reading=True),)


@tool(
    "code.run", "reads", fresh=True, aliases=("run_python", "python", "execute_python", "run_code", "execute_code", "code_interpreter", "python_repl", "exec_python"), scopes=_scopes,
    preview=lambda args: str(args.get("code", "")), limit=2, unavailable=lambda environment: why_unconfined(),
    instead=INSTEAD,
)  # fmt: skip
async def run(
    context: ToolContext,
    code: Annotated[str, "Python 3; what it prints is the result"],
    timeout_s: Annotated[float, "seconds, 600 at most"] = 30,
    data: Annotated[dict[str, Any], "values that the code finds as `data`, such as outputs of earlier steps"] = {},  # noqa: B006
) -> ToolResult:
    """Run Python in a sandbox: it reads the files of the workspace (its working folder), writes nothing, has no network. 1 GB of memory."""
    out, err = await _boxed(context, _START, {"code": code, "data": data}, timeout_s)
    return ToolResult({"stdout": out, "stderr": err, "text": out, "json": _as_json(out)}, out.strip() or "It ran and printed nothing; print() what is to be seen.", tainted=True)


@tool(
    "code.plan", "reads", fresh=True, scopes=_scopes, preview=lambda args: str(args.get("code", "")), limit=2, unavailable=lambda environment: why_unconfined(), instead=INSTEAD,
)  # fmt: skip
async def plan(
    context: ToolContext,
    code: Annotated[str, "Python 3; it may use open, os, shutil, glob, and read, write, append, move, copy, delete, files, rows, answer"],
    timeout_s: Annotated[float, "seconds, 600 at most"] = 20,
) -> ToolResult:
    """Work out changes to the workspace by a Python program, in a sandbox: it acts on a picture of the folder, and the result lists what it would change. Nothing is changed."""
    note_folder(os.path.realpath(context.workspace))
    out, err = await _boxed(context, _START_PLAN, {"code": code, "helpers": _helpers(), "data": {}}, timeout_s)
    _, mark, told = out.rpartition(_TOLD)
    if not mark:
        is_flood = len(out) >= MAX_OUTPUT // 2
        why = "It wrote more to its output than can be read." if is_flood else err.strip()[-500:]
        raise ToolFailed(f"The program ended before it was through: {why}", code="exit_code", hint="Use print or answer for little." if is_flood else "Leave out exit().")
    try:
        found = read_changes(told.partition("\n")[0])
    except ValueError as error:
        raise ToolFailed(f"What the program would change cannot be told: {error}.", code="too_long", hint="Do it in parts, or with files.move and files.write.") from error
    said = "\n".join(found["said"]).strip()
    shown = [f"{op[0]} {' → '.join(str(part)[:200] for part in op[1:])}" for op in found["ops"]]
    return ToolResult(found | {"said": said}, "\n".join(filter(None, (said, *shown))) or "It changes nothing and says nothing.")


_PARTS = {"write": 2, "move": 2, "copy": 2, "delete": 1, "folder": 1, "zip": 2, "unzip": 2}  # of a change: its kind, and how many texts follow


def read_changes(line: str) -> dict[str, Any]:
    """``{"ops", "said", "lines"}`` as a program told it, which may have told anything; ``questions`` where it asks what files say. Raises :class:`ValueError`."""
    try:
        found = clean_json(json.loads(line))
    except (ValueError, RecursionError) as error:
        raise ValueError("it is more than can be told at once") from error
    if not isinstance(found, dict) or not _is_changes(found.get("ops")) or not _is_texts(found.get("said")):
        raise ValueError("it is no list of changes")
    lines = found.get("lines")
    counts = {name: count for name, count in lines.items() if isinstance(count, int)} if isinstance(lines, dict) else {}
    asked = found.get("questions")
    questions = [pair for pair in asked if _is_texts(pair) and len(pair) == 2] if isinstance(asked, list) else []
    return {"ops": found["ops"], "said": found["said"], "lines": counts} | ({"questions": questions} if questions else {})


def _is_changes(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(op, list) and op and isinstance(op[0], str) and len(op) == _PARTS.get(op[0], -1) + 1 and _is_parts(op) for op in value)


def _is_parts(op: list[Any]) -> bool:
    return all(isinstance(part, str) or (op[0] == "zip" and place == 1 and _is_texts(part)) for place, part in enumerate(op))


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


_TOLD = "\n§§"  # before the list of changes, in what a planning program prints
_START_PLAN = "import sys, json; g = json.load(sys.stdin); s = {'__name__': '__main__'}; exec(compile(g['helpers'], 'helpers', 'exec'), s); s['_run'](g['code'])"


@lru_cache(maxsize=1)
def _helpers() -> str:
    return (files("tools.sandbox") / "folder_helpers.txt").read_text(encoding="utf-8")


async def _boxed(context: ToolContext, start: str, told: dict[str, Any], timeout_s: float) -> tuple[str, str]:
    """What a program prints on its two outputs. Raises :class:`ToolFailed` where it fails or there is no sandbox."""
    if not told["code"].strip():
        raise ToolRetry("There is no code.", hint="code is a Python program that prints its result.")
    box = reading_only(context.workspace, context.closed)
    if not box:
        raise ToolFailed(f"Code cannot be run here: {why_unconfined()}", code="unavailable", hint=INSTEAD)
    process = await asyncio.create_subprocess_exec(
        *scope_of(MEMORY_BYTES, PROCESSES), *box, sys.executable, "-I", "-c", f"{_LIMITS}{start}",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, start_new_session=True, preexec_fn=die_with_parent(), env=_BARE | _of_manager(),
    )  # fmt: skip
    ended, out, err = await _within_bounds(process, json.dumps(told), max(1.0, min(timeout_s, 600)))
    if "bwrap:" in err[:200] and not out:
        raise ToolFailed(f"The sandbox cannot be made here: {err.strip()[:300]}", code="unavailable", hint=INSTEAD)
    if ended:
        raise ToolFailed(
            f"The code failed: {_own_trace(err)[-1500:]}" + (f"\nIt printed before: {out.strip()[-500:]}" if out.strip() else ""), code="exit_code", hint=_way_out(err)
        )
    return out, err


def _of_manager() -> dict[str, str]:
    """How a control group is asked for; bubblewrap keeps it to itself, and what it leads to is not in the box."""
    return {name: os.environ[name] for name in ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS") if name in os.environ and scope_of(0, 0)}


async def _within_bounds(process: asyncio.subprocess.Process, text: str, seconds: float) -> tuple[int, str, str]:
    """How it ended and what it printed; raises :class:`ToolFailed` where it or what it started goes beyond a bound."""
    work = asyncio.ensure_future(finished(process, text, seconds, f"The code took longer than {seconds:g} s and was stopped."))
    watching = asyncio.ensure_future(watch(process.pid, MEMORY_BYTES, PROCESSES))
    try:
        await asyncio.wait([work, watching], return_when=asyncio.FIRST_COMPLETED)
        if not work.done() and watching.done() and (why := watching.result()):
            raise ToolFailed(f"The code was stopped: {why}.", code="too_large", hint="Do it in smaller parts; read files line by line.")
        return await work
    finally:
        watching.cancel()
        work.cancel()  # which ends the process and its group
        await asyncio.gather(work, watching, return_exceptions=True)


def _own_trace(said: str) -> str:
    """A traceback without the frames of Deskhand's own helpers, whose lines tell nobody anything."""
    kept: list[str] = []
    is_ours = False
    for line in said.strip().splitlines():
        if line.startswith("  File "):
            is_ours = '"helpers"' in line or '"<string>"' in line
        elif not line.startswith("    "):
            is_ours = False
        kept += [line] * (not is_ours)
    return "\n".join(kept)


def _way_out(said: str) -> str:
    """What can be done about an error of the code, where it comes from the sandbox."""
    if "Read-only file system" in said or "Permission denied" in said:
        return "The code writes nothing: print the result, and files.write or tables.convert puts it into a file."
    if "ModuleNotFoundError" in said:
        return "Only Python's standard library and Deskhand's own packages are there; csv, json, re, statistics, datetime and openpyxl are."
    if "MemoryError" in said:
        return f"The sandbox has {MEMORY_BYTES // 1_000_000_000} GB of memory; read files line by line."
    if "urlopen" in said or "socket" in said or "Name or service" in said:
        return "The sandbox has no network; web.fetch gets pages."
    return "Mend the code and run it again."


def _as_json(text: str) -> Any:
    """What the code printed as a value, where it is JSON."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None
