"""Work over five machines: right ends and latency, clean and under faults; a gigabyte with cuts; many devices on one broker.

Real cores in namespaces, a real broker, scripted plans (``device_tasks``). ``MANY=0`` leaves out the thousand devices, ``BIG_MB`` is the size of the file.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.device_house import House, emptied, right
from tests.benchmarks.device_tasks import CrossTask, tasks
from tests.benchmarks.run import table
from tests.helpers.network import Network, possible
from tests.helpers.processes import wait_until

PUBLISHED = {"width": 1.72, "latency": -0.31}


def main() -> None:
    """Print the tables."""
    if not possible():
        print("This needs Linux, root, ip and nats-server.")
        return
    with tempfile.TemporaryDirectory() as folder, Network() as lan:
        house = House(Path(folder), lan)
        clean(house)
        big(house)
    if int(os.environ.get("MANY", "1000")):
        logging.getLogger("asyncio").setLevel(logging.ERROR)  # each connection that ends says something of TLS
        asyncio.run(many())


# -- clean ----------------------------------------------------------------------------------------------------------------


def clean(house: House) -> None:
    """Every task once as planned and once step by step."""
    rows: dict[str, list[tuple[bool, float, float, float, float]]] = {}
    again = {task.name: task for task in tasks()}
    for task in tasks():
        task.prepare(house.at)
        result = house.result(house.start(task))
        ok = right(task, house) and result["status"] in ("done", "failed")
        width, bound = _shape(result, task)
        for workspace in house.at.values():
            emptied(workspace)
        again[task.name].prepare(house.at)
        slow = house.result(house.start(again[task.name], sequential=True))
        for workspace in house.at.values():
            emptied(workspace)
        spent = result["timings_ms"]["execution"]
        rows.setdefault(task.category, []).append((ok, spent, slow["timings_ms"]["execution"], width, bound / spent if spent else 1.0))
        if not ok:
            print(f"wrong: {task.name}: {result['status']} {json.dumps(result['steps'])[:800]}")
    shown = [("category", "right", "median ms", "one by one", "change", "width", "of the critical path")]
    everything = [row for category in rows.values() for row in category]
    for name, found in [*rows.items(), ("all", everything)]:
        faster = sum(row[1] for row in found) / sum(row[2] for row in found) - 1
        shown.append(
            (name, f"{sum(row[0] for row in found)}/{len(found)}", f"{statistics.median(row[1] for row in found):.0f}", f"{statistics.median(row[2] for row in found):.0f}",
             f"{faster:+.0%}", f"{statistics.mean(row[3] for row in found):.2f}", f"{statistics.mean(row[4] for row in found):.0%}")
        )  # fmt: skip
    table(shown)
    print(f"\nPublished for another system and other tasks: width {PUBLISHED['width']}, latency {PUBLISHED['latency']:+.0%}.")


def _shape(result: dict[str, Any], task: CrossTask) -> tuple[float, float]:
    """Mean steps at work at once, and the longest way through the graph in ms, both by measured durations."""
    ms = {one["id"]: one["ms"] for one in result["steps"]}
    needs = {one["id"]: [need if isinstance(need, str) else need["step"] for need in one["needs"]] for one in result["plan"]["steps"]}
    longest: dict[str, float] = {}
    for name in needs:
        longest[name] = ms.get(name, 0.0) + max((longest.get(other, 0.0) for other in needs[name]), default=0.0)
    bound = max(longest.values(), default=0.0)
    return sum(ms.values()) / bound if bound else 1.0, bound


# -- a large file ---------------------------------------------------------------------------------------------------------


def big(house: House) -> None:
    """A file from a device, with the cable pulled three times; beside it the same without, and a plain copy on the disk."""
    size, device = int(os.environ.get("BIG_MB", "1000")) * 1_000_000, house.devices["alpha"]
    source = device.workspace / "big.bin"
    with source.open("wb") as file:
        for _ in range(size // 1_000_000):
            file.write(os.urandom(1_000_000))
    wanted = _digest(source)
    began = time.monotonic()
    (house.hub.workspace / "copy.bin").write_bytes(source.read_bytes())
    os.sync()
    copied = time.monotonic() - began
    incoming = house.hub.core.home.root / "cache" / "incoming" / f"{wanted}.part"
    shown = [("way", "s", "MB/s", "whole", "cuts", "tokens")]
    for cuts in (3, 0):
        began = time.monotonic()
        run_id = house.hub.call("POST", "/api/devices/alpha/bring", {"path": "big.bin", "to": f"big{cuts}.bin", "workspace": str(house.hub.workspace), "approve": "none"})["run_id"]
        for cut in range(cuts):
            wait_until(lambda cut=cut, cuts=cuts: incoming.exists() and incoming.stat().st_size > (cut + 1) / (cuts + 1) * size * 0.9, 300, "a part of it")
            with device.unplugged():
                time.sleep(2)
        result = house.result(run_id, 600)
        spent = time.monotonic() - began
        arrived = house.hub.workspace / f"big{cuts}.bin"
        whole = result["status"] == "done" and _digest(arrived) == wanted
        tokens = result["usage"]["prompt_tokens"] + result["usage"]["completion_tokens"]
        shown.append((f"bring, {cuts} cuts", f"{spent:.1f}", f"{size / 1e6 / spent:.0f}", "yes" if whole else "NO", str(cuts), str(tokens)))
        for kept in house.hub.core.home.blobs.rglob(wanted):
            kept.unlink()
    shown.append(("a copy on the disk", f"{copied:.1f}", f"{size / 1e6 / copied:.0f}", "yes", "", ""))
    print()
    table(shown)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# -- many devices ---------------------------------------------------------------------------------------------------------


async def many() -> None:
    """Simulated devices on one broker, each with its own key and connection, answering with real claims and results; latency and memory against their number."""
    import psutil

    from app.service.devices.accounts import Peer
    from app.service.devices.broker import Broker
    from app.service.devices.keys import new_seed, public_key
    from app.service.devices.nats_link import NatsLink
    from core.clock import SystemClock
    from core.devices.hub import Hub, Order
    from core.devices.link import DONE, WORK, packed, unpacked, work_subject
    from core.devices.store import Assignments, Devices, Offers
    from core.devices.transfer import Exchange
    from core.home import Home
    from core.journal import Journal
    from core.storage.database import Database

    total = int(os.environ.get("MANY", "1000"))
    shown = [("devices", "assignments", "median ms", "95 % ms", "broker MB", "MB a device", "hub MB")]
    with tempfile.TemporaryDirectory() as folder:
        home, clock = Home(Path(folder) / "home"), SystemClock()
        home.create()
        database = Database(home.database, None, "NORMAL")
        devices, offers = Devices(database, clock), Offers(database, clock)
        hub = Hub(
            devices,
            Assignments(database, clock),
            offers,
            Exchange(home.root / "in", lambda digest: home.blobs / digest, offers, clock, lambda: 10**9),
            Journal(database, clock),
            clock,
            "hub",
        )
        broker = Broker(Path(folder) / "broker")
        broker.make()
        seeds = [new_seed() for _ in range(total)]
        rows = []
        with database.transaction():
            for number, seed in enumerate(seeds):
                devices.invite(f"i{number}", "U")
                rows.append(devices.pair(f"i{number}", f"d{number}", public_key(seed), "a b c d")) if number < 3 else rows.append(
                    _fast_pair(database, devices, number, public_key(seed))
                )
        await broker.start([Peer(row["id"], row["key"]) for row in rows])
        link = NatsLink([f"127.0.0.1:{broker.port}"], broker.certificate, broker.seed, "hub")
        link.open()
        await link.opened(15)
        await link.make_streams()
        await link.answer("dh.ask.*", hub.asked)
        link.take(DONE, "hub", hub.came)
        hub.link = link
        links: list[NatsLink] = []

        async def join(number: int) -> None:
            row, device = rows[number], NatsLink([f"127.0.0.1:{broker.port}"], broker.certificate, seeds[number], f"d{number}")
            await link.make_consumer(WORK, row["id"], work_subject(row["id"]))
            device.open()
            await device.opened(60)

            async def work(subject: str, body: bytes) -> None:
                duty = unpacked(body)
                if unpacked(await device.ask(f"dh.ask.{row['id']}", packed({"op": "claim", "id": duty["id"]}), 20)).get("go"):
                    await device.put(f"dh.done.{row['id']}", packed({"id": duty["id"], "result": {"status": "done", "answer": "ok"}}), duty["id"])

            device.take(WORK, row["id"], work)
            links.append(device)

        async def once(number: int, attempt: int) -> float:
            async def nobody(data: dict[str, Any]) -> str:
                return "no"

            began = time.perf_counter()
            result = await hub.perform(Order(f"d{number}", f"run{attempt}", f"s{number}", 1, {"text": "x", "timeout_s": 60}, lambda: False, nobody))
            assert result["status"] == "done"
            return (time.perf_counter() - began) * 1000

        rng, before = random.Random(4), psutil.Process(broker._pid).memory_info().rss
        for count in [step for step in (10, 100, 300, 1000) if step <= total]:
            while len(links) < count:
                await asyncio.gather(*(join(number) for number in range(len(links), min(count, len(links) + 25))))
            await asyncio.sleep(1)
            spent = []
            for attempt in range(200):
                spent.append(await once(rng.randrange(count), count * 1000 + attempt))
            memory = psutil.Process(broker._pid).memory_info().rss
            spent.sort()
            shown.append(
                (str(count), "200", f"{statistics.median(spent):.1f}", f"{spent[190]:.1f}", f"{memory / 1e6:.0f}", f"{(memory - before) / count / 1e6:.2f}", f"{psutil.Process().memory_info().rss / 1e6:.0f}")
            )  # fmt: skip
        for device in links:
            await device.close()
        await link.close()
        await broker.stop()
    print()
    table(shown)
    print(_plot([(int(row[0]), float(row[2])) for row in shown[1:]]))


def _fast_pair(database: Any, devices: Any, number: int, key: str) -> dict[str, Any]:
    """A row as pairing leaves it; looking for a free name among a thousand is not what is measured."""
    database.execute("INSERT INTO device (id, name, key, state, words, paired_at) VALUES (?, ?, ?, 'paired', 'a b c d', '')", (f"dev_{number}", f"d{number}", key))
    return dict(devices.get(f"dev_{number}"))


def _plot(points: list[tuple[int, float]]) -> str:
    """Latency against the number of devices, as bars."""
    most = max(value for _, value in points)
    return "\n" + "\n".join(f"{count:>5} devices  {'█' * max(1, round(40 * value / most))} {value:.1f} ms" for count, value in points)
