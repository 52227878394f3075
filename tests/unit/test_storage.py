import sqlite3

import pytest

from core.clock import FakeClock
from core.errors import StorageError, UsageError
from core.home import Home
from core.journal import Journal
from core.settings import Settings
from core.storage.database import Database


def test_the_chain_shows_a_changed_row(own_home: Home) -> None:
    database = Database(own_home.database)
    journal = Journal(database, FakeClock())
    for number in range(5):
        journal.append("step_started", "run_1", {"n": number})
    assert journal.verify() is None
    database.execute("DROP TRIGGER event_no_update")
    database.execute("UPDATE event SET data = '{\"n\":99}' WHERE seq = 3")
    assert journal.verify() == 3


def test_the_database_itself_refuses_to_change_the_journal(own_home: Home) -> None:
    database = Database(own_home.database)
    Journal(database, FakeClock()).append("run_started", "r", {})
    for sql in ("UPDATE event SET type = 'x'", "DELETE FROM event"):
        with pytest.raises(StorageError):
            database.execute(sql)


def test_the_chain_goes_on_after_reopening(own_home: Home) -> None:
    for _ in range(2):
        database = Database(own_home.database)
        journal = Journal(database, FakeClock())
        journal.append("run_started", "r", {"text": "ä€"})
        database.close()
    database = Database(own_home.database)
    assert Journal(database, FakeClock()).verify() is None
    assert [event.seq for event in Journal(database, FakeClock()).after(0)] == [1, 2]


def test_a_file_of_a_newer_deskhand_is_refused_in_words(own_home: Home) -> None:
    Database(own_home.database).close()
    with sqlite3.connect(own_home.database) as raw:
        raw.execute("PRAGMA user_version = 999")
    raw.close()
    with pytest.raises(StorageError) as caught:
        Database(own_home.database)
    assert caught.value.code == "database_too_new"


def test_a_damaged_file_is_told_and_left_as_it_is(own_home: Home) -> None:
    own_home.database.write_bytes(b"this is no database" * 500)
    before = own_home.database.read_bytes()
    with pytest.raises(StorageError) as caught:
        Database(own_home.database)
    assert caught.value.code == "database_corrupt" and "--repair" in caught.value.hint
    assert own_home.database.read_bytes() == before


def test_a_broken_settings_file_is_reported_and_not_overwritten(own_home: Home) -> None:
    own_home.settings.write_text("[run\nconcurrency = ")
    settings = Settings(own_home.settings)
    assert settings.problems[0].code == "settings_unreadable"
    assert settings["run.concurrency"] == 4
    with pytest.raises(UsageError):
        settings.set("run.concurrency", 5)
    assert own_home.settings.read_text() == "[run\nconcurrency = "


def test_every_wrong_value_is_reported_at_once_and_the_rest_counts(own_home: Home) -> None:
    own_home.settings.write_text('[run]\nconcurrency = "many"\nattempts = 99\n[discussion]\nrounds = 3\n[nonsense]\nx = 1\n')
    settings = Settings(own_home.settings)
    assert len(settings.problems) == 3 and settings["discussion.rounds"] == 3


def test_setting_a_value_keeps_the_comments(own_home: Home) -> None:
    own_home.settings.write_text("# mine\n[run]\nconcurrency = 2 # two\n")
    Settings(own_home.settings).set("run.attempts", "5")
    text = own_home.settings.read_text()
    assert "# mine" in text and "# two" in text and "attempts = 5" in text


def test_an_unknown_setting_names_the_nearest(own_home: Home) -> None:
    with pytest.raises(UsageError) as caught:
        Settings(own_home.settings).set("run.concurency", 1)
    assert "run.concurrency" in caught.value.hint


def test_a_transaction_that_is_taken_back_leaves_the_chain_whole(own_home: Home) -> None:
    database = Database(own_home.database)
    journal = Journal(database, FakeClock())
    journal.append("run_started", "r", {})
    with pytest.raises(ZeroDivisionError), database.transaction():
        journal.append("run_finished", "r", {})
        raise ZeroDivisionError
    journal.append("run_finished", "r", {})
    assert journal.verify() is None and journal.last_seq == 2
    database.close()
