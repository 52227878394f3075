"""Running a program: argv, no shell string; bounded in time and output; nothing of it outlives the run."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import re
import shlex
import signal
import sys
import time
from collections.abc import Callable
from typing import Annotated, Any

from core.errors import ToolFailed, ToolRetry
from core.gate.mediator import has_heard, note_folder, note_made
from core.gate.scopes import program_scope
from core.ports import Scope, ToolContext, ToolResult
from tools import paths
from tools.aftermath import HELD, Before
from tools.background import in_thread
from tools.confinement import confined, environment, program
from tools.declare import tool
from tools.files.names import SKIPPED
from tools.landlock import scope_abstract_sockets

NO_PROGRAM = "argv names one program and its arguments, without a shell. Tools for files, tables, archives and web need no program; code.run runs Python where it can."
MOST_NAMED = 20
MAX_OUTPUT = 100_000  # bytes kept of each stream
CLOCK_NS, MOST_LOOKED_AT = 20_000_000, 20_000  # how coarse the clock of a file system may be; files that are looked at for what a program changed


def needs_more_than_the_box(args: dict[str, Any]) -> bool:
    """Whether the program would be in no box: it is to change files outside of the workspace, or there is none to be had.

    What it is called decides nothing: any program may start another, and in the box none of them can do more than change the workspace and, where it has a network, tell of it.
    """
    return bool(args.get("unconfined")) or not program()


def _rights(args: dict[str, Any]) -> list[str]:
    """The rights beyond the box, in words."""
    rights = [words for name, words in (("network", "with the network"), ("unconfined", "may change files anywhere")) if args.get(name)]
    return [*rights, *(["with no box: it may read and change files anywhere"] if not program() else [])]


def _shown(args: dict[str, Any]) -> str:
    """The command with all that decides what it does: where it runs, what it may do, what it is given."""
    folder, is_boxed = str(args.get("folder") or "."), not needs_more_than_the_box(args)
    in_box = [*([] if args.get("network") else ["without a network"]), "changes only the workspace", "none of your keys in its environment"]
    more = [f"in {_in_one_line(folder)}" if folder != "." else "in the workspace", *_rights(args), *(in_box if is_boxed else ["with your environment, but for keys"])]
    given = "\ninput: " + str(args["input"]).replace("\n", "\n| ") if args.get("input") else ""
    return "$ " + _in_one_line(shlex.join(map(str, args.get("argv") or []))) + f"\n({', '.join(more)})" + given


def _in_one_line(text: str) -> str:
    """As it stands, with its line breaks and long blanks written out: what comes below is our own words, and nothing of the command may look like them."""
    return re.sub(r" {12,}", lambda blanks: f" [{len(blanks[0])} spaces] ", text.replace("\r", "\\r").replace("\n", "\\n"))


def _scopes(args: dict[str, Any], context: ToolContext) -> tuple[Scope, ...]:
    argv = [str(item) for item in args.get("argv") or []]
    started = program_scope(argv, context.workspace, str(args.get("folder") or "."), str(args.get("input") or ""), _rights(args))
    reaches = needs_more_than_the_box(args) or args.get("network")
    return (started, Scope("host", "*", False, access="send")) if reaches else (started,)  # it may reach any address


@tool(
    "shell.run", "irreversible", aliases=("shell", "run_command", "execute_command", "terminal", "exec", "bash", "command", "run_shell"),
    scopes=_scopes, always_ask=needs_more_than_the_box, preview=_shown, limit=2,
)  # fmt: skip
async def run(
    context: ToolContext,
    argv: Annotated[list[str], "program and arguments, one item each; no pipes, no shell"],
    folder: Annotated[str, "where to run it, in the workspace"] = ".",
    timeout_s: Annotated[float, "seconds, 3600 at most"] = 60,
    input: Annotated[str, "text for its standard input"] = "",
    network: Annotated[bool, "it needs the network"] = False,
    unconfined: Annotated[bool, "it must change files outside the workspace; always asks"] = False,
) -> ToolResult:
    """Run one program (no shell) and read its output. It changes files in the workspace only and has no network unless asked for; cannot be undone."""
    if not argv:
        raise ToolRetry("The command is empty.", hint='argv is such as ["git", "log", "-1"].')
    where = paths.existing(folder, context.workspace).resolve()
    if not unconfined and not paths.under(str(where), os.path.realpath(context.workspace)):
        raise ToolRetry(f"{folder} is outside the workspace; no program runs there.", code="outside", hint="unconfined: true asks the person for that.")
    if not unconfined and paths.scope_of(where, context.workspace, reading=True).private:
        raise ToolRetry(f"{folder} is private; no program runs in it.", code="private", hint="unconfined: true asks the person for that.")
    is_git = os.path.basename(argv[0]) == "git"
    box = [] if unconfined else confined(context.workspace, where, network, context.closed, is_git)
    root = os.path.realpath(context.workspace)
    before, began = Before.of(root), await _next_tick()
    try:
        process = await asyncio.create_subprocess_exec(
            *box, *argv, cwd=where, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            start_new_session=True, preexec_fn=_before_start(is_boxed=bool(box)), env=environment(network, as_person=not box),
        )  # fmt: skip
    except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
        raise ToolFailed(f"There is no program {argv[0]} here.", code="no_program", hint=NO_PROGRAM) from error
    except (OSError, ValueError) as error:
        raise ToolFailed(f"{argv[0]} could not be started: {error}.", hint='argv is the program and its arguments, one item each, such as ["git", "log", "-1"].') from error
    held: list[str] = []
    note_folder(root)
    try:
        code, out, err = await finished(process, input, min(timeout_s, 3600), f"{argv[0]} took longer than {timeout_s:g} s and was stopped.")
    finally:
        if box:
            held = await in_thread(before.hold_back, began, is_git)
        if network or has_heard():
            note_made(await in_thread(_changed_since, root, began - CLOCK_NS))
    value = {"code": code, "stdout": out, "stderr": err, "text": out} | ({"held": held} if held else {})
    if code and err.startswith("bwrap: execvp"):
        raise ToolFailed(f"There is no program {argv[0]} here.", code="no_program", hint=NO_PROGRAM)
    if code:
        raise ToolFailed(f"{shlex.join(argv)[:200]} ended with code {code}: {(err or out).strip()[-1500:]}", code="exit_code", hint=_way_out(err, network))
    return ToolResult(value, "\n".join(filter(None, (out.strip() or err.strip() or f"{argv[0]} ended without output.", _held_words(held)))), tainted=True)


async def _next_tick() -> int:
    """A moment (nanoseconds) after which file systems date what is written from now on, and before which all is dated that was written until now.

    Linux dates files by a clock that moves on a few times in a hundredth of a second (CLOCK_REALTIME_COARSE): it is waited for its next step.
    """
    asked = time.time_ns()
    clock = getattr(time, "CLOCK_REALTIME_COARSE", None)
    if clock is None:
        return asked
    while (now := time.clock_gettime_ns(clock)) <= asked:
        await asyncio.sleep(0.001)
    return now


def _held_words(held: list[str]) -> str:
    names = ", ".join(held[:MOST_NAMED])
    return f"Put aside, as programs would obey it (with {HELD} at the end of its name; files.move puts it in place, which asks): {names}" if held else ""


def _changed_since(root: str, began_ns: int) -> list[str]:
    """Files below a folder that were made or changed since a moment."""
    found, looked_at = list[str](), 0
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in SKIPPED]
        looked_at += len(files)
        for path in (os.path.join(folder, name) for name in files):
            with contextlib.suppress(OSError):
                found += [path] * (os.lstat(path).st_ctime_ns >= began_ns)
        if looked_at > MOST_LOOKED_AT:
            break
    return found


def _way_out(said: str, has_network: bool) -> str:
    """What can be done about an error of a program, where it comes from its box."""
    if "Read-only file system" in said:
        return "It may write in the workspace only; unconfined: true asks the person for more."
    if not has_network and any(word in said for word in ("resolve host", "Temporary failure in name resolution", "Network is unreachable", "Name or service not known")):
        return "It had no network; network: true asks for it."
    return "What it said is above; the arguments may be mended."


async def finished(process: asyncio.subprocess.Process, text: str, seconds: float, too_long: str) -> tuple[int, str, str]:
    """The exit code and both outputs of a process that is given ``text``. Its whole group is gone afterwards. Raises :class:`ToolFailed` with ``too_long``."""
    try:
        async with asyncio.timeout(seconds):
            out, err = await _outputs(process, text)
            return await process.wait(), out, err
    except TimeoutError as error:
        raise ToolFailed(too_long, code="timeout", hint="A larger timeout_s gives it longer.") from error
    finally:
        await stop_group(process)


async def _outputs(process: asyncio.subprocess.Process, text: str) -> tuple[str, str]:
    out, err, _ = await asyncio.gather(_bounded(process.stdout), _bounded(process.stderr), _feed(process, text))
    return out, err


async def _bounded(stream: asyncio.StreamReader | None) -> str:
    """The beginning and the end of a stream, up to ``MAX_OUTPUT`` bytes; the rest is read and let go."""
    assert stream is not None
    head, tail, total = bytearray(), bytearray(), 0
    while chunk := await stream.read(65536):
        total += len(chunk)
        room = MAX_OUTPUT // 2 - len(head)
        head += chunk[:room] if room > 0 else b""
        tail = (tail + (chunk[room:] if room > 0 else chunk))[-MAX_OUTPUT // 2 :]
    lost = total - len(head) - len(tail)
    middle = f"\n… {lost} bytes left out …\n".encode() if lost > 0 else b""
    return (bytes(head) + middle + bytes(tail)).decode("utf-8", errors="replace")


async def _feed(process: asyncio.subprocess.Process, text: str) -> None:
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        if text:
            process.stdin.write(text.encode())
            await process.stdin.drain()
        process.stdin.close()


async def stop_group(process: asyncio.subprocess.Process) -> None:
    """End the process and everything in its group; waits until it is gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        await asyncio.shield(process.wait())


def _before_start(is_boxed: bool) -> Callable[[], None] | None:
    """What a child does before it becomes the program."""
    arm = die_with_parent()
    if arm is None or not is_boxed:
        return arm
    scope = scope_abstract_sockets()

    def prepare() -> None:
        arm()
        scope()

    return prepare


def die_with_parent() -> Callable[[], None] | None:
    """For ``preexec_fn`` on Linux: the kernel ends the child when the core is gone, however it went (prctl(2), PR_SET_PDEATHSIG)."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def arm() -> None:
        libc.prctl(1, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return arm
