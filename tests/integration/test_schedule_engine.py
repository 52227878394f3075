"""The engine with time in our hands: every due time has exactly one fate, through crashes, sleep, moved clocks and changing clocks."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.clock import FakeClock
from core.errors import DeskhandError, UsageError
from core.schedule.engine import Engine
from core.schedule.rules import between
from core.schedule.store import FINAL, Schedules, milliseconds
from core.schedule.task import Task, task_of
from core.storage.database import Database

ZONES = (
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo", "Pacific/Auckland", "Africa/Cairo", "Europe/London", "America/Los_Angeles", "Asia/Tehran", "America/St_Johns", "UTC",
)  # fmt: skip


class Crash(BaseException):
    """The core is killed here."""


class World:
    """A core that only schedules; runs end when they are told to, or at once."""

    def __init__(self, path: Path, start: datetime, at_once: bool = True) -> None:
        self.path, self.clock, self.at_once = path, FakeClock(start), at_once
        self.started: list[tuple[str, int]] = []
        self.told: list[dict[str, Any]] = []
        self.cancelled: list[str] = []
        self.delivered: list[str] = []
        self.going: dict[str, dict[str, Any]] = {}
        self.crash: Callable[[str], None] = lambda where: None
        self.open()

    def open(self) -> None:
        """A core starts on the same database."""
        self.database = Database(self.path)
        self.store = Schedules(self.database, self.clock)
        self.engine = Engine(self.store, self.clock, self._start, self._cancel, self._deliver, self.told.append)

    def _start(self, request: dict[str, Any]) -> str:
        self.crash("before start")
        run_id = f"run_{len(self.started)}_{random.random()}"
        self.started.append((request["schedule"]["id"], request["schedule"]["due_at"]))
        self.going[run_id] = request
        try:
            self.crash("after start")
        except Crash:
            self.started.pop()  # the transaction is rolled back, and the run with it
            raise
        return run_id

    def _cancel(self, run_id: str, why: str) -> None:
        self.cancelled.append(run_id)
        self.end(run_id, "cancelled")

    async def _deliver(self, row: dict[str, Any], one: dict[str, Any], answer: str) -> None:
        self.delivered.append(answer)

    def end(self, run_id: str, status: str = "done", answer: str = "Done.") -> None:
        self.going.pop(run_id, None)
        self.engine.finished(run_id, {"status": status, "answer": answer, "conversation_id": "c"})

    def tick(self) -> int | None:
        following = self.engine.tick()
        if self.at_once:
            for run_id in list(self.going):
                self.end(run_id)
        return following

    def kill(self) -> None:
        """Everything in memory is gone; what was not committed as well. Runs that had begun are taken up by the run service after the start."""
        self.database.connection.rollback() if self.database.connection.in_transaction else None
        self.database.connection.close()

    def pass_time(self, **more: float) -> None:
        self.clock._seconds += timedelta(**more).total_seconds()

    def states(self, schedule_id: str) -> list[tuple[str, str]]:
        return [(one["state"], one["cause"]) for one in self.store.each(schedule_id)]


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "w.sqlite", datetime(2026, 3, 2, 8, 0, tzinfo=UTC), at_once=False)
    made.engine.begin()
    return made


def daily(hour: int = 9) -> dict[str, Any]:
    return {"kind": "rrule", "rrule": f"FREQ=DAILY;BYHOUR={hour};BYMINUTE=0;BYSECOND=0", "start": "2026-01-01T00:00:00"}


def test_a_year_with_crashes_sleep_and_moved_clocks_gives_every_due_time_exactly_one_fate(tmp_path: Path) -> None:
    chance, start = random.Random(1), datetime(2026, 1, 1, tzinfo=UTC)
    world = World(tmp_path / "year.sqlite", start)
    world.engine.begin()
    rules = [
        lambda: daily(chance.randrange(24)), lambda: {"kind": "cron", "cron": f"{chance.randrange(60)} {chance.randrange(24)} * * 1-5"},
        lambda: {"kind": "every", "seconds": chance.choice((43_200, 86_400, 100_000)), "start": (start + timedelta(minutes=chance.randrange(1440))).isoformat()},
        lambda: {"kind": "rrule", "rrule": f"FREQ=MONTHLY;BYDAY={chance.choice(('1MO', '-1FR'))};BYHOUR={chance.randrange(4)};BYMINUTE=30;BYSECOND=0", "start": "2026-01-01T00:00:00"},
        lambda: {"kind": "once", "at": (datetime(2026, 1, 2) + timedelta(minutes=chance.randrange(500_000))).isoformat()},
    ]  # fmt: skip
    jobs = [
        world.store.add(f"job {number}", chance.choice(rules)(), chance.choice(ZONES), Task(text="x", workspace="/", missed=chance.choice(("skip", "once", "all")), window_s=chance.choice((3600, 86_400, 10**7))))
        for number in range(120)
    ]  # fmt: skip
    seen = start
    while world.clock.now() < start + timedelta(days=365):
        event = chance.random()
        if event < 0.02:
            where, count = chance.choice(("before start", "after start")), chance.randrange(4)
            left = [count]

            def crash(at: str, where: str = where, left: list[int] = left) -> None:
                if at == where:
                    left[0] -= 1
                    if left[0] < 0:
                        raise Crash

            world.crash = crash
        if event < 0.03:
            world.kill()
            world.pass_time(hours=chance.choice((0.01, 2, 30, 200)))
            world.open()
            world.engine.begin()
        elif event < 0.05:
            world.clock._now += timedelta(hours=chance.choice((5, 60)))  # asleep: only the wall clock went on
        elif event < 0.06:
            world.clock._now -= timedelta(minutes=chance.choice((10, 90)))  # the clock is put back
        try:
            following = world.tick()
        except Crash:
            world.crash = lambda where: None
            world.kill()
            world.open()
            world.engine.begin()
            continue
        seen = max(seen, world.clock.now())
        world.pass_time(milliseconds=min(following if following is not None else 6e7, 6e7) + chance.choice((1, 40, 20_000)))
    world.crash = lambda where: None
    for _ in range(5):
        seen = max(seen, world.clock.now())
        world.tick()
        world.pass_time(seconds=30)

    assert max(Counter(world.started).values()) == 1  # none doubled
    total: Counter[str] = Counter()
    for job in jobs:
        fates = {one["due_at"]: one for one in world.store.each(job["id"])}
        expected = [milliseconds(moment) for moment in between(job["rule"], job["zone"], start, seen, 100_000)]
        lost = [moment for moment in expected if moment not in fates and moment <= milliseconds(seen) - 60_000]
        assert not lost and set(fates) <= set(expected), (job["rule"], job["zone"])
        assert all(one["state"] in FINAL for one in fates.values()), Counter(one["state"] for one in fates.values())
        assert all(one["cause"] for one in fates.values() if one["state"] in ("missed", "skipped"))
        ran = {one["due_at"] for one in fates.values() if one["state"] == "done"}
        assert ran == {due for schedule, due in world.started if schedule == job["id"]}
        total.update(one["state"] for one in fates.values())
    assert total["done"] > 5_000 and total["missed"] > 300, total


@pytest.mark.parametrize(("missed", "window", "states"), [("skip", 86_400, ["missed"] * 3), ("once", 86_400, ["missed", "missed", "done"]), ("once", 60, ["missed"] * 3), ("all", 10**6, ["done"] * 3), ("all", 90_000, ["missed", "missed", "done"])])  # fmt: skip
def test_what_is_missed_is_made_up_for_as_the_schedule_says_and_says_why(world: World, missed: Any, window: int, states: list[str]) -> None:
    job = world.store.add("j", daily(), "UTC", Task(text="x", workspace="/", missed=missed, window_s=window))
    world.kill()
    world.pass_time(days=2, hours=4)
    world.open()
    world.engine.begin()
    for _ in range(4):
        world.tick()
        for run_id in list(world.going):
            world.end(run_id)
        world.pass_time(seconds=4)

    assert [state for state, _ in world.states(job["id"])] == states
    assert all("Deskhand was not running" in cause for _, cause in world.states(job["id"]))
    if "missed" in states:
        assert next(notice["text"] for notice in world.told if notice["kind"] == "missed").startswith(f"j was not run {states.count('missed')} time")


def test_runs_that_are_made_up_for_start_one_after_the_other(world: World) -> None:
    for number in range(3):
        world.store.add(f"j{number}", daily(), "UTC", Task(text="x", workspace="/", missed="all"))
    job = world.store.add("many", {"kind": "every", "seconds": 1800, "start": "2026-03-02T08:30:00+00:00"}, "UTC", Task(text="x", workspace="/", missed="all", overlap="queue"))
    world.kill()
    world.pass_time(hours=1, minutes=55)
    world.open()
    world.engine.begin()

    world.tick()

    assert sum(schedule == job["id"] for schedule, _ in world.started) == 1
    starts = [one["start_at"] for one in world.store.each(job["id"]) if one["state"] == "claimed"]
    assert len(starts) == 2 and starts[1] - starts[0] == 3000


def test_overlap_skips_queues_or_replaces(world: World) -> None:
    found = {}
    for overlap in ("skip", "queue", "replace"):
        found[overlap] = world.store.add(overlap, {"kind": "every", "seconds": 600, "start": "2026-03-02T08:10:00+00:00"}, "UTC", Task(text="x", workspace="/", overlap=overlap))[
            "id"
        ]  # type: ignore[arg-type]
    for _ in range(2):
        world.pass_time(minutes=10)
        world.tick()

    assert [state for state, _ in world.states(found["skip"])] == ["running", "skipped"]
    assert world.states(found["skip"])[1][1] == "the run before was still going"
    assert [state for state, _ in world.states(found["queue"])] == ["running", "waiting"]
    assert [state for state, _ in world.states(found["replace"])] == ["cancelled", "running"] and len(world.cancelled) == 1
    for run_id in list(world.going):
        world.end(run_id)
    world.pass_time(seconds=6)
    world.tick()
    assert [state for state, _ in world.states(found["queue"])] == ["done", "running"]


def test_a_failure_is_tried_again_told_once_and_counted_and_the_recovery_is_told(world: World) -> None:
    job = world.store.add("j", {"kind": "every", "seconds": 3600, "start": "2026-03-02T09:00:00+00:00"}, "UTC", Task(text="x", workspace="/", retries=1, silent="success"))
    for number in range(4):
        world.pass_time(hours=1)
        world.tick()
        for _ in range(2 if number < 3 else 1):
            (run_id,) = world.going
            world.end(run_id, "failed" if number < 3 else "done", f"No space left after {number} files.")
            world.pass_time(minutes=2)
            world.tick()

    assert [state for state, _ in world.states(job["id"])] == ["failed", "failed", "failed", "done"]
    assert [(notice["kind"], notice["text"]) for notice in world.told] == [("failure", "j failed: No space left after 0 files."), ("result", "No space left after 3 files.")]
    assert world.store.get(job["id"])["failures"] == 0 and len(world.started) == 7


async def test_a_result_counts_as_done_when_it_has_arrived_even_after_a_crash(world: World) -> None:
    job = world.store.add("j", {"kind": "once", "at": "2026-03-02T09:00:00"}, "UTC", Task(text="x", workspace="/", deliver="file", deliver_to="out.md"))
    world.pass_time(hours=1)
    world.tick()
    (run_id,) = world.going
    world.end(run_id, answer="The result.")
    assert [state for state, _ in world.states(job["id"])] == ["delivering"]
    world.kill()
    world.open()
    world.engine.begin()

    await world.engine.deliver_all()

    assert world.delivered == ["The result."] and [state for state, _ in world.states(job["id"])] == ["done"]
    assert world.store.get(job["id"])["state"] == "over"


def test_nothing_new_is_silent_by_the_answer_or_by_a_pattern(world: World) -> None:
    world.store.add(
        "j", {"kind": "every", "seconds": 3600, "start": "2026-03-02T09:00:00+00:00"}, "UTC", Task(text="x", workspace="/", silent="nothing_new", nothing_new="nothing is new")
    )
    for answer in ("Two new jobs.", "Two new jobs.", "Nothing is new on the page.", "Three new jobs."):
        world.pass_time(hours=1)
        world.tick()
        (run_id,) = world.going
        world.end(run_id, answer=answer)

    assert [notice["text"] for notice in world.told] == ["Two new jobs.", "Three new jobs."]


def test_a_reminder_needs_no_run_and_a_double_click_runs_once(world: World) -> None:
    reminder = world.store.add("tea", {"kind": "once", "at": "2026-03-02T08:20:00"}, "UTC", Task(remind="Tea is ready"))
    job = world.store.add("j", daily(), "UTC", Task(text="x", workspace="/"))
    world.pass_time(minutes=20)
    world.tick()
    first, second = (world.engine.run_now(job["id"]) for _ in range(2))

    assert [(notice["kind"], notice["text"]) for notice in world.told] == [("reminder", "Tea is ready")] and world.store.get(reminder["id"])["state"] == "over"
    assert first["due_at"] == second["due_at"] and len(world.started) == 1
    assert world.store.notices()[0]["name"] == "tea" and world.store.see(10**9) == 1 and not world.store.notices()


def test_paused_schedules_are_not_due_and_go_on_from_then(world: World) -> None:
    job = world.store.add("j", daily(), "UTC", Task(text="x", workspace="/", missed="all"))
    world.store.change(job["id"], state="paused")
    world.pass_time(days=3)
    world.tick()
    world.store.change(job["id"], state="on")
    world.tick()

    assert not world.states(job["id"]) and not world.started


def test_sleep_is_named_as_the_cause_and_waking_is_an_event(world: World) -> None:
    job = world.store.add("j", daily(), "UTC", Task(text="x", workspace="/", missed="skip"))
    wakes = world.store.add("w", {"kind": "when", "event": "wakes"}, "UTC", Task(remind="Good morning"))
    world.tick()
    world.clock._now += timedelta(hours=3)
    world.tick()

    assert world.states(job["id"]) == [("missed", "this machine was asleep, or its clock was moved; missed times are not made up for")]
    assert [state for state, _ in world.states(wakes["id"])] == ["done"]


@pytest.mark.parametrize(
    "row", [{}, {"text": "a", "remind": "b"}, {"text": "x", "overlap": "maybe"}, {"text": "x", "colour": 1}, {"text": "x", "deliver": "file"}, {"text": "x", "retries": -1}]
)
def test_a_task_that_is_none_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        task_of(row)


def test_a_time_that_is_over_is_refused_and_names_must_be_clear(world: World) -> None:
    with pytest.raises(DeskhandError, match="over already"):
        world.store.add("j", {"kind": "once", "at": "2020-01-01T00:00:00"}, "UTC", Task(remind="x"))
    for _ in range(2):
        world.store.add("twin", daily(), "UTC", Task(remind="x"))
    with pytest.raises(UsageError, match="Several"):
        world.store.get("Twin")


def test_the_schedule_of_a_run_is_found_along_an_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run that ends is looked up there, among all due times that there ever were."""
    world = World(tmp_path / "x.sqlite", datetime(2026, 1, 1, tzinfo=UTC))
    asked: list[str] = []
    execute = world.database.execute
    monkeypatch.setattr(type(world.database), "execute", lambda self, sql, parameters=(): asked.append(sql) or execute(sql, parameters))
    assert world.store.of_run("run_none") is None
    assert "USING INDEX occurrence_run" in str([tuple(row) for row in execute(f"EXPLAIN QUERY PLAN {asked[0]}", ("run_none",))])


