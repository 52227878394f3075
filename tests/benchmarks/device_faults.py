"""Every cross-device task with a fault at a random instant: it ends in the right state or a stated reason, and nothing is done twice.

Real cores in namespaces; cables that are pulled without a word, a relay that delays and stalls, clocks that are days off (libfaketime), small disks (tmpfs) that are filled, processes that are killed.
``LONG`` is the longest drop in seconds (60), ``ROUNDS`` how often everything is done, ``SEED`` chooses the instants, ``ONLY`` the faults with these words in their names.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks.device_house import House, emptied, right
from tests.benchmarks.device_tasks import DEVICES, CrossTask, tasks
from tests.benchmarks.run import table
from tests.helpers.faults import FAKETIME, filled, skewed, small_disk
from tests.helpers.network import Network, possible
from tests.helpers.processes import ROOT

SKEWS = {"gamma": "+3d", "delta": "-2d"}
DISK = "400m"
FULL_SECONDS = 12.0
Fault = Callable[["Place"], None]


class Place:
    """The house with everything that can go wrong in it."""

    def __init__(self, folder: Path, lan: Network, rng: random.Random) -> None:
        self.rng, self.relay = rng, lan.machine("relay", folder / "relay")
        self._disks = contextlib.ExitStack()
        for name in ("hub", *DEVICES):
            self._disks.enter_context(small_disk(folder / name, DISK))
        skews = {name: skewed(skew) for name, skew in SKEWS.items()} if FAKETIME is not None else {}
        self.skewed = bool(skews)
        self._cable = subprocess.Popen(
            ["ip", "netns", "exec", self.relay.space, sys.executable, "-m", "tests.helpers.relay", "4733", "10.77.0.2:4733"], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert self._cable.stdout is not None and self._cable.stdout.readline() == b"ready\n"
        self.folder = folder
        self.house = House(folder, lan, skews, through=self.relay.address)
        assert self.house.hub.address == "10.77.0.2"

    def close(self) -> None:
        self._cable.kill()
        self._cable.wait(5)
        for machine in (self.house.hub, *self.house.devices.values()):
            machine.core.stop()
        self._disks.close()

    def any_device(self) -> str:
        return self.rng.choice(DEVICES)

    # -- what goes wrong ----------------------------------------------------------------------------------------------

    def drop(self, seconds: float) -> None:
        with self.house.devices[self.any_device()].unplugged():
            time.sleep(seconds)

    def bad_line(self) -> None:
        self._cable.send_signal(signal.SIGUSR1)
        time.sleep(10)
        self._cable.send_signal(signal.SIGUSR2)

    def device_killed(self) -> None:
        device = self.house.devices[self.any_device()]
        device.core.kill()
        device.start()

    def core_killed(self) -> None:
        self.house.hub.core.kill()
        self.house.hub.start()

    def broker_killed(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((self.house.hub.core.home.root / "broker" / "broker.pid").read_text()), signal.SIGKILL)

    def full(self, name: str) -> None:
        """Not a byte is left for a while."""
        filler = filled(self.folder / name)
        time.sleep(FULL_SECONDS)
        filler.unlink()


def faults(place: Place, longest: float) -> Iterator[tuple[str, Fault]]:
    """One after another, for ever; the longest drop comes once."""
    kinds: list[tuple[str, Fault]] = [
        ("drop 1 s", lambda place: place.drop(1)), ("drop 8 s", lambda place: place.drop(8)), ("half-open 20 s", lambda place: place.drop(20)),
        ("late and stalling line", lambda place: place.bad_line()), ("device killed", lambda place: place.device_killed()), ("core killed", lambda place: place.core_killed()),
        ("broker killed", lambda place: place.broker_killed()), ("device's disk full", lambda place: place.full(place.any_device())), ("hub's disk full", lambda place: place.full("hub")),
    ]  # fmt: skip
    if place.skewed:
        kinds.append(("clocks days off, nothing else", lambda place: None))
    kinds = [kind for kind in kinds if os.environ.get("ONLY", "") in kind[0]]
    if longest:
        yield f"drop {longest:.0f} s", lambda place: place.drop(longest)
    while True:
        yield from kinds


def main() -> None:
    """Print the table, and above it everything that did not end right."""
    if not possible():
        print("This needs Linux, root, ip and nats-server.")
        return
    rounds, longest = int(os.environ.get("ROUNDS", "1")), float(os.environ.get("LONG", "60"))
    found: dict[str, list[tuple[bool, bool, bool, float]]] = {}
    with tempfile.TemporaryDirectory() as folder, Network() as lan:
        place = Place(Path(folder), lan, random.Random(int(os.environ.get("SEED", "8"))))
        try:
            todo = [task for _ in range(rounds) for task in tasks()]
            place.rng.shuffle(todo)
            for task, (name, fault) in zip(todo, faults(place, longest), strict=False):
                found.setdefault(name, []).append(_one(place, task, name, fault))
        finally:
            place.close()
    shown = [("fault", "right", "or stated", "neither", "doubled", "median s", "worst s")]
    everything = [row for some in found.values() for row in some]
    for name, rows in [*found.items(), ("all", everything)]:
        good, stated = sum(row[0] for row in rows), sum(row[1] for row in rows)
        times = [row[3] for row in rows]
        shown.append(
            (name, f"{good}/{len(rows)}", str(stated), str(len(rows) - good - stated), str(sum(row[2] for row in rows)), f"{statistics.median(times):.1f}", f"{max(times):.1f}")
        )
    print(f"\nThe clocks of {' and '.join(SKEWS)} were {' and '.join(SKEWS.values())} off throughout.\n" if place.skewed else "\nNo libfaketime here: clocks were right.\n")
    table(shown)


def _one(place: Place, task: CrossTask, name: str, fault: Fault) -> tuple[bool, bool, bool, float]:
    """Right, stated, doubled, seconds."""
    house = place.house
    task.prepare(house.at)
    began = time.monotonic()
    run_id = house.start(task, timeout_s=900)
    time.sleep(place.rng.uniform(0.0, 0.5))
    fault(place)
    result = house.result(run_id, 900)
    good = right(task, house) and result["status"] in ("done", "failed")
    stated = not good and bool(result["answer"]) and result["status"] in ("failed", "refused") and any((one["error"] or {}).get("message") for one in result["steps"])
    lines = [path.read_text().split() for path in (one / "done.txt" for one in house.at.values()) if path.exists()]
    doubled = any(len(words) != len(set(words)) for words in lines)
    if not good or doubled:
        errors = json.dumps([one["error"] for one in result["steps"] if one["error"]])
        print(f"{'DOUBLED' if doubled else 'stated' if stated else 'WRONG'}: {task.name}, {name}: {result['status']} {errors[:500]} {result['answer'][:200]!r}", flush=True)
    for workspace in house.at.values():
        emptied(workspace)
    return good, stated, doubled, time.monotonic() - began
