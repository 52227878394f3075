"""The tools of one core: found, checked, prepared, run, verified, undone. The port is ``core.ports.ToolBox``."""

from __future__ import annotations

import asyncio
import difflib
import json
import os
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from core.errors import ToolFailed, ToolRetry
from core.gate.coverage import is_phrase_in
from core.gate.mediator import Permit, acting
from core.gate.origins import Origins
from core.gate.places import KNOWN_SECONDS, Places
from core.gate.scopes import host_scope, named_scope, open_scope, path_scope
from core.gate.secrets import ToolAccounts, secret_scope
from core.messages import ToolSpec
from core.plan import REFERENCE
from core.ports import Accounts, Change, Files, Intent, Inventory, Remembered, Reminders, Risk, Scope, Things, ToolContext, ToolResult
from tools import paths, repair
from tools.answered import Answered
from tools.availability import Availability, Environment
from tools.background import in_thread
from tools.blobs import BlobStore, preparing
from tools.changes import Changes
from tools.copied import taken_along
from tools.declare import Planned, Tool
from tools.detours import Health, ways, with_via
from tools.finding.finder import Described, Embed, ToolFinder
from tools.hints import hints_with_arguments
from tools.marks import Marks
from tools.previews import whole_preview
from tools.regular_files import open_regular
from tools.routing import fits_better, nearest
from tools.workbench import Workbench

COMPOSE = ToolSpec(
    "text.compose",
    "Write a text (summary, letter, list, answer) with a language model.",
    {
        "type": "object",
        "properties": {
            "instruction": {"type": "string", "description": "what to write"},
            "material": {"type": ["string", "array", "object"], "description": "outputs of earlier steps"},
        },
        "required": ["instruction"],
        "additionalProperties": False,
    },
)


NOT_ITS_FAULT = frozenset({"unavailable", "not_found", "not_permitted", "bad_arguments", "exists", "unreadable", "changed", "sign_in"})  # failures that say nothing about a tool
OWN_FILES = ("tasks.md", "calendar.ics", "contacts.vcf")  # Deskhand's own lists, beside its notes: changed without a question, and back with undo
ALWAYS_SHARE = 0.03  # of the context: what stands in every prompt, however many tools there are
LETTERS = 4  # of a token, about
MOST_FOUND = 14


