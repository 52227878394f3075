"""Sensors and switches of small hardware: what they said last, and what they are told, within limits that no model can talk its way around.

Things are declared by the person in ``hardware.toml``. A group with ``serial = "/dev/ttyUSB0"`` speaks lines over that port: ``soil 31.5``, or ``{"soil": 31.5}``; it is told ``pump ON``.
Any other group speaks MQTT: a thing ``greenhouse.soil`` says its value on the MQTT topic ``hw/greenhouse/soil``; ``greenhouse.pump`` is told on
``hw/greenhouse/pump/set``. Outside of the model: values are clamped, a switch is not moved again before its pause is over and never left on for longer than it may be, and
nothing is done on a reading that is stale, impossible, or does not call for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import re
import tomllib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core import conditions
from core.clock import Clock
from core.devices.link import LinkDown
from core.errors import ToolDenied, ToolFailed, UsageError

NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}\.[a-z][a-z0-9_-]{0,39}")
KINDS = ("sensor", "switch", "number")
ALLOWED = {"kind": str, "unit": str, "low": float, "high": float, "stale_s": float, "pause_s": float, "most_on_s": float, "needs": str, "only_when": str, "about": str}
ON, OFF = "ON", "OFF"


@dataclass(frozen=True, slots=True)
class SerialPort:
    """Where the things of a group are connected by a cable. ``baud`` is bits a second."""

    group: str
    port: str
    baud: int = 9600


@dataclass(frozen=True, slots=True)
class Thing:
    """A sensor, a switch or something with a number. Seconds for times; ``only_when`` is an expression over the reading of ``needs``, as ``output``."""

    name: str
    kind: str = "sensor"
    unit: str = ""
    low: float = float("-inf")
    high: float = float("inf")
    stale_s: float = 120.0
    pause_s: float = 0.0
    most_on_s: float = 0.0
    needs: str = ""
    only_when: str = ""
    about: str = ""

    @property
    def says(self) -> str:
        """The subject of its readings; MQTT has the same with slashes."""
        return f"hw.{self.name}"

    @property
    def hears(self) -> str:
        return f"hw.{self.name}.set"


def ports_of(text: str) -> tuple[SerialPort, ...]:
    """The serial ports of a ``hardware.toml`` that :func:`declared` finds nothing wrong with."""
    groups = {name: members for name, members in tomllib.loads(text).items() if isinstance(members, dict) and "serial" in members}
    return tuple(SerialPort(name, members["serial"], members.get("baud", 9600)) for name, members in groups.items())


def declared(text: str) -> dict[str, Thing]:
    """The things of a ``hardware.toml``. Raises :class:`UsageError` with everything that is wrong with it."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"hardware.toml cannot be read: {error}.", code="bad_hardware") from error
    things, wrong = {}, []
    for group, members in document.items():
        for own, values in members.items() if isinstance(members, dict) else ():
            if own in ("serial", "baud"):
                right = isinstance(values, str) and values if own == "serial" else isinstance(values, int) and not isinstance(values, bool) and 300 <= values <= 4_000_000
                wrong += [] if right else [f"{group}: {own} is {'no port, such as /dev/ttyUSB0' if own == 'serial' else 'no number of bits a second'}"]
                continue
            name = f"{group}.{own}"
            faults = _faults(name, values)
            wrong += faults
            if not faults:
                given: dict[str, Any] = {key: float(value) if ALLOWED[key] is float else value for key, value in values.items()}
                things[name] = Thing(name, **given)
    wrong += [
        f"{thing.name} needs {thing.needs}, which is no sensor here"
        for thing in things.values()
        if thing.needs and (thing.needs not in things or things[thing.needs].kind != "sensor")
    ]
    if wrong:
        raise UsageError(f"hardware.toml: {'; '.join(wrong[:6])}.", code="bad_hardware")
    return things


