"""What code can say about a plan before any model is asked for an opinion.

Each finding is hard (the plan cannot run, or must not) or soft (a doubt that lowers the score and goes to the reviewer).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from core import conditions
from core.plan import REFERENCE, TASK, Edge, Plan, Step, references, strings
from core.ports import ToolBox

_QUOTED = re.compile(r"\"([^\"]{1,200})\"|“([^”]{1,200})”|(?<!\w)'([^']{2,200})'(?!\w)|`([^`]{1,200})`")
_FILE = re.compile(r"(?<![\w/.~-])(?:~?/)?(?:[\w.~ -]*?[\w~-]+/)*[\w~-]+(?:\.[\w-]+)*\.[A-Za-z][A-Za-z0-9]{0,5}(?![\w/])")
_NAMED = re.compile(r"(?<![\w/.~-])(?:[\w.~-]+/)*[\w~-]+\.[A-Za-z][A-Za-z0-9]{0,5}(?![\w/])")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*(?![\w])")
_FRESH = re.compile(r"\b(news|latest|today|tonight|now|current(?:ly)?|right now|this (?:week|morning)|recent(?:ly)?|up to date)\b", re.I)


WHERE = frozenset({"device", "system", "tool", "right", "folder", "gpu_gb", "memory_gb", "model", "seconds", "away"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or doubtful, in a sentence."""

    code: str
    text: str
    hard: bool = True


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What the checks may look at besides the plan."""

    request: str
    workspace: Path
    tools: ToolBox
    max_steps: int
    devices: Mapping[str, frozenset[str]] = field(default_factory=dict)  # the tools of each paired device, by its name
    denied: tuple[str, ...] = ()
    given: bool = False  # the plan comes from code or a hub, not from a planner: it may use what planners are not shown
    remembered: tuple[str, ...] = ()
    conversation: tuple[str, ...] = ()


def check_plan(plan: Plan, context: CheckContext) -> list[Finding]:
    """Every finding, hard ones first."""
    found = [*_shape(plan, context), *_arguments(plan, context), *_order(plan)]
    if not found:
        found = [*_invented_files(plan, context), *_uncarried(plan, context), *_stale(plan, context)]
    return sorted(found, key=lambda finding: not finding.hard)


def _shape(plan: Plan, context: CheckContext) -> Iterable[Finding]:
    seen: set[str] = set()
    names = _names(plan, context)
    if not plan.steps and not plan.answer and not plan.question:
        yield Finding("empty", "The plan has no steps and no answer.")
    if len(plan.steps) > context.max_steps:
        yield Finding("too_long", f"The plan has {len(plan.steps)} steps; at most {context.max_steps} are allowed.")
    for step in plan.steps:
        if step.id in seen:
            yield Finding("duplicate_id", f"Two steps are called {step.id}.")
        seen.add(step.id)
        if step.device or step.where:
            yield from _device(step, names, context)
        elif step.tool not in names and context.tools.known(step.tool) and (why := context.tools.why_unavailable(step.tool)):
            yield Finding("unknown_tool", f"Step {step.id} uses {step.tool}, which cannot work here: {why}")
        elif step.tool not in names:
            yield Finding("unknown_tool", f"Step {step.id} uses {step.tool}, which does not exist.")
        elif step.tool in context.denied:
            yield Finding("not_permitted", f"Step {step.id} uses {step.tool}, which the permission rules deny.")


def _names(plan: Plan, context: CheckContext) -> set[str]:
    """The tools that the plan may use on this machine."""
    names = {TASK, *(spec.name for spec in context.tools.specs())}
    return names | {step.tool for step in plan.steps if context.given and context.tools.known(step.tool)}


def _device(step: Step, names: set[str], context: CheckContext) -> Iterable[Finding]:
    """A step for another machine: the machine has to be known, and to have the tool; what it lets others do it says itself."""
    there = {name.lower(): tools for name, tools in context.devices.items()}
    if step.device and step.device.lower() not in there:
        yield Finding("unknown_device", f"Step {step.id} is meant for {step.device}, which is not a paired device.")
    elif step.device and there[step.device.lower()] and step.tool not in there[step.device.lower()]:
        yield Finding("unknown_tool", f"Step {step.id} uses {step.tool}, which {step.device} does not have.")
    elif not step.device and step.tool not in names and not any(step.tool in tools for tools in there.values()):
        yield Finding("unknown_tool", f"Step {step.id} uses {step.tool}, which no machine has.")
    if step.tool in context.denied:
        yield Finding("not_permitted", f"Step {step.id} uses {step.tool}, which the permission rules deny.")
    if step.device in ("", "here") and step.where and (unknown := set(step.where) - WHERE):
        yield Finding("bad_where", f"Step {step.id} needs {', '.join(sorted(map(str, unknown)))}, which is not known; known are {', '.join(sorted(WHERE))}.")


def _arguments(plan: Plan, context: CheckContext) -> Iterable[Finding]:
    names = _names(plan, context)
    for step in plan.steps:
        if step.tool == TASK:
            if not str(step.args.get("goal") or "").strip():
                yield Finding("bad_arguments", f"Step {step.id} (task): goal is missing.")
        elif step.tool in names and step.device in ("", "here"):
            for problem in context.tools.check_args(step.tool, step.args, references=True):
                yield Finding("bad_arguments", f"Step {step.id} ({step.tool}): {problem}")
        for text in strings(step.args):
            if "{{" in text and "output" in text and len(REFERENCE.findall(text)) < text.count("{{"):
                yield Finding("bad_reference", f"Step {step.id} has a reference that cannot be read: {text[:80]}")
        if step.check and (fault := conditions.check(step.check)):
            yield Finding("bad_check", f"The check of step {step.id} cannot be evaluated: {fault}.")


def _order(plan: Plan) -> Iterable[Finding]:
    ids = {step.id for step in plan.steps}
    for step in plan.steps:
        needed = {edge.step for edge in step.needs}
        for edge in step.needs:
            if edge.step not in ids:
                yield Finding("unknown_step", f"Step {step.id} needs {edge.step}, which is not in the plan.")
            if edge.on not in ("on_success", "on_failure", "always") and (problem := conditions.check(edge.on)):
                yield Finding("bad_condition", f"The condition from {edge.step} to {step.id} cannot be evaluated: {problem}.")
        for used in references(step.args):
            if used not in ids:
                yield Finding("unknown_step", f"Step {step.id} uses the output of {used}, which is not in the plan.")
            elif used not in needed:
                yield Finding("bad_reference", f"Step {step.id} uses the output of {used} without needing it.")
    if cycle := find_cycle(plan.steps):
        yield Finding("cycle", f"The steps wait for each other: {' → '.join(cycle)}.")


def find_cycle(steps: tuple[Step, ...]) -> list[str]:
    """The ids of one cycle, or nothing. Depth-first, without recursion."""
    needs = {step.id: [edge.step for edge in step.needs] for step in steps}
    state: dict[str, int] = {}
    for start in needs:
        path: list[str] = []
        stack = [(start, iter(needs[start]))] if not state.get(start) else []
        if stack:
            state[start] = 1
            path.append(start)
        while stack:
            node, children = stack[-1]
            for child in children:
                if state.get(child) == 1:
                    return [*path[path.index(child) :], child]
                if child in needs and not state.get(child):
                    state[child] = 1
                    path.append(child)
                    stack.append((child, iter(needs[child])))
                    break
            else:
                state[node] = 2
                path.pop()
                stack.pop()
    return []


def _invented_files(plan: Plan, context: CheckContext) -> Iterable[Finding]:
    made: list[str] = []
    mentioned = context.request.lower() + " " + " ".join(context.conversation).lower()
    for step in plan.steps:
        if step.device or step.where:
            continue  # its files are another machine's
        reads, writes = context.tools.touched(step.tool, step.args, context.workspace)
        for path in reads:
            if "{{" in path or any(mark in path for mark in "*?[") or Path(path).exists() or _among(path, made):
                continue
            if Path(path).name.lower() not in mentioned:
                yield Finding("invented_file", f"Step {step.id} uses {Path(path).name}, which neither exists nor was mentioned.")
            else:
                yield Finding("missing_file", f"Step {step.id} uses {Path(path).name}, which does not exist in {context.workspace}.", hard=False)
        made += writes
        if step.tool in ("shell.run", "code.run", "files.extract"):
            return  # what these make cannot be known before


def _among(path: str, made: list[str]) -> bool:
    return any(path == other or path.startswith(other.rstrip("/") + "/") for other in made)


def literals(request: str) -> list[str]:
    """What of a request must reappear in a plan, to the letter: quotations, file names, numbers."""
    found = [next(group for group in match.groups() if group) for match in _QUOTED.finditer(request)]
    found += [match.group(0) for match in _NAMED.finditer(request)]
    found += [match.group(0) for match in _NUMBER.finditer(request)]
    return list(dict.fromkeys(text.strip() for text in found if text.strip()))


def _uncarried(plan: Plan, context: CheckContext) -> Iterable[Finding]:
    if not plan.steps:
        return
    carried = " ".join(text for step in plan.steps for text in strings(step.args)) + " " + " ".join(_numbers_in(plan))
    carried = _plain(carried)
    for literal in literals(context.request):
        if _plain(literal) not in carried:
            yield Finding("not_carried", f"No step carries {literal!r} from the request.", hard=False)


def _plain(text: str) -> str:
    return re.sub(r"[\s/\\,]+", " ", text.lower())


def _numbers_in(plan: Plan) -> Iterable[str]:
    def walk(value: object) -> Iterable[str]:
        if isinstance(value, dict):
            for item in value.values():
                yield from walk(item)
        elif isinstance(value, list):
            for item in value:
                yield from walk(item)
        elif isinstance(value, int | float):
            yield f"{value:g}"

    for step in plan.steps:
        yield from walk(step.args)


def _stale(plan: Plan, context: CheckContext) -> Iterable[Finding]:
    """Memory served as news: a request for something fresh, answered with what was remembered."""
    if not _FRESH.search(context.request) or not context.remembered:
        return
    fresh = any(context.tools.risk(step.tool) == "leaves" or references(step.args) for step in plan.steps if step.tool != "notes.add")
    texts = [plan.answer, *(text for step in plan.steps for text in strings(step.args))]
    if not fresh and any(overlap(text, memory) > 0.6 for text in texts for memory in context.remembered):
        yield Finding("memory_as_news", "The request asks for something current, and the plan repeats what was remembered.")


def overlap(text: str, memory: str) -> float:
    """Share of the three-word shingles of ``text`` that stand in ``memory``; 0 for texts under eight words."""
    words, known = re.findall(r"\w+", text.lower()), re.findall(r"\w+", memory.lower())
    if len(words) < 8:
        return 0.0
    shingles = [tuple(words[i : i + 3]) for i in range(len(words) - 2)]
    there = {tuple(known[i : i + 3]) for i in range(len(known) - 2)}
    return sum(shingle in there for shingle in shingles) / len(shingles)


def with_hidden_order(plan: Plan, tools: ToolBox, workspace: Path) -> Plan:
    """The plan with an edge wherever two steps touch the same path and at least one of them writes it.

    Planners forget that the folder must exist before the file; side by side, such steps would race.
    """
    touched = [_at(step, *tools.touched(step.tool, step.args, workspace)) for step in plan.steps]
    steps: list[Step] = []
    for i, step in enumerate(plan.steps):
        needs = list(step.needs)
        for j in range(i):
            earlier = plan.steps[j]
            if any(edge.step == earlier.id for edge in needs) or _reaches(steps, earlier.id, step.id):
                continue
            if _clash(touched[j][1], touched[i][0] + touched[i][1]) or _clash(touched[i][1], touched[j][0]):
                needs.append(Edge(earlier.id))
        steps.append(replace(step, needs=tuple(needs)))
    return plan.with_steps(tuple(steps)) if not find_cycle(tuple(steps)) else plan


def _at(step: Step, reads: list[str], writes: list[str]) -> tuple[list[str], list[str]]:
    """The same path on another machine is another file."""
    place = f"{step.device}:" if step.device else ""
    return [place + path for path in reads], [place + path for path in writes]


def _reaches(steps: list[Step], earlier: str, later: str) -> bool:
    return any(edge.step == later for step in steps if step.id == earlier for edge in step.needs)


def _clash(written: list[str], used: list[str]) -> bool:
    for path in written:
        base = path.rstrip("/")
        for other in used:
            stem = re.split(r"[*?\[]", other)[0].rstrip("/") if any(mark in other for mark in "*?[") else other.rstrip("/")
            if base == stem or base.startswith(stem + "/") or stem.startswith(base + "/"):
                return True
    return False
