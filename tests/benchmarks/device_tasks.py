"""Fifty-five tasks over five machines in ten categories, each with its plan as a model would write it, what lies there before, and a checker in code.

Machines: ``hub`` and the devices ``alpha``, ``beta``, ``gamma``, ``delta``. ``busy.sh SECONDS WORD`` stands for work: it takes its time and adds a line to ``done.txt``.
"""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEVICES = ("alpha", "beta", "gamma", "delta")
BUSY = 'sleep "$1"; echo "$2" >> done.txt\n'
Folders = dict[str, Path]


@dataclass(frozen=True)
class CrossTask:
    """``prepare`` and ``right`` get the workspaces by machine."""

    name: str
    category: str
    steps: list[dict[str, Any]]
    prepare: Callable[[Folders], None]
    right: Callable[[Folders], bool]


def step(name: str, tool: str, args: dict[str, Any], *needs: Any, **more: Any) -> dict[str, Any]:
    return {"id": name, "tool": tool, "args": args, "needs": list(needs), **more}


def busy(name: str, seconds: float, *needs: Any, **more: Any) -> dict[str, Any]:
    return step(name, "shell.run", {"argv": ["sh", "busy.sh", str(seconds), name]}, *needs, **more)


def wrote(folder: Path, word: str, times: int = 1) -> bool:
    """Whether the work left its line just so often."""
    path = folder / "done.txt"
    return path.exists() and path.read_text().split().count(word) == times


