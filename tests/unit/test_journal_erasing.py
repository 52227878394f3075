"""Rows of the journal that lose what they held, and rows that cannot be read any more: the chain and all others stay."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from core.clock import FakeClock
from core.errors import StorageError
from core.events import UNREADABLE
from core.journal import Journal
from core.storage.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "d.sqlite")


def make(database: Database) -> Journal:
    journal = Journal(database, FakeClock())
    for number in range(6):
        journal.append("step_finished", "run_1", {"text": f"secret {number}"})
    return journal


def damage(database: Database, sql: str, *values: object) -> None:
    (trigger,) = database.execute("SELECT sql FROM sqlite_master WHERE name = 'event_no_update'").fetchone()
    database.execute("DROP TRIGGER event_no_update")
    database.execute(sql, values)
    database.execute(trigger)


def test_what_is_erased_is_gone_and_the_chain_is_whole(database: Database) -> None:
    journal = make(database)
    journal.erase({2: {"text": "[forgotten]"}, 3: {"text": "[forgotten]"}}, "forgotten")
    assert journal.verify() is None
    assert [event.data.get("text") for event in journal.of_run("run_1")] == ["secret 0", "[forgotten]", "[forgotten]", "secret 3", "secret 4", "secret 5"]
    assert database.execute("SELECT salt FROM event WHERE seq = 2").fetchone()[0] is None, "without its salt nobody can try out what it was"
    assert journal.append("step_finished", "run_1", {}).seq == 8 and journal.verify() is None


def test_what_was_erased_cannot_be_rewritten_and_nothing_erased_without_a_word(database: Database) -> None:
    journal = make(database)
    journal.erase({2: {"text": "[forgotten]"}}, "forgotten")
    with pytest.raises(StorageError, match="append-only"):
        database.execute("UPDATE event SET hash = x'00' WHERE seq = 3")
    with pytest.raises(StorageError, match="append-only"):
        database.execute("UPDATE event SET data = '{}' WHERE seq = 3")
    damage(database, "UPDATE event SET data = ? WHERE seq = 2", '{"text":"other"}')
    assert journal.verify() == 2
    damage(database, "UPDATE event SET data = ?, salt = NULL WHERE seq = 4", "{}")
    damage(database, "UPDATE event SET data = ? WHERE seq = 2", '{"text":"[forgotten]"}')
    assert journal.verify() == 4, "a row that no event says was erased"


def test_a_changed_row_shows(database: Database) -> None:
    journal = make(database)
    damage(database, "UPDATE event SET data = ? WHERE seq = 3", '{"text":"other"}')
    assert journal.verify() == 3


def test_rows_of_earlier_versions_are_erased_too(database: Database) -> None:
    import hashlib

    journal = make(database)
    previous = b""
    for row in database.execute("SELECT * FROM event ORDER BY seq").fetchall():
        previous = hashlib.sha256(b"\0".join((previous, *(row[key].encode() for key in ("type", "run_id", "at", "data"))))).digest()
        damage(database, "UPDATE event SET salt = NULL, content = NULL, hash = ? WHERE seq = ?", previous, row["seq"])
    journal = Journal(database, FakeClock())
    assert journal.verify() is None and journal.append("step_started", "run_1", {"text": "new"}).seq == 7 and journal.verify() is None
    journal.erase({1: {}}, "forgotten")
    assert journal.verify() is None
    anchored = journal.after(0)[-2]
    assert anchored.type == "journal_anchored" and anchored.data["rows"] == 7 and anchored.data["was_broken_at"] is None
    assert len(anchored.data["before"]) == 64


@pytest.mark.parametrize("left", ['{"broken', "[]", b"\xff\xfe\x00", ""])
def test_a_row_that_cannot_be_read_is_passed_over(database: Database, left: str | bytes) -> None:
    journal = make(database)
    damage(database, "UPDATE event SET data = CAST(? AS TEXT) WHERE seq = 3", left)
    assert [event.data for event in journal.of_run("run_1")][2] == UNREADABLE
    assert len(journal.after(0)) == 6 and len(journal.data_since("step_finished", "")) == 5
    assert journal.unreadable() == [3] and journal.verify() == 3
    assert Journal(database, FakeClock()).append("x").seq == 7
    assert isinstance(database.connection, sqlite3.Connection)
