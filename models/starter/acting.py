"""Frames about anything but files: notes, numbers, times, programs, memory, schedules, tools of other makers."""

from __future__ import annotations

import datetime
import re
import shlex
from collections.abc import Callable
from typing import Any

from core.errors import DeskhandError
from models.starter import foreign, reminders, writing
from models.starter.frames import IT, Frame
from models.starter.objects import Unread, _inside
from models.starter.scene import CannotYet, Maker, Scene, content_of, last_said, must


def _note(scene: Scene, frame: Frame) -> None:
    text = must(frame, "c")
    scene.call("notes.add", text=last_said(scene) if text == IT else writing.quoted(text))


def _calc(scene: Scene, frame: Frame) -> None:
    scene.call("calc.evaluate", expression=writing.expression(must(frame, "e")))


def _convert(scene: Scene, frame: Frame) -> None:
    value, source = writing.measured(must(frame, "v"), frame.get("s"))
    target = writing.unit(must(frame, "u"), source)
    if re.search(r"\b(?:euros?|eur|dollars?|usd|yen|francs?|rupees?|pesos?|sterling|bitcoins?|cents?|gbp|chf)\b|[$€£]", f"{source} {target}"):
        scene.call("money.convert", amount=value, source=source, target=target)
        return
    scene.call("units.convert", value=value, source=source, target=target)


def _time(scene: Scene, frame: Frame) -> None:
    scene.call("time.now", **({"zone": frame.get("p")} if frame.get("p") else {}))
    scene.output = scene.output.replace("}}", ".time}}")


def _date(scene: Scene, frame: Frame) -> None:
    scene.call("time.now")
    scene.output = scene.output.replace("}}", ".date}}")


def _days(scene: Scene, frame: Frame) -> None:
    args = writing.days(must(frame, "e"))
    if args is None:
        raise Unread(frame.get("e"))
    scene.call("time.calculate", **args)
    scene.output = scene.output.replace("}}", ".days}}" if "end" in args else ".date}}")


def _quit(scene: Scene, frame: Frame) -> None:
    scene.call("system.end_process", name=writing.quoted(must(frame, "n")))


def _open(scene: Scene, frame: Frame) -> None:
    name = _inside(scene.file(must(frame, "n")), scene.place(frame, ""))
    plain = re.search(r"\.(?:txt|md|log|csv|json|py|ini|yaml|yml|toml|cfg|conf|sh|xml)$", name, re.I)
    scene.call("files.read" if plain else "open.file", path=name)
    scene.remember([name])


def _app(scene: Scene, frame: Frame) -> None:
    if frame.get("n") == IT:
        _open(scene, frame)
        return
    scene.call("open.app", name=re.sub(r"^(?:the|my) ", "", writing.quoted(must(frame, "n")), flags=re.I))


def _clip(scene: Scene, frame: Frame) -> None:
    if frame.get("n"):
        name = _inside(scene.file(frame.get("n")), scene.place(frame, ""))
        scene.call("files.read", path=name)
        scene.call("clipboard.set", text="{{s%d.output.text}}" % len(scene.calls))
        return
    scene.call("clipboard.set", text=content_of(scene, frame))


def _shell(scene: Scene, frame: Frame) -> None:
    command = writing.quoted(must(frame, "e"))
    if re.search(r"[|;&<>`]|\$\(", command):
        raise CannotYet("shell_line")
    try:
        argv = shlex.split(command)
    except ValueError as error:
        raise Unread(command) from error
    scene.call("shell.run", argv=argv)


def _plain(tool: str, **fixed: Any) -> Callable[[Scene, Frame], None]:
    return lambda scene, frame: scene.call(tool, **fixed)


def _with(tool: str, slot: str, parameter: str) -> Callable[[Scene, Frame], None]:
    return lambda scene, frame: scene.call(tool, **({parameter: writing.quoted(frame.get(slot))} if frame.get(slot) else {}))


def _remember(scene: Scene, frame: Frame) -> None:
    """Only what is said to be remembered: a wish or a plan of the person's is no fact about them."""
    if not re.search(r"remember|memor|\bmind\b|forget|\bknow\b|\bnote\b|\bfact\b|tell(?:ing)? you|for the record", scene.request, re.I):
        raise Unread(scene.request)
    scene.call("memory.add", text=writing.quoted(must(frame, "c")))


def _remind(scene: Scene, frame: Frame) -> None:
    scene.call("schedule.remind", when=_when(frame), text=writing.quoted(frame.get("c")) or _alarm(scene, frame))


def _alarm(scene: Scene, frame: Frame) -> str:
    """What an alarm or a timer says that was given no words. Raises :class:`Unread` for a reminder of nothing."""
    said = re.search(r"\b(timer|alarm|wake)", scene.request, re.I)
    if not said:
        raise Unread(f"{frame.intent}:c")
    return {"timer": "The timer is up", "alarm": "Alarm", "wake": "Wake up"}[said[1].lower()]


def _schedule(scene: Scene, frame: Frame) -> None:
    scene.call("schedule.add", when=_when(frame), request=must(frame, "c"))


def _when(frame: Frame) -> str:
    """The time that is said, if it is clear; else the question is the answer. Raises :class:`foreign.Missing`."""
    from core.schedule.when import read

    said = reminders.moment(must(frame, "w"))
    try:
        read(said, datetime.datetime.now().astimezone(), "UTC")
    except DeskhandError as error:
        raise foreign.Missing(f"{error.message} {error.hint}".strip()) from error
    return said


def _foreign(scene: Scene, frame: Frame) -> None:
    known = any(text == IT for _, text in frame.slots)
    said = (scene.again() or (scene.files[-1] if scene.files else last_said(scene))) if known else ""
    tool, args = foreign.call(frame, scene.tools, said)
    scene.call(tool, **args)


MAKERS: dict[str, Maker] = {
    "note": _note, "notefind": _with("notes.search", "q", "query"), "notes": _plain("notes.list"), "recall": _with("memory.search", "q", "query"), "remember": _remember, "forget": _with("memory.forget", "q", "about"),
    "calc": _calc, "convert": _convert, "time": _time, "date": _date, "days": _days, "cpu": _plain("system.info", what="cpu"), "memory": _plain("system.info", what="memory"), "disk": _plain("system.info", what="disk"),
    "battery": _plain("system.info", what="battery"), "system": _plain("system.info"), "programs": _with("system.processes", "n", "name"), "quit": _quit, "url": _with("open.url", "u", "url"), "app": _app, "open": _open,
    "fetch": _with("web.fetch", "u", "url"), "paste": _plain("clipboard.get"), "clip": _clip, "shell": _shell, "remind": _remind, "schedule": _schedule, "scheduled": _plain("schedule.list"),
    "unschedule": _with("schedule.remove", "q", "schedule"), **dict.fromkeys(foreign.INTENTS, _foreign),
}  # fmt: skip