@pytest.mark.parametrize("stopped", [False, True], ids=["while it runs", "while it is stopped"])
def test_a_clock_set_forward_and_back_loses_no_schedule(stopped: bool, world: World) -> None:
    skipping = world.store.add("daily", daily(), "UTC", Task(text="x", workspace="/", missed="skip"))
    made_up = world.store.add("made up", daily(), "UTC", Task(text="y", workspace="/", missed="once"))
    once = world.store.add("once", {"kind": "once", "at": "2026-03-04T09:00:00"}, "UTC", Task(text="z", workspace="/", missed="skip"))
    world.tick()
    world.clock._now += timedelta(days=400)  # somebody set the wrong year
    world.engine._now()  # it is seen
    for row in world.store.due(int(world.clock.now().timestamp() * 1000)):
        world.engine._decide(row, int(world.clock.now().timestamp() * 1000))  # the machine is put right before anything could start
    world.engine._note_alive(int(world.clock.now().timestamp() * 1000))
    if stopped:
        world.kill()
    world.clock._now -= timedelta(days=400)
    if stopped:
        world.open()
        world.engine.begin()
    for _ in range(72 * 4):
        world.pass_time(minutes=15)
        world.tick()
        for run_id in list(world.going):
            world.end(run_id)
    started = {id_: [name for name, _ in world.started].count(id_) for id_ in (skipping["id"], made_up["id"], once["id"])}
    assert started == {skipping["id"]: 3, made_up["id"]: 3, once["id"]: 1}
    assert len(world.started) == len(set(world.started)), "none twice"
