"""The accessibility tree of the desktop on Linux: AT-SPI 2 over D-Bus, spoken with jeepney. Blocking; called in a thread.

Interfaces: the XML files of at-spi2-core (org.a11y.atspi.Accessible, Action, Component, EditableText, Text, Value, Registry).
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from core.errors import ToolFailed

ROOT = "/org/a11y/atspi/accessible/root"
SECONDS = 5.0  # for one answer of a program that may hang
DEEPEST, MOST_ELEMENTS, MOST_LETTERS = 40, 1500, 4000
PASSIVE = frozenset({"filler", "panel", "redundant object", "section", "unknown", "layered pane", "viewport", "separator", "scroll pane", "split pane", "invalid"})
STATES = {
    1: "active",
    4: "checked",
    8: "enabled",
    9: "expandable",
    10: "expanded",
    12: "focused",
    18: "multi line",
    23: "selected",
    24: "sensitive",
    25: "showing",
    30: "visible",
    33: "indeterminate",
}
WAY_OUT = "Tools for files, tables, web and mail do most things without a window."
OTHER = "windows.read shows what there is now; screen.click and screen.type reach what a window does not tell."
HOW = "Programs on this desktop do not tell what is in their windows. Install at-spi2-core (Debian: apt install at-spi2-core) and sign in again."


@dataclass(frozen=True, slots=True)
class Node:
    """One element: where it is on the bus, what it is called, and its way from its window (``0/2/1``)."""

    bus: str
    object: str
    role: str
    name: str
    way: str = ""
    states: frozenset[str] = field(default_factory=frozenset)


class Desktop:
    """A connection to the accessibility bus. Raises :class:`ToolFailed` where there is none."""

    def __init__(self) -> None:
        if not sys.platform.startswith("linux"):
            raise ToolFailed("Windows of other programs can be read and worked on Linux only, so far.", code="no_program", hint=WAY_OUT)
        if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
            raise ToolFailed("There is no display here, so there are no windows.", code="no_display", hint=WAY_OUT)
        from jeepney import DBusAddress
        from jeepney.io.blocking import open_dbus_connection

        self._address = DBusAddress
        try:
            with contextlib.closing(open_dbus_connection("SESSION")) as session:
                bus = self._ask_on(session, "org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress")[0]
            self._connection = open_dbus_connection(bus)
        except (OSError, KeyError, ValueError, ToolFailed, TimeoutError) as error:
            raise ToolFailed(HOW, code="no_program", hint=WAY_OUT) from error

    def __enter__(self) -> Desktop:
        return self

    def __exit__(self, *args: object) -> None:
        self._connection.close()

    # -- looking --------------------------------------------------------------------------------------------------------

    def windows(self) -> Iterator[tuple[str, Node]]:
        """Every window that is shown, with the name of its program."""
        for bus, path in self._children("org.a11y.atspi.Registry", ROOT):
            with contextlib.suppress(ToolFailed):
                program = str(self._property(bus, path, "Name"))
                for child_bus, child in self._children(bus, path):
                    node = self._node(child_bus, child, "")
                    if node.states & {"showing", "visible"}:
                        yield program, node

    def elements(self, window: Node) -> Iterator[tuple[int, Node]]:
        """Everything that shows in a window with its depth, from above, at most :data:`MOST_ELEMENTS`."""
        stack: list[tuple[int, Node]] = [(0, window)]
        seen = 0
        while stack and seen < MOST_ELEMENTS:
            depth, node = stack.pop()
            seen += 1
            yield depth, node
            if depth < DEEPEST:
                inner = []
                try:
                    children = self._children(node.bus, node.object)
                except ToolFailed:
                    if not depth:
                        raise
                    continue  # it went away since its parent named it: windows change while they are read
                for number, (bus, path) in enumerate(children):
                    with contextlib.suppress(ToolFailed):
                        child = self._node(bus, path, f"{node.way}/{number}".strip("/"))
                        if "showing" in child.states:
                            inner.append((depth + 1, child))
                stack += reversed(inner)

    def text(self, node: Node) -> str:
        """What is written in an element or what its value is; empty where it has neither. What is typed as a password is not told."""
        if node.role == "password text":
            return ""
        if "Text" in (interfaces := self.interfaces(node)):
            with contextlib.suppress(ToolFailed):
                length = int(self._property(node.bus, node.object, "CharacterCount", "Text"))
                return str(self._ask(node, "Text", "GetText", "ii", (0, min(length, MOST_LETTERS)))[0])
        if "Value" in interfaces:
            with contextlib.suppress(ToolFailed):
                return f"{float(self._property(node.bus, node.object, 'CurrentValue', 'Value')):g}"
        return ""

    def interfaces(self, node: Node) -> set[str]:
        return {str(name).rpartition(".")[2] for name in self._ask(node, "Accessible", "GetInterfaces")[0]}

    def centre(self, node: Node) -> tuple[int, int]:
        """Middle of an element on the screen, in pixels."""
        x, y, width, height = self._ask(node, "Component", "GetExtents", "u", (0,))[0]
        return int(x + width // 2), int(y + height // 2)

    # -- doing ----------------------------------------------------------------------------------------------------------

    def press(self, node: Node) -> str:
        """Do an element's first action, and say which. Raises :class:`ToolFailed` where it has none."""
        if "Action" not in self.interfaces(node):
            raise ToolFailed(f"The {node.role} {node.name!r} cannot be pressed.", code="no_action", hint=OTHER)
        names = [str(row[0] or row[1]) for row in self._ask(node, "Action", "GetActions")[0]]
        order = sorted(range(len(names)), key=lambda at: names[at].lower() not in ("press", "click", "activate", "toggle", "showmenu", "jump"))
        if not order or not self._ask(node, "Action", "DoAction", "i", (order[0],))[0]:
            raise ToolFailed(f"The {node.role} {node.name!r} cannot be pressed now.", code="no_action", hint=OTHER)
        return names[order[0]]

    def write(self, node: Node, text: str) -> None:
        """Put ``text`` in place of what is in a field. Raises :class:`ToolFailed`."""
        if "EditableText" not in self.interfaces(node) or not self._ask(node, "EditableText", "SetTextContents", "s", (text,))[0]:
            raise ToolFailed(f"Nothing can be written into the {node.role} {node.name!r}.", code="no_action", hint=OTHER)

    def focus(self, node: Node) -> None:
        if not self._ask(node, "Component", "GrabFocus")[0]:
            raise ToolFailed(f"The {node.role} {node.name!r} does not take the keyboard.", code="no_action", hint=OTHER)

    # -- the bus --------------------------------------------------------------------------------------------------------

    def _node(self, bus: str, path: str, way: str) -> Node:
        role = str(self._call(bus, path, "org.a11y.atspi.Accessible", "GetRoleName")[0])
        low, high = (*self._call(bus, path, "org.a11y.atspi.Accessible", "GetState")[0], 0, 0)[:2]
        bits = int(low) | int(high) << 32
        return Node(bus, path, role, str(self._property(bus, path, "Name"))[:300], way, frozenset(name for bit, name in STATES.items() if bits >> bit & 1))

    def _children(self, bus: str, path: str) -> list[tuple[str, str]]:
        return [(str(row[0]), str(row[1])) for row in self._call(bus, path, "org.a11y.atspi.Accessible", "GetChildren")[0][:MOST_ELEMENTS]]

    def _ask(self, node: Node, interface: str, method: str, signature: str | None = None, body: tuple[Any, ...] = ()) -> tuple[Any, ...]:
        return self._call(node.bus, node.object, f"org.a11y.atspi.{interface}", method, signature, body)

    def _property(self, bus: str, path: str, name: str, interface: str = "Accessible") -> Any:
        return self._call(bus, path, "org.freedesktop.DBus.Properties", "Get", "ss", (f"org.a11y.atspi.{interface}", name))[0][1]

    def _call(self, bus: str, path: str, interface: str, method: str, signature: str | None = None, body: tuple[Any, ...] = ()) -> tuple[Any, ...]:
        return self._ask_on(self._connection, bus, path, interface, method, signature, body)

    def _ask_on(self, connection: Any, bus: str, path: str, interface: str, method: str, signature: str | None = None, body: tuple[Any, ...] = ()) -> tuple[Any, ...]:
        from jeepney import MessageType, new_method_call

        try:
            answer = connection.send_and_get_reply(new_method_call(self._address(path, bus_name=bus, interface=interface), method, signature, body), timeout=SECONDS)
        except (TimeoutError, OSError, EOFError) as error:
            raise ToolFailed("The program does not answer.", code="timeout", hint="It may be busy: windows.list shows whether it is still there.") from error
        if answer.header.message_type is MessageType.error:
            raise ToolFailed(f"The program refuses: {answer.body[0] if answer.body else method}.", code="no_action", hint=OTHER)
        return tuple(answer.body)
