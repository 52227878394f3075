"""Windows of other programs: by what they tell assistive technology first, by pixels last.

What stands in a window was put there by anybody: it is data from outside. Everything that changes something asks.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated, Literal, TypeVar

from core.errors import ToolFailed, ToolRetry
from core.ports import Scope, ToolContext, ToolResult
from tools.availability import all_of, needs_display, needs_program, on_platforms
from tools.background import in_thread
from tools.builtin.presence import _ran
from tools.declare import tool
from tools.desktop_access.atspi import PASSIVE, Desktop, Node

MOST_LINES = 400
WINDOW = Annotated[str, "its title or its program, or a part that only one has"]
Result = TypeVar("Result")
READABLE = all_of(on_platforms("Windows of other programs can be read and worked", "linux"), needs_display)
MOVABLE = all_of(on_platforms("The mouse and the keyboard can be moved", "linux"), needs_display, needs_program("xdotool", "xdotool"))
INSTEAD = "Tools for files, tables, web and mail do most things without a window."


def _scope(args: dict, context: ToolContext) -> tuple[Scope, ...]:
    return (Scope("app", f"window {args.get('window') or 'titles'}", False),)


def _screen(args: dict, context: ToolContext) -> tuple[Scope, ...]:
    return (Scope("app", "screen", False),)


@tool(
    "windows.list",
    "reads",
    fresh=True,
    scopes=_scope,
    unavailable=READABLE,
    instead=INSTEAD,
    aliases=("list_windows", "open_windows", "get_windows", "window_list", "list_open_windows"),
)
async def list_(context: ToolContext) -> ToolResult:
    """Windows that are open on this desktop, with their programs."""

    def work(desktop: Desktop) -> list[dict[str, object]]:
        return [{"title": node.name, "program": program, "active": "active" in node.states} for program, node in desktop.windows()]

    rows = await _with(work)
    text = "\n".join(f"- {row['title'] or '(no title)'} ({row['program']}){' – in front' if row['active'] else ''}" for row in rows)
    return ToolResult({"items": rows, "count": len(rows)}, text or "No window tells what it is.", tainted=True)


@tool(
    "windows.read",
    "reads",
    fresh=True,
    scopes=_scope,
    unavailable=READABLE,
    instead=INSTEAD,
    aliases=("read_window", "window_content", "accessibility_tree", "inspect_window", "get_ui_tree", "ui_tree"),
)
async def read(context: ToolContext, window: WINDOW) -> ToolResult:
    """What is in a window: its elements with role, name, text, and the place by which windows.act finds them."""

    def work(desktop: Desktop) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []
        for depth, node in desktop.elements(_window(desktop, window)):
            written = desktop.text(node) if node.role not in PASSIVE else ""
            if (node.name or written or node.role not in PASSIVE) and len(rows) < MOST_LINES:
                told = sorted(node.states & {"checked", "expanded", "focused", "selected"})
                rows.append({"at": node.way, "role": node.role, "name": node.name, "text": written if written != node.name else "", "states": told, "depth": depth})
        return rows

    rows = await _with(work)
    text = "\n".join(
        f"{row['at'] or '.'} {row['role']} {row['name']!r}" + (f": {row['text']}" if row["text"] else "") + "".join(f" [{state}]" for state in _texts(row)) for row in rows
    )
    return ToolResult({"items": rows, "count": len(rows)}, text, tainted=True)


def _texts(row: dict[str, object]) -> list[str]:
    states = row["states"]
    return states if isinstance(states, list) else []


@tool(
    "windows.act",
    "irreversible",
    unavailable=READABLE,
    instead=INSTEAD,
    scopes=_scope,
    limit=1,
    aliases=("press_button", "click_button", "click_element", "type_into", "fill_field", "set_text", "window_act", "click_on"),
    preview=lambda args: f"{args.get('action')} {args.get('element')!r} in {args.get('window')!r}" + (f": {args['text']}" if args.get("text") else ""),
)
async def act(
    context: ToolContext,
    window: WINDOW,
    element: Annotated[str, "its name, role and name such as 'button Save', or its place as windows.read gives it"],
    action: Annotated[Literal["press", "write", "focus"], "focus gives it the keyboard"] = "press",
    text: Annotated[str, "what to write"] = "",
) -> ToolResult:
    """Press an element of a window, write into it, or give it the keyboard."""

    def work(desktop: Desktop) -> Node:
        node = _element(desktop, _window(desktop, window), element)
        if action == "write":
            desktop.write(node, text)
        elif action == "focus":
            desktop.focus(node)
        else:
            desktop.press(node)
        return node

    done = await _with(work)
    said = {"press": "Pressed", "write": "Wrote into", "focus": "Gave the keyboard to"}[action]
    return ToolResult({"role": done.role, "name": done.name, "at": done.way}, f"{said} the {done.role} {done.name!r}.", tainted=True)


@tool(
    "windows.front", "irreversible", scopes=_scope, unavailable=MOVABLE, instead=INSTEAD, aliases=("focus_window", "activate_window", "switch_to", "bring_to_front", "raise_window")
)
async def front(context: ToolContext, window: WINDOW) -> ToolResult:
    """Bring a window to the front."""
    title = (await _with(lambda desktop: _window(desktop, window))).name
    found = (await _pixels("search", "--name", f"^{_literal(title)}$")).split()
    if not found:
        raise ToolFailed(f"The window {title!r} cannot be brought to the front here.", code="no_action", hint="windows.act works in windows that are behind others too.")
    await _pixels("windowactivate" if await _managed() else "windowfocus", "--sync", found[-1])
    return ToolResult({"title": title}, f"{title} is in front.")


@tool(
    "screen.click",
    "irreversible",
    scopes=_screen,
    limit=1,
    always_ask=lambda args: True,
    unavailable=MOVABLE,
    instead=INSTEAD,
    aliases=("mouse_click", "click", "click_at", "left_click", "tap"),
)
async def click(
    context: ToolContext, x: Annotated[int, "pixels from the left"], y: Annotated[int, "pixels from above"], twice: Annotated[bool, "a double click"] = False
) -> ToolResult:
    """Click on a place of the screen, where a window does not tell what is in it. windows.act is better wherever it works."""
    if not (0 <= x < 20000 and 0 <= y < 20000):
        raise ToolRetry("That is no place of a screen.", hint="x and y are pixels from 0 to 19999, from the upper left corner.")
    await _pixels("mousemove", "--sync", str(x), str(y), "click", *(["--repeat", "2", "--delay", "80"] if twice else []), "1")
    return ToolResult({"x": x, "y": y}, f"Clicked at {x}, {y}.")


@tool(
    "screen.type",
    "irreversible",
    unavailable=MOVABLE,
    instead=INSTEAD,
    scopes=_screen,
    limit=1,
    always_ask=lambda args: True,
    preview=lambda args: f"Type: {args.get('text') or ''}{args.get('keys') or ''}",
    aliases=("type_text", "press_keys", "send_keys", "keyboard_type"),
)
async def type_(
    context: ToolContext, text: Annotated[str, "as it is to be typed"] = "", keys: Annotated[str, "instead a key or keys together, such as ctrl+s or Return"] = ""
) -> ToolResult:
    """Type on the keyboard, into whatever has it now."""
    if bool(text) == bool(keys):
        raise ToolRetry("Either text or keys is needed, and not both.", hint="text is typed as it is; keys is one key or several together, such as Return or ctrl+s.")
    await _pixels(*(["type", "--delay", "8", "--", text[:5000]] if text else ["key", "--", keys]))
    return ToolResult({"typed": text or keys}, f"Typed {text or keys}.")


async def _pixels(*words: str) -> str:
    if not sys.platform.startswith("linux"):
        raise ToolFailed("The mouse and the keyboard can be moved on Linux only, so far.", code="no_program", hint=INSTEAD)
    return await _ran("xdotool", *words, install="xdotool")


async def _managed() -> bool:
    """Whether a window manager runs that can be asked to bring a window to the front."""
    try:
        return bool(await _pixels("get_desktop"))
    except ToolFailed:
        return False


def _literal(text: str) -> str:
    return "".join(f"\\{letter}" if letter in r".^$*+?()[]{}|\\" else letter for letter in text)


async def _with(work: Callable[[Desktop], Result]) -> Result:
    def whole() -> Result:
        with Desktop() as desktop:
            return work(desktop)

    return await in_thread(whole)


def _window(desktop: Desktop, wanted: str) -> Node:
    """The one window that is meant. Raises :class:`ToolRetry` with what there is."""
    there = list(desktop.windows())
    said = wanted.strip().lower()
    for fits in (lambda program, title: title == said, lambda program, title: program == said, lambda program, title: said in title or said in program):
        found = [node for program, node in there if said and fits(program.lower(), node.name.lower())]
        if len(found) == 1:
            return found[0]
        if found:
            break
    names = ", ".join(repr(node.name or program) for program, node in there[:12]) or "none"
    raise ToolRetry(
        f"{wanted!r} is {'more than one window' if found else 'no window'} here; there are {names}.",
        code="not_found",
        hint="window is a title or a program, or a part that only one has; windows.list shows them.",
    )


def _element(desktop: Desktop, window: Node, wanted: str) -> Node:
    """The one element that is meant: by its place, by its name, or by role and name. Raises :class:`ToolRetry`."""
    said = wanted.strip().lower()
    nodes = [node for _, node in desktop.elements(window)]
    for exact in (
        lambda node: node.way == said,
        lambda node: node.name.lower() == said,
        lambda node: said in (f"{node.role} {node.name}".lower(), f"{node.role.split()[-1]} {node.name}".lower()),
    ):
        found = [node for node in nodes if exact(node)]
        acting = [node for node in found if node.role not in PASSIVE and node.role != "label"] or found
        if len(acting) == 1:
            return acting[0]
        if acting:
            raise ToolRetry(
                f"{len(acting)} elements are called {wanted!r}: " + ", ".join(f"{node.way} {node.role}" for node in acting[:8]) + ". Name one by its place.",
                hint="windows.read shows every element with its place; element takes the place, too.",
            )
    near = [f"{node.way} {node.role} {node.name!r}" for node in nodes if node.name and any(word in node.name.lower() for word in said.split() if len(word) > 2)]
    raise ToolRetry(
        f"There is no element {wanted!r} in that window." + (f" There is {', '.join(near[:8])}." if near else ""),
        code="not_found",
        hint="windows.read shows every element with its place; element takes the place, too.",
    )