class LocalToolBox:
    """Tools that run in this process or as its children."""

    def __init__(self, tools: Iterable[Tool], changes: Changes, notes: Path, embed: Embed | None = None, accounts: Accounts | None = None) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._changes = changes
        self._notes = notes
        self._embed, self._accounts = embed, accounts
        self.schedules: Reminders | None = None
        self.devices: Files | None = None
        self.things: Things | None = None
        self.origins: Origins | None = None  # set by who makes both, as what follows
        self.memory: Remembered | None = None  # set by who makes both: the memory's vectors and the tools' are of one model
        self._health, self._answered, self._availability = Health(), Answered(), Availability()
        self._own: tuple[float, set[str]] = (float("-inf"), set())  # when they were looked at last, and what they are
        self._take_stock()

    @property
    def changes(self) -> Changes:
        return self._changes

    @property
    def blobs(self) -> BlobStore:
        """Where contents before and after changes are kept."""
        return self._changes.blobs

    def _take_stock(self) -> None:
        self._found: ToolFinder | None = None
        self._names = self._index()
        self._specs = (*(ToolSpec(tool.name, tool.description, tool.schema) for tool in self._tools.values() if not tool.internal), COMPOSE)
        self._availability.forget()
        self._schemas = {tool.name: tool.schema for tool in self._tools.values()} | {COMPOSE.name: COMPOSE.parameters}
        self._gates = {tool.name: asyncio.Semaphore(tool.limit) for tool in self._tools.values() if tool.limit}

    def offer(self, source: str, tools: Iterable[Tool]) -> None:
        """Take the tools of a source (an MCP server, say) in place of those that it offered before; none: it offers nothing any more."""
        self._tools = {name: tool for name, tool in self._tools.items() if tool.source != source} | {tool.name: tool for tool in tools}
        self._take_stock()

    def taken(self, name: str) -> bool:
        """Whether a tool is called so, or a built-in one could be meant by it."""
        meant = self._tools.get(self._names.get(repair.normalise(name), ""))
        return name in self._tools or name == COMPOSE.name or (meant is not None and not meant.source)

    def _index(self) -> dict[str, str]:
        """Tools by the names that models write, the later ones here going before: a server's short names (where only one has it) and full names, then ours."""
        own = [tool for tool in self._tools.values() if not tool.source]
        foreign = [tool for tool in self._tools.values() if tool.source]
        short: dict[str, set[str]] = {}
        for tool in foreign:
            for name in tool.aliases:
                short.setdefault(repair.normalise(name), set()).add(tool.name)
        index = {name: next(iter(tools)) for name, tools in short.items() if len(tools) == 1}
        index |= {repair.normalise(tool.name): tool.name for tool in foreign}
        index |= {repair.normalise(name): tool.name for tool in reversed(own) for name in tool.aliases}
        index |= {repair.normalise(tool.name): tool.name for tool in own}
        return index | {repair.normalise(COMPOSE.name): COMPOSE.name}

    # -- looking ----------------------------------------------------------------------------------------------------

    def tools(self) -> tuple[Tool, ...]:
        return tuple(self._tools.values())

    def specs(self) -> tuple[ToolSpec, ...]:
        """What can be called here and now."""
        missing = self.unavailable()
        return tuple(spec for spec in self._specs if spec.name not in missing) if missing else self._specs

    def all_specs(self) -> tuple[ToolSpec, ...]:
        """Every tool that is meant to be called, be it that it cannot work here: for lists that a person reads."""
        return self._specs

    def connected(self) -> tuple[str, ...]:
        """The tools of connected servers."""
        return tuple(tool.name for tool in self._tools.values() if tool.source)

    def why_unavailable(self, name: str) -> str:
        """Why a tool cannot work on this machine now, as a sentence; empty where it can."""
        tool = self._tools.get(name)
        return self._availability.why_not(tool, self._environment()) if tool else ""

    def unavailable(self) -> Mapping[str, str]:
        """The tools that cannot work here now, each with the reason."""
        return self._availability.missing(self._tools.values(), self._environment())

    def _environment(self) -> Environment:
        return Environment(self._accounts, self.memory, self.schedules, self.devices, self.things)

    def _require(self, tool: Tool) -> None:
        """Raises :class:`ToolFailed` with what can be called instead."""
        if reason := self._availability.why_not(tool, self._environment(), fresh=True):
            raise ToolFailed(f"{tool.name} cannot work here: {reason}", code="unavailable", hint=tool.instead)

    def known(self, name: str) -> bool:
        return name in self._schemas

    async def offered(self, request: str, context: int) -> Inventory:
        """All tools where their lines take little of the context; else those that the request needs, and the names of the rest in a line."""
        always, specs = int(context * ALWAYS_SHARE * LETTERS), self.specs()
        if sum(len(spec.name) + len(spec.description[:400]) + 60 for spec in specs) <= always:
            return Inventory(specs)
        await self._index_tools()
        assert self._found is not None
        names = {name for name, _ in await self._found.find(request, MOST_FOUND)} | {name for name in self._tools if name in request} | {COMPOSE.name}
        return Inventory(tuple(spec for spec in specs if spec.name in names), _others([spec.name for spec in specs if spec.name not in names], always))

    def resolve(self, name: str, args: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        known = self._names.get(repair.normalise(name))
        if known is None and (meant := nearest(name, args, self._tools.values())):
            known = meant.name
        elif known in self._tools and (better := fits_better(self._tools[known], args, self._tools.values())):
            known = better.name
        if known is None:
            raise self._unknown(name)
        return known, repair.repair_arguments(args, self._schemas[known])

    async def find_tools(self, what: str, most: int, without: Collection[str] = ()) -> list[tuple[ToolSpec, str, str]]:
        """The tools that fit best, best first: each with its call in one line, and why it cannot be called now; those of ``without`` are known already."""
        await self._index_tools()
        assert self._found is not None
        specs, missing = {spec.name: spec for spec in self._specs}, self.unavailable()
        found = [name for name, _ in await self._found.find(what, most + len(without)) if name in specs and name not in without and name in self._tools]
        return [(specs[name], self._tools[name].usage, missing.get(name, "")) for name in found[:most]]

    async def _index_tools(self) -> None:
        if self._found is None:
            self._found = ToolFinder(self._embed)
            await self._found.index([_described(tool) for tool in self._tools.values() if not tool.internal])

    def _unknown(self, name: str) -> ToolRetry:
        """That there is no such tool, with those that are called alike and what they do."""
        offered = {spec.name: spec.description for spec in self.specs()}
        near = difflib.get_close_matches(name, offered, 3, 0.5) or [other for other in offered if other.partition(".")[0] == name.partition(".")[0]][:8]
        calls = {other: self._tools[other].usage if other in self._tools else other for other in near}
        hint = "; ".join(f"{calls[other]}: {offered[other].partition('. ')[0][:140].rstrip('.')}" for other in near)
        groups = ", ".join(dict.fromkeys(other.partition(".")[0] for other in offered))
        return ToolRetry(
            f"There is no tool {name}." + (f" There is {', '.join(near)}." if near else ""), code="unknown_tool", hint=hint or f"The groups of tools here are {groups}."
        )

    def check_args(self, name: str, args: Mapping[str, Any], references: bool = False) -> list[str]:
        if name == "text.compose":
            return [] if isinstance(args.get("instruction"), str) else ["instruction is missing."]
        late = {key for key, value in args.items() if references and isinstance(value, str) and REFERENCE.search(value)}
        return [sentence for key, sentence in self._tools[name].problems(args) if key not in late]

    def risk(self, name: str) -> Risk:
        return self._tools[name].risk if name in self._tools else "reads"

    def speaks_from_outside(self, name: str) -> bool:
        tool = self._tools.get(name)
        return tool is None or bool(tool.source) or tool.risk == "leaves" or tool.name in ("shell.run", "code.run")

    def touched(self, name: str, args: Mapping[str, Any], workspace: Path) -> tuple[list[str], list[str]]:
        tool = self._tools.get(name)
        if tool is None:
            return [], []
        reads = self._paths(tool.reads, args, workspace, paths.meant)
        return reads, [*self._paths(tool.writes, args, workspace), *_named_after(name, args, reads)]

    def _paths(self, names: tuple[str, ...], args: Mapping[str, Any], workspace: Path, resolve: Callable[[str, Path], Path] = paths.resolve) -> list[str]:
        found = []
        for name in names:
            head, _, key = name.partition(".")  # "moves.source": of each row of a batch
            value = args.get(head)
            items = value if isinstance(value, list) else [value]
            given = [item.get(key) if key and isinstance(item, Mapping) else item for item in items]
            for text in (one for item in given for one in (item if isinstance(item, list) else [item])):
                if isinstance(text, str) and text and "{{" not in text:
                    try:
                        found.append(str(resolve(paths.split_sheet(text, workspace)[0], workspace)))
                    except ToolRetry:
                        continue
        return found

    def alternatives(self, name: str, args: Mapping[str, Any]) -> list[tuple[tuple[str, dict[str, Any]], ...]]:
        return ways(name, args, self._tools.values(), self._health)

    def sick(self, name: str) -> bool:
        return self._health.sick(name)

    def passed_on(self, args: Mapping[str, Any], value: Any) -> dict[str, Any]:
        return with_via(args, value)

    # -- doing ------------------------------------------------------------------------------------------------------

    async def prepare(self, name: str, args: Mapping[str, Any], context: ToolContext) -> Intent:
        with hints_with_arguments(self._tools), preparing(context.run_id):
            return await self._prepare(name, args, context)

    def hold(self, intent: Intent) -> None:
        self.blobs.hold(digest for change in intent.changes for digest in (change.before, change.after))

    def let_go(self, run_id: str) -> None:
        self.blobs.let_go(run_id)

    async def _prepare(self, name: str, args: Mapping[str, Any], context: ToolContext) -> Intent:
        tool = self._tools[name]
        context = replace(context, accounts=self._accounts_for(tool), memory=self.memory, schedules=self.schedules, devices=self.devices, things=self.things)
        self._require(tool)
        values, root = tool.values(args), os.path.realpath(context.workspace)
        scopes = self._declared_scopes(tool, values, context, root)
        preview = whole_preview(tool, values, tool.preview(values) if tool.preview else f"{name} {_short(values)}", scopes)
        with acting(root, context.agreed, context.closed, self.origins) as permit:
            if not tool.changing:
                risk: Risk = tool.risk if tool.stays is None else "reads" if tool.stays(values, context) else "leaves"
                return Intent(name, dict(args), risk, scopes or (Scope("none"),), (), preview, tool.always_ask(values), identity=tool.identity, folder=root)
            if shut := tuple(scope for scope in scopes if scope.private and scope.access == "read" and not permit.covers(scope.value)):
                return Intent(name, values, tool.risk, shut, (), preview, tool.always_ask(values), is_partial=True)
            intent = await self._prepare_changes(tool, values, context, root, scopes)
            return replace(intent, outcome={**(intent.outcome or {}), "tainted": True, "origins": list(permit.heard)}) if permit.heard else intent

    async def _prepare_changes(self, tool: Tool, values: dict[str, Any], context: ToolContext, root: str, declared: tuple[Scope, ...]) -> Intent:
        bench = Workbench(context, self._changes, self._notes, root, await tool.ahead(values, context) if tool.ahead else {})
        try:
            planned = await in_thread(tool.body, bench, **values) if _heavy(tool) else tool.body(bench, **values)
        except OSError as error:
            raise _system_error(tool, error) from error
        assert isinstance(planned, Planned)
        read = (scope for scope in declared if scope.access != "change")  # what is changed is told by the changes
        along = () if context.tainted else taken_along(planned.changes, [scope.value for scope in declared if scope.access == "read"], root)
        scopes = tuple(dict.fromkeys([*read, *self._change_scopes(planned.changes, root, context, along), *self._watched_scopes(planned.changes, context, root)]))
        outcome = {"value": planned.value, "text": planned.text, "tainted": planned.tainted}
        return Intent(tool.name, values, tool.risk, scopes, planned.changes, whole_preview(tool, values, planned.preview, scopes), tool.always_ask(values), outcome)

    def _declared_scopes(self, tool: Tool, values: dict[str, Any], context: ToolContext, root: str) -> tuple[Scope, ...]:
        """What the arguments of a call touch, defaults included, by their kinds; and what else the tool knows of."""
        own = self._own_places()
        found = [path_scope(path, root, "read") for path in self._paths(tool.reads, values, context.workspace, paths.meant)]
        if not tool.changing:
            written = self._paths(tool.writes, values, context.workspace)
            found += [self._changed_scope(path, root, context) for path in written if not any(paths.under(path, folder) for folder in own)]
        found += [host_scope(str(values[name]), is_phrase_in(str(values[name]), context.request)) for name in tool.machines if values.get(name)]
        found += [host_scope(str(values[name])) for name in tool.hosts if values.get(name)]
        held = [secret_scope(tool.account)] if tool.account else []
        return tuple(dict.fromkeys([*found, *(tool.scopes(values, context) if tool.scopes else ()), *held]))

    def _accounts_for(self, tool: Tool) -> Accounts | None:
        return ToolAccounts(self._accounts, tool.name, tool.account) if self._accounts else None

    def _watched_scopes(self, changes: tuple[Change, ...], context: ToolContext, root: str) -> Iterable[Scope]:
        """What a schedule would look at again and again: a page is asked for with its whole address, a folder is read."""
        for change in changes:
            if change.kind != "schedule" or change.after is None:
                continue
            rule = json.loads(self.blobs.read(change.after)).get("rule", {})
            if url := rule.get("url"):
                yield host_scope(url, is_phrase_in(url, context.request))
            if rule.get("event") in ("folder_changed", "file_added"):
                yield path_scope(paths.resolve(rule.get("path") or ".", context.workspace), root, "read")

    def _changed_scope(self, path: str, root: str, context: ToolContext) -> Scope:
        return named_scope(path_scope(path, root, "change"), root, "" if context.tainted else context.request)

    def _change_scopes(self, changes: tuple[Change, ...], root: str, context: ToolContext, along: Collection[str] = ()) -> Iterable[Scope]:
        """What changes touch. ``along`` are files that a whole folder brings to its new place as they were, which nobody has to be asked about anew."""
        own = self._own_places()
        for change in changes:
            if change.kind in ("schedule", "memory"):
                continue
            for name in (change.path, change.to):
                if name and not any(paths.under(name, folder) for folder in own):
                    scope = _taking_along(change, name, self._changed_scope(name, root, context))
                    is_as_before = name in along or (scope.obeyed and change.kind == "move" and name == change.path)  # who takes a file away writes none
                    yield open_scope(scope, root) if is_as_before else scope

    def _own_places(self) -> set[str]:
        """What Deskhand keeps for itself, as written and with links followed; looked at as seldom as :class:`Places` looks at what is private."""
        if time.monotonic() - self._own[0] > KNOWN_SECONDS:
            kept = (self._notes, self._changes.trash, *(self._notes.with_name(name) for name in OWN_FILES))
            self._own = (time.monotonic(), {str(place) for path in kept for place in (path, paths.real(path))})
        return self._own[1]

    async def perform(self, intent: Intent, context: ToolContext) -> ToolResult:
        with hints_with_arguments(self._tools):
            return await self._perform(intent, context)

    async def _perform(self, intent: Intent, context: ToolContext) -> ToolResult:
        tool = self._tools[intent.tool]
        context = replace(context, accounts=self._accounts_for(tool), memory=self.memory, schedules=self.schedules, devices=self.devices, things=self.things)
        root = os.path.realpath(context.workspace)
        with acting(root, (*intent.scopes, *context.agreed), context.closed, self.origins) as permit:
            result = await self._perform_permitted(tool, intent, context, permit)
        if self.origins is not None:
            for path in permit.made:
                self.origins.mark(path, "; ".join(permit.heard) or preview_line(intent))
        if tool.changing and self.origins is not None:
            Marks(self.origins, tool.risk == "leaves" or bool(tool.source) or (tool.ahead is not None and tool.category != "device")).keep(intent, result, context)
        return result

    async def _perform_permitted(self, tool: Tool, intent: Intent, context: ToolContext, permit: Permit) -> ToolResult:
        if tool.changing:
            assert intent.outcome is not None
            self._answered.forget()
            self._require_same_places(intent, os.path.realpath(context.workspace), context)
            self.hold(intent)
            await in_thread(self._changes.apply, intent.changes) if _heavy(tool) else self._changes.apply(intent.changes)
            return ToolResult(intent.outcome["value"], intent.outcome["text"], bool(intent.outcome.get("tainted")), origins=tuple(intent.outcome.get("origins", ())))
        if tool.risk not in ("reads", "leaves"):
            self._answered.forget()
        elif not tool.fresh and (known := self._answered.get(context.run_id, tool.name, intent.args)):
            return known
        try:
            result = _with_origins(await self._called(tool, tool.values(intent.args), context), permit)
        except ToolFailed as error:
            if error.code not in NOT_ITS_FAULT:
                self._health.failed(tool.name)
            raise
        self._health.worked(tool.name)
        if tool.risk == "reads" and not tool.fresh:
            self._answered.put(context.run_id, tool.name, intent.args, result)
        return result

    def _require_same_places(self, intent: Intent, root: str, context: ToolContext) -> None:
        """A folder may have become a link since it was agreed to. Raises :class:`ToolFailed` where a change would go elsewhere now."""
        agreed = {scope.value for scope in intent.scopes if scope.kind == "path"}
        if agreed and any(scope.value not in agreed for scope in self._change_scopes(intent.changes, root, context)):
            raise ToolFailed("What it would touch is no longer what was agreed to, so nothing was done.", code="conflict", hint="files.info tells what is there now.")

    async def _called(self, tool: Tool, values: dict[str, Any], context: ToolContext) -> ToolResult:
        gate = self._gates.get(tool.name)
        try:
            if gate is None:
                return await tool.body(context, **values)  # type: ignore[misc]
            async with gate:
                return await tool.body(context, **values)  # type: ignore[misc]
        except OSError as error:
            raise _system_error(tool, error) from error

    async def verify(self, intent: Intent, result: ToolResult, context: ToolContext) -> str | None:
        if intent.changes:
            return await in_thread(self._changes.missing, intent.changes) if _heavy(self._tools[intent.tool]) else self._changes.missing(intent.changes)
        return None

    async def state_of(self, intent: Intent) -> Literal["before", "after", "unknown"]:
        return "before" if self._tools[intent.tool].risk == "reads" or self._tools[intent.tool].changing else "unknown"

    def origin_of(self, path: Path) -> str:
        try:
            with open_regular(path, is_own=True) as file:
                return self.origins.of_file(os.path.realpath(path), os.fstat(file.fileno()), file.fileno()) if self.origins else ""
        except (OSError, ToolRetry):
            return ""

    def origin_of_name(self, path: Path) -> str:
        return self.origins.of_name(str(path)) if self.origins else ""

    async def undo(self, changes: tuple[Change, ...]) -> list[dict[str, Any]]:
        self._answered.forget()
        is_databases = any(change.kind in ("schedule", "memory") for change in changes)  # which is the loop thread's
        rows = self._changes.undo(changes) if is_databases else await in_thread(self._changes.undo, changes)
        if self.origins is not None and all(row["undone"] for row in rows):
            Marks(self.origins, False).undone(changes)
        return rows


def _taking_along(change: Change, name: str, scope: Scope) -> Scope:
    """The scope of one path of a change: a folder that is moved takes along what is private in it."""
    if change.kind != "move" or change.before != "dir" or name != change.path or not Places.here().holds_private(scope.value):
        return scope
    return replace(scope, inside=False, private=True)


def _system_error(tool: Tool, error: OSError) -> ToolFailed:
    """What the system refused, in words."""
    hints = {
        1: "It belongs to somebody else; files in the workspace can be changed.",
        13: "It may not be read or changed by this person.",
        28: "The disk is full: system.info says how full.",
        21: "It is a folder: files.list shows what is in it.",
    }
    code = "not_permitted" if error.errno in (1, 13) else "tool_failed"
    return ToolFailed(f"{error.filename or tool.name}: {error.strerror}.", code=code, hint=hints.get(error.errno or 0, "files.info tells what is there."))


def _described(tool: Tool) -> Described:
    return Described(
        tool.name,
        f"{tool.description} {' '.join(alias.replace('_', ' ') for alias in tool.aliases[:8] if not tool.source)}",
        tool.category,
        "",
        tuple(tool.schema.get("properties", {})),
    )


def _others(names: list[str], letters: int) -> str:
    """Names by their first part, as far as the line goes: first whole, then counted."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(name.partition(".")[0], []).append(name)
    whole = ", ".join(names)
    if len(whole) <= letters:
        return whole
    counted = ", ".join(f"{group}.* ({len(members)})" for group, members in groups.items())
    return counted if len(counted) <= letters else counted[:letters].rpartition(", ")[0] + ", …"


def _with_origins(result: ToolResult, permit: Permit) -> ToolResult:
    """A result with where the words came from that were read for it."""
    return replace(result, tainted=True, origins=tuple(dict.fromkeys((*result.origins, *permit.heard)))) if permit.heard else result


def preview_line(intent: Intent) -> str:
    """A call in one line: ``shell.run $ git clone …``."""
    return f"{intent.tool} {intent.preview.partition(chr(10))[0]}"


def _heavy(tool: Tool) -> bool:
    """Tools whose work grows with the files leave the loop free; one small file is quicker done than handed over."""
    return tool.name not in ("files.make_folder", "files.write", "files.append", "files.edit", "notes.add") and tool.category not in (
        "schedule",
        "memory",
    )  # whose database is the loop thread's


def _short(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={str(value)[:80]}" for name, value in values.items() if value not in ("", None))


def _named_after(name: str, args: Mapping[str, Any], sources: list[str]) -> list[str]:
    """What an archive is called, or a folder that one is unpacked into, where no target is given: after the first source."""
    if name not in ("files.archive", "files.extract") or args.get("target") or not sources:
        return []
    source = Path(sources[0])
    return [str(source.with_name(f"{source.name}.zip")), str(source.with_suffix(".zip"))] if name == "files.archive" else [str(source.with_name(source.name.partition(".")[0]))]