def _faults(name: str, values: Any) -> list[str]:
    if not NAME.fullmatch(name) or not isinstance(values, dict):
        return [f"{name!r} is no thing: a name is group.thing in small letters, digits, - and _"]
    found = [f"{name} has {key!r}, which is not known" for key in values if key not in ALLOWED]
    for key, value in values.items():
        kind = ALLOWED.get(key)
        if kind is float and (isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value)):
            found.append(f"{name}: {key} is no number")
        elif kind is str and not isinstance(value, str):
            found.append(f"{name}: {key} is no text")
    if values.get("kind", "sensor") not in KINDS:
        found.append(f"{name}: there is no kind {values['kind']!r}")
    if isinstance(values.get("only_when"), str) and (fault := conditions.check_expression(values["only_when"])):
        found.append(f"{name}: only_when cannot be evaluated ({fault})")
    if values.get("only_when") and not values.get("needs"):
        found.append(f"{name}: only_when needs a reading; name its sensor with needs")
    return found


@dataclass(slots=True)
class Hardware:
    """Loop thread only. ``publish`` sends to a subject. ``file`` is read again when it changed."""

    file: Path
    clock: Clock
    publish: Callable[[str, bytes], Awaitable[None]]
    things: dict[str, Thing] = field(default_factory=dict)
    ports: tuple[SerialPort, ...] = ()
    problem: str = ""
    _stamp: int = 0
    _said: dict[str, tuple[Any, float]] = field(default_factory=dict)
    _told: dict[str, float] = field(default_factory=dict)
    _met: dict[str, float] = field(default_factory=dict)
    _ending: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def load(self) -> dict[str, Thing]:
        """The things as they are declared now; a file that is wrong leaves those of before, and says so."""
        try:
            stamp = self.file.stat().st_mtime_ns
        except OSError:
            self.things, self.ports, self.problem, self._stamp = {}, (), "", 0
            return self.things
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                text = self.file.read_text(encoding="utf-8")
                self.things, self.ports, self.problem = declared(text), ports_of(text), ""
            except (UsageError, OSError, UnicodeDecodeError) as error:
                self.problem = getattr(error, "message", str(error))
        return self.things

    # -- readings -----------------------------------------------------------------------------------------------------

    async def heard(self, subject: str, body: bytes) -> bytes:
        """A thing said something. What it cannot have measured is passed over."""
        thing = self.load().get(subject.removeprefix("hw."))
        if thing is not None:
            await self._meet(thing)
        value = reading(body) if thing is not None else None
        if thing is not None and value is not None and (not isinstance(value, float) or thing.low <= value <= thing.high):
            self._said[thing.name] = (value, self.clock.monotonic())
        return b""

    async def _meet(self, thing: Thing) -> None:
        """Hardware that is heard for the first time, or again after a silence, may be in any state: what may only be on for a while is off, unless it is on by our word."""
        group, now = thing.name.partition(".")[0], self.clock.monotonic()
        silent = now - self._met.get(group, float("-inf"))
        self._met[group] = now
        if silent > thing.stale_s:
            await self.all_off(group)

    def read(self, name: str) -> dict[str, Any]:
        """The last value with its age. Raises :class:`ToolFailed`: ``stale`` where it is too old or never came."""
        thing = self._thing(name)
        value, at = self._said.get(name, (None, float("-inf")))
        age = self.clock.monotonic() - at
        if age > thing.stale_s:
            said = "has not said anything yet" if value is None else f"said {value} {age:.0f} s ago, which is too old to go by"
            raise ToolFailed(f"{name} {said}.", code="stale")
        return {"name": name, "value": value, "unit": thing.unit, "age_s": round(age, 1)}

    def shown(self) -> list[dict[str, Any]]:
        """Everything declared, with what it said last."""
        rows = []
        for thing in self.load().values():
            value, at = self._said.get(thing.name, (None, None))
            age = None if at is None else round(self.clock.monotonic() - at, 1)
            rows.append(
                {"name": thing.name, "kind": thing.kind, "unit": thing.unit, "about": thing.about, "value": value, "age_s": age, "stale": age is None or age > thing.stale_s}
            )
        return rows

    def _thing(self, name: str) -> Thing:
        thing = self.load().get(name)
        if thing is None:
            known = ", ".join(list(self.things)[:12])
            raise ToolFailed(f"There is no {name} here." + (f" There is {known}." if known else " Nothing is declared in hardware.toml."), code="not_found")
        return thing

    # -- orders -------------------------------------------------------------------------------------------------------

    async def set(self, name: str, value: Any) -> dict[str, Any]:
        """Tell a thing what to be, within its limits. Raises :class:`ToolDenied` where a limit forbids it, :class:`ToolFailed` for a stale reading or what it is not."""
        thing = self._thing(name)
        wanted = self._wanted(thing, value)
        turns_off = wanted == OFF
        if not turns_off:  # switching off is always allowed
            self._may(thing)
        await self.publish(thing.hears, str(wanted if isinstance(wanted, str) else f"{wanted:g}").encode())
        self._told[name] = self.clock.monotonic() if not turns_off else self._told.get(name, float("-inf"))
        if task := self._ending.pop(name, None):
            task.cancel()
        if not turns_off and thing.most_on_s:
            self._ending[name] = asyncio.create_task(self._off_after(thing), name=f"off {name}")
        return {"name": name, "value": wanted, "clamped": wanted != value and thing.kind == "number"}

    def _wanted(self, thing: Thing, value: Any) -> Any:
        if thing.kind == "sensor":
            raise ToolDenied(f"{thing.name} is a sensor; it cannot be told anything.")
        if thing.kind == "switch":
            text = str(value).strip().upper()
            if text not in (ON, OFF, "TRUE", "FALSE", "1", "0"):
                raise ToolFailed(f"{thing.name} is on or off, not {value!r}.", code="bad_arguments")
            return ON if text in (ON, "TRUE", "1") else OFF
        try:
            number = float(value)
        except (TypeError, ValueError) as error:
            raise ToolFailed(f"{thing.name} takes a number, not {value!r}.", code="bad_arguments") from error
        if not math.isfinite(number):
            raise ToolFailed(f"{thing.name} takes a number, not {value!r}.", code="bad_arguments")
        return min(thing.high, max(thing.low, number))

    def _may(self, thing: Thing) -> None:
        since = self.clock.monotonic() - self._told.get(thing.name, float("-inf"))
        if since < thing.pause_s:
            raise ToolDenied(f"{thing.name} was moved {since:.0f} s ago; it rests for {thing.pause_s:.0f} s.")
        if thing.needs:
            found = self.read(thing.needs)
            if thing.only_when and not conditions.is_met(thing.only_when, found["value"]):
                raise ToolDenied(f"{thing.name} is only moved when {thing.only_when.replace('output', thing.needs)}; {thing.needs} is {found['value']}.")

    async def _off_after(self, thing: Thing) -> None:
        await asyncio.sleep(thing.most_on_s)
        await self.publish(thing.hears, OFF.encode())
        self._ending.pop(thing.name, None)

    async def all_off(self, group: str = "") -> None:
        """At the start and at the end: what may only be on for a while is off. A core that was killed may have left it on."""
        for thing in self.load().values():
            ours = group and (thing.name.partition(".")[0] != group or thing.name in self._ending)
            if thing.kind == "switch" and thing.most_on_s and not ours:
                if task := self._ending.pop(thing.name, None):
                    task.cancel()
                with contextlib.suppress(LinkDown):  # one that cannot be reached keeps no other on
                    await self.publish(thing.hears, OFF.encode())


def reading(body: bytes) -> Any:
    """What a thing said: a number, ``ON`` or ``OFF``, or either as ``value`` of a JSON object; None for anything else."""
    if len(body) > 4096:
        return None
    text = body.decode("utf-8", "replace").strip()
    if text.upper() in (ON, OFF):
        return text.upper()
    try:
        value = json.loads(text)
    except ValueError:
        return None
    if isinstance(value, dict):
        value = value.get("value")
    if isinstance(value, str) and value.upper() in (ON, OFF):
        return value.upper()
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) else None
