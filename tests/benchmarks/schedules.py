"""Schedules at scale: start-up, precision and idle cost with 100,000 of them against none, and a year of fake time.

``YEAR_JOBS`` says how many jobs the year has (default 1,000; 10,000 take about ten times as long).
"""

from __future__ import annotations

import os
import random
import statistics
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from core.clock import FakeClock, SystemClock
from core.home import Home
from core.schedule.engine import Engine
from core.schedule.rules import between
from core.schedule.store import FINAL, Schedules, milliseconds
from core.schedule.task import Task
from core.storage.database import Database
from tests.benchmarks.run import table
from tests.helpers.processes import CoreProcess

MANY = 100_000
IDLE_SECONDS = 20.0
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Pacific/Auckland",
    "Africa/Cairo",
    "Europe/London",
    "America/Los_Angeles",
    "Asia/Tehran",
    "America/St_Johns",
    "America/Sao_Paulo",
    "UTC",
)


def fill(folder: Path, count: int) -> float:
    """Seconds that it takes to add so many schedules."""
    home = Home(folder)
    home.create()
    database = Database(home.database)
    store, chance = Schedules(database, SystemClock()), random.Random(3)
    began = time.perf_counter()
    with database.transaction():
        for number in range(count):
            rule = {"kind": "cron", "cron": f"{chance.randrange(60)} {chance.randrange(24)} {chance.randrange(1, 28)} {(datetime.now(UTC).month % 12) + 1} *"}
            store.add(f"job {number}", rule, chance.choice(ZONES), Task(remind="x"))
    seconds = time.perf_counter() - began
    database.close()
    return seconds


def measured(count: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        added = fill(Path(folder) / "home", count)
        core = CoreProcess(Path(folder) / "home")
        began = time.perf_counter()
        with core:
            start = time.perf_counter() - began
            assert core.process is not None
            late = precision(core)
            process = psutil.Process(core.process.pid)
            before = sum(process.cpu_times()[:2])
            time.sleep(IDLE_SECONDS)
            idle = (sum(process.cpu_times()[:2]) - before) / IDLE_SECONDS * 100
            memory = process.memory_info().rss / 1e6
    return {"start": start, "median": statistics.median(late), "worst": max(late), "idle": idle, "memory": memory, "add": added / max(1, count) * 1e6}


def precision(core: CoreProcess) -> list[float]:
    """Milliseconds between due and told, for twenty reminders a third of a second apart."""
    now = datetime.now(UTC)
    rows = []
    for number in range(20):
        due = (now + timedelta(seconds=4 + number)).replace(microsecond=0)
        rows.append(core.client.call("POST", "/api/schedules", {"when": due.strftime("%Y-%m-%dT%H:%M:%SZ"), "task": {"remind": "x"}})["id"])
    time.sleep(26)
    found = [core.client.call("GET", f"/api/schedules/{one}/runs")[0] for one in rows]
    return [one["finished_at"] - one["due_at"] for one in found]


def year(jobs: int) -> tuple[Counter[str], int, float]:
    """Fates of every due time of a year with crashes and sleep; how many were lost or doubled; seconds."""
    chance, start = random.Random(11), datetime(2026, 1, 1, tzinfo=UTC)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        clock, started = FakeClock(start), list[tuple[str, int]]()
        path = Path(folder) / "year.sqlite"

        def open_() -> tuple[Schedules, Engine]:
            database = Database(path)
            store = Schedules(database, clock)

            def begin(request: dict[str, Any]) -> str:
                started.append((request["schedule"]["id"], request["schedule"]["due_at"]))
                return f"run_{len(started)}"

            async def deliver(*_: Any) -> None: ...

            engine = Engine(store, clock, begin, lambda *_: None, deliver, lambda notice: None)
            engine.begin()
            return store, engine

        store, engine = open_()
        rows = []
        with store.database.transaction():
            for number in range(jobs):
                rule = chance.choice((
                    {"kind": "rrule", "rrule": f"FREQ=WEEKLY;BYDAY={chance.choice(('MO', 'TH', 'SU'))};BYHOUR={chance.randrange(4)};BYMINUTE=30;BYSECOND=0", "start": "2026-01-01T00:00:00"},
                    {"kind": "rrule", "rrule": f"FREQ=MONTHLY;BYMONTHDAY={chance.randint(1, 31)};BYHOUR={chance.randrange(24)};BYMINUTE={chance.randrange(60)};BYSECOND=0", "start": "2026-01-01T00:00:00"},
                    {"kind": "cron", "cron": f"{chance.randrange(60)} {chance.randrange(24)} * * {chance.randrange(7)}"},
                ))  # fmt: skip
                rows.append(store.add(f"job {number}", rule, chance.choice(ZONES), Task(text="x", workspace="/", missed=chance.choice(("skip", "once", "all")))))
        ended, seen = 0, start
        while clock.now() < start + timedelta(days=365):
            if chance.random() < 0.003:
                store.database.close()
                clock._seconds += chance.choice((60, 7200, 200_000))
                store, engine = open_()
            following = engine.tick()
            for at in range(ended, len(started)):
                engine.finished(f"run_{at + 1}", {"status": "done", "answer": "ok", "conversation_id": ""})
            ended, seen = len(started), clock.now()
            clock._seconds += min(following if following is not None else 6e7, 6e7) / 1000 + 0.001
        for _ in range(5):  # what is still to be made up for
            seen = clock.now()
            engine.tick()
            for at in range(ended, len(started)):
                engine.finished(f"run_{at + 1}", {"status": "done", "answer": "ok", "conversation_id": ""})
            ended = len(started)
            clock._seconds += 60
        fates: Counter[str] = Counter()
        wrong = len(started) - len(set(started))
        for row in rows:
            known = {one["due_at"]: one["state"] for one in store.each(row["id"])}
            due = {milliseconds(moment) for moment in between(row["rule"], row["zone"], start, seen, 100_000)}
            wrong += (
                len({moment for moment in due - set(known) if moment < milliseconds(seen) - 60_000}) + len(set(known) - due) + sum(state not in FINAL for state in known.values())
            )
            fates.update(known.values())
        store.database.close()
    return fates, wrong, time.perf_counter() - began


def main() -> None:
    none, many = measured(0), measured(MANY)
    table([
        ("what", "none", f"{MANY:,} schedules", "limit"),
        ("start-up, s", f"{none['start']:.2f}", f"{many['start']:.2f} (+{many['start'] - none['start']:.2f})", "+2"),
        ("from due to told, median ms", f"{none['median']:.0f}", f"{many['median']:.0f}", "250"),
        ("the same, worst of 20, ms", f"{none['worst']:.0f}", f"{many['worst']:.0f}", "250"),
        ("idle processor, %", f"{none['idle']:.2f}", f"{many['idle']:.2f}", "0.5"),
        ("memory, MB", f"{none['memory']:.0f}", f"{many['memory']:.0f}", ""),
        ("adding one, µs", "", f"{many['add']:.0f}", ""),
    ])  # fmt: skip
    jobs = int(os.environ.get("YEAR_JOBS", "1000"))
    fates, wrong, seconds = year(jobs)
    print(f"\nA year of {jobs:,} jobs in 12 zones with crashes and sleep: {sum(fates.values()):,} due times, {dict(fates)}; lost, doubled or left open: {wrong}; {seconds:.0f} s.")


if __name__ == "__main__":
    main()
