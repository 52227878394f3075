"""Why a tool cannot work on this machine now: no display, no program, no account. Cheap, and asked again after some seconds.

A tool names its check in ``Tool.unavailable`` and, in ``Tool.instead``, what can be called in its place.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.ports import Accounts, Files, Remembered, Reminders, Things

if TYPE_CHECKING:
    from tools.declare import Tool

SECONDS = 5.0  # for which an answer is kept


@dataclass(frozen=True, slots=True)
class Environment:
    """The services that a toolbox gives its tools; None where there is none."""

    accounts: Accounts | None = None
    memory: Remembered | None = None
    schedules: Reminders | None = None
    devices: Files | None = None
    things: Things | None = None


Check = Callable[[Environment], str]  # why it cannot work, as a sentence; empty: it can


@dataclass(slots=True)
class Availability:
    """Reasons by tool, each kept for :data:`SECONDS`."""

    now: Callable[[], float] = time.monotonic
    _kept: dict[str, tuple[float, str]] = field(default_factory=dict)

    def why_not(self, tool: Tool, environment: Environment, fresh: bool = False) -> str:
        """Why ``tool`` cannot work here; empty where it can. ``fresh``: a refusal is looked at again."""
        if tool.unavailable is None:
            return ""
        at, reason = self._kept.get(tool.name, (float("-inf"), ""))
        if self.now() - at > SECONDS or (fresh and reason):
            reason = tool.unavailable(environment)
            self._kept[tool.name] = (self.now(), reason)
        return reason

    def missing(self, tools: Iterable[Tool], environment: Environment) -> Mapping[str, str]:
        """The tools that cannot work, with the reason."""
        return {tool.name: reason for tool in tools if (reason := self.why_not(tool, environment))}

    def forget(self) -> None:
        """Look again at once: tools or accounts have changed."""
        self._kept.clear()


def has_display() -> bool:
    """Whether windows can be shown to somebody here; always so on macOS and Windows."""
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def needs_display(environment: Environment) -> str:
    """For tools that show or see something on a screen."""
    return "" if has_display() else "This machine has no display, so there is nothing to show or to look at."


def needs_program(name: str, package: str) -> Check:
    """For tools that start a program of the system on Linux; ``package`` is what Debian calls it."""

    def check(environment: Environment) -> str:
        there = not sys.platform.startswith("linux") or shutil.which(name)
        return "" if there else f"The program {name} is not on this machine (Debian: package {package})."

    return check


def on_platforms(what: str, *platforms: str) -> Check:
    """For tools that work on some systems only; ``what`` begins the sentence, ``platforms`` are values of ``sys.platform``."""
    names = {"linux": "Linux", "darwin": "macOS", "win32": "Windows"}
    there = " and ".join(names[platform] for platform in platforms)
    return lambda environment: "" if sys.platform.startswith(platforms) else f"{what} on {there} only, so far."


def all_of(*checks: Check) -> Check:
    """The first reason of several checks."""
    return lambda environment: next((reason for check in checks if (reason := check(environment))), "")


def needs_memory(environment: Environment) -> str:
    """For tools that ask or change what is remembered."""
    return "" if environment.memory is not None else "There is no memory in this session."


def needs_schedules(environment: Environment) -> str:
    """For tools that plan something for later."""
    return "" if environment.schedules is not None else "Nothing can be scheduled in this session."


def needs_devices(environment: Environment) -> str:
    """For tools that work with other machines of the person."""
    there = environment.devices is not None and environment.devices.known()
    return "" if there else "No other machine is paired with this one (`deskhand device invite` pairs one)."


def needs_hardware(environment: Environment) -> str:
    """For tools that read sensors or move switches."""
    there = environment.things is not None and environment.things.shown()
    return "" if there else "No sensor or switch is declared on this machine (hardware.toml)."


def needs_account(name: str, what: str, *fields: str, how: str) -> Check:
    """For tools that need an account: its settings ``fields``, one of those joined by ``|``, or ``key`` for its secret."""

    def has(environment: Environment, field_: str) -> bool:
        assert environment.accounts is not None
        return bool(environment.accounts.secret(name) if field_ == "key" else environment.accounts.settings(name).get(field_))

    def check(environment: Environment) -> str:
        set_up = environment.accounts is not None and all(any(has(environment, one) for one in group.split("|")) for group in fields)
        return "" if set_up else f"No {what} is set up (`{how}` sets one up)."

    return check