def put(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def tasks() -> list[CrossTask]:
    """All of them, the same ones every time."""
    made: list[CrossTask] = []
    for number in range(6):
        for maker in (collect, distribute, chain, side_by_side, conditional, placed, handed_over):
            made.append(maker(number))
    for number in range(5):
        made.append(tables(number))
    for number in range(4):
        made += [rescued(number), gathered(number)]
    return made


def collect(number: int) -> CrossTask:
    """Zip files on a device and bring them."""
    device, name = DEVICES[number % 4], f"c{number}"
    steps = [
        step("s1", "files.archive", {"source": f"{name}/*.txt", "target": f"{name}.zip"}, device=device),
        step("s2", "device.bring", {"device": device, "path": "{{s1.output.path}}"}, "s1"),
    ]

    def prepare(at: Folders) -> None:
        for one in range(number + 1):
            put(at[device], f"{name}/{one}.txt", f"{one} " * 500)

    def right(at: Folders) -> bool:
        with zipfile.ZipFile(at["hub"] / f"{name}.zip") as archive:
            return len([one for one in archive.namelist() if one.endswith(".txt")]) == number + 1

    return CrossTask(f"collect {number}", "collect", steps, prepare, right)


def distribute(number: int) -> CrossTask:
    """A file of the hub to several devices."""
    targets, name = DEVICES[: 2 + number % 3], f"d{number}.txt"
    steps = [step(f"s{place}", "device.give", {"path": name, "device": device, "to": "Inbox/"}) for place, device in enumerate(targets, 1)]
    text = f"to all {number}\n" * 300
    return CrossTask(
        f"distribute {number}", "distribute", steps, lambda at: put(at["hub"], name, text), lambda at: all((at[device] / "Inbox" / name).read_text() == text for device in targets)
    )


def chain(number: int) -> CrossTask:
    """A file made on one device, worked on by the next, and the next, and brought."""
    first, second = DEVICES[number % 4], DEVICES[(number + 1) % 4]
    name = f"p{number}"
    steps = [
        step("s1", "files.write", {"path": f"{name}.txt", "text": f"begun {number}"}, device=first),
        step("s2", "files.copy", {"source": "{{s1.output.path}}", "target": f"{name}-copy.txt"}, "s1", device=second),
        step("s3", "files.append", {"path": f"{name}-copy.txt", "text": "ended"}, "s2", device=second),
        step("s4", "device.bring", {"device": second, "path": f"{name}-copy.txt"}, "s3"),
    ]
    return CrossTask(f"chain {number}", "chain", steps, lambda at: None, lambda at: (at["hub"] / f"{name}-copy.txt").read_text() == f"begun {number}\nended\n")


def side_by_side(number: int) -> CrossTask:
    """The same work on all devices at once, then something here."""
    steps = [busy(f"w{number}{device}", 0.6 + 0.2 * place, device=device) for place, device in enumerate(DEVICES)]
    steps.append(step("last", "files.write", {"path": f"w{number}.txt", "text": "all done"}, *(one["id"] for one in steps)))
    return CrossTask(
        f"side by side {number}", "side by side", steps, lambda at: None,
        lambda at: (at["hub"] / f"w{number}.txt").exists() and all(wrote(at[device], f"w{number}{device}") for device in DEVICES),
    )  # fmt: skip


def conditional(number: int) -> CrossTask:
    """What is found on one device decides what is done on another."""
    looks, acts = DEVICES[number % 4], DEVICES[(number + 2) % 4]
    name = f"k{number}"
    steps = [
        step("s1", "files.list", {"path": name}, device=looks),
        busy(f"{name}many", 0.4, {"step": "s1", "on": "output.count > 2"}, device=acts),
        busy(f"{name}few", 0.4, {"step": "s1", "on": "output.count <= 2"}, device=acts),
    ]

    def prepare(at: Folders) -> None:
        for one in range(number):
            put(at[looks], f"{name}/{one}.txt", "x")
        (at[looks] / name).mkdir(exist_ok=True)

    many = number > 2
    return CrossTask(f"conditional {number}", "conditional", steps, prepare, lambda at: wrote(at[acts], f"{name}many", int(many)) or (not many and wrote(at[acts], f"{name}few")))


def placed(number: int) -> CrossTask:
    """Steps that say what they need; code finds the machine."""
    holder, name = DEVICES[number % 4], f"q{number}"
    steps = [
        busy(f"{name}a", 0.5, where={"folder": f"@{holder}", "tool": "shell.run"}),
        step("s2", "files.write", {"path": f"{name}.txt", "text": "placed"}, f"{name}a", where={"system": "linux", "folder": f"@{holder}"}),
    ]
    return CrossTask(f"placed {number}", "placed", steps, lambda at: None, lambda at: wrote(at[holder], f"{name}a") and (at[holder] / f"{name}.txt").exists())


def handed_over(number: int) -> CrossTask:
    """Whole requests in words, which the devices plan themselves."""
    one, other = DEVICES[number % 4], DEVICES[(number + 1) % 4]
    name = f"r{number}"
    steps = [
        step("s1", "device.ask", {"device": one, "request": f"Make a folder called {name}"}),
        step("s2", "device.ask", {"device": other, "request": f"append the line {name} to {name}.txt"}),
        step("s3", "device.ask", {"device": one, "request": f"append the line second to {name}.txt"}, "s1", "s2"),
    ]

    def right(at: Folders) -> bool:
        return (at[one] / name).is_dir() and (at[other] / f"{name}.txt").read_text() == f"{name}\n" and (at[one] / f"{name}.txt").read_text() == "second\n"

    return CrossTask(f"handed over {number}", "handed over", steps, lambda at: None, right)


def tables(number: int) -> CrossTask:
    """Rows on a device, reckoned there, written down here without a model copying them."""
    device, rng = DEVICES[number % 4], random.Random(number)
    rows = [rng.randint(1, 99) for _ in range(30)]
    name = f"t{number}.csv"
    steps = [
        step("s1", "tables.query", {"path": name, "sql": "select sum(amount) as total, count(*) as n from t"}, device=device),
        step("s2", "files.write", {"path": f"total{number}.txt", "text": "{{s1.output.rows[0]}}"}, "s1"),
    ]
    text = "id,amount\n" + "".join(f"{place},{value}\n" for place, value in enumerate(rows))
    return CrossTask(f"tables {number}", "tables", steps, lambda at: put(at[device], name, text), lambda at: str(sum(rows)) in (at["hub"] / f"total{number}.txt").read_text())


def rescued(number: int) -> CrossTask:
    """A step that fails on one device is made up for on another."""
    bad, good = DEVICES[number % 4], DEVICES[(number + 1) % 4]
    name = f"x{number}"
    steps = [
        step("s1", "files.read", {"path": f"{name}-is-not-there.txt"}, device=bad),
        busy(f"{name}rescue", 0.3, {"step": "s1", "on": "on_failure"}, device=good),
        step("s3", "files.write", {"path": f"{name}.txt", "text": "never"}, "s1", device=bad),
    ]
    return CrossTask(f"rescued {number}", "rescued", steps, lambda at: None, lambda at: wrote(at[good], f"{name}rescue") and not (at[bad] / f"{name}.txt").exists())


def gathered(number: int) -> CrossTask:
    """A file from every device, put together here."""
    name = f"g{number}"
    steps: list[dict[str, Any]] = [
        step(f"b{place}", "device.bring", {"device": device, "path": f"{name}.txt", "to": f"{name}/{device}.txt"}) for place, device in enumerate(DEVICES)
    ]
    steps.append(step("zip", "files.archive", {"source": f"{name}/*.txt", "target": f"{name}.zip"}, *(one["id"] for one in steps)))

    def right(at: Folders) -> bool:
        with zipfile.ZipFile(at["hub"] / f"{name}.zip") as archive:
            return len([one for one in archive.namelist() if one.endswith(".txt")]) == 4 and all(
                (at["hub"] / name / f"{device}.txt").read_text() == device * 100 for device in DEVICES
            )

    return CrossTask(f"gathered {number}", "gathered", steps, lambda at: [put(at[device], f"{name}.txt", device * 100) for device in DEVICES] and None, right)
