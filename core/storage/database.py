"""Opening the database: WAL, numbered migrations, a copy before each, clear words when the file cannot be used.

All calls happen in the core's loop thread. SQLite's own time for one row here is some hundredths of a millisecond,
less than handing the work to another thread would cost.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from core.errors import StorageError
from core.private_files import create_private
from core.storage.json_text import clean_text
from core.storage.migrations import MIGRATIONS

LEAST_FREE = 1_000_000  # bytes of a disk below which a write that failed is said to have failed for want of room
CHECKED_AT_OPEN = 100_000_000  # bytes of a file that is looked through whenever it is opened


class Database:
    """One connection to the SQLite file. ``synchronous`` is ``NORMAL`` or ``FULL`` (see docs/decisions/0003)."""

    def __init__(self, path: Path, backups: Path | None = None, synchronous: str = "NORMAL") -> None:
        self.path = path
        self._backups = backups
        self._depth, self._full = 0, synchronous == "FULL"
        self.after_rollback: list[Callable[[], None]] = []
        try:
            create_private(path)
            self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
            self.connection.row_factory = sqlite3.Row
            self._configure(synchronous)
            self._migrate()
        except sqlite3.Error as error:
            raise _readable(error, path) from error
        except OSError as error:
            raise _readable(sqlite3.OperationalError("full" if error.errno == 28 else "unable to open"), path) from error

    def _configure(self, synchronous: str) -> None:
        for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON", "busy_timeout=5000", "temp_store=MEMORY", "secure_delete=ON"):
            self.connection.execute(f"PRAGMA {pragma}")
        if self.path.stat().st_size > CHECKED_AT_OPEN:
            return  # the doctor looks through large ones; the start does not wait for it
        verdict = self.connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise sqlite3.DatabaseError(str(verdict))

    def _migrate(self) -> None:
        version = self.connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise StorageError(
                f"{self.path} was written by a newer Deskhand (schema {version}, this one knows {len(MIGRATIONS)}).",
                code="database_too_new",
                hint="Update Deskhand, or set DESKHAND_HOME to another folder.",
            )
        for number, (name, script) in enumerate(MIGRATIONS[version:], start=version + 1):
            self._keep_copy(version)
            self.connection.executescript(
                f"BEGIN; CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY); {script} INSERT INTO migration VALUES ('{name}'); PRAGMA user_version = {number}; COMMIT;"
            )

    def _keep_copy(self, version: int) -> None:
        if version and self._backups:
            with contextlib.closing(sqlite3.connect(self._backups / f"schema-{version}.sqlite")) as copy:
                self.connection.backup(copy)

    def execute(self, sql: str, values: tuple | dict = ()) -> sqlite3.Cursor:
        """Run one statement; third-party errors become :class:`StorageError`."""
        try:
            try:
                return self.connection.execute(sql, values)
            except UnicodeEncodeError:  # half a surrogate pair, of a request or a file's name: nothing was written yet
                return self.connection.execute(sql, _whole(values))
        except sqlite3.Error as error:
            raise _readable(error, self.path) from error

    def rows(self, sql: str, values: tuple | dict = ()) -> list[sqlite3.Row]:
        """All rows of a question; text that is no UTF-8, as damage leaves it, comes with its odd bytes as surrogates."""
        try:
            return self.execute(sql, values).fetchall()
        except sqlite3.OperationalError as error:
            if "decode" not in str(error):
                raise _readable(error, self.path) from error
        self.connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        try:
            return self.execute(sql, values).fetchall()
        finally:
            self.connection.text_factory = str

    @contextlib.contextmanager
    def relaxed(self) -> Iterator[None]:
        """What is written inside survives a kill at once, a power cut from the next other commit on: that one syncs the whole log. Within a transaction nothing changes."""
        if self._depth or not self._full:
            yield
            return
        self.execute("PRAGMA synchronous=NORMAL")
        try:
            yield
        finally:
            self.execute("PRAGMA synchronous=FULL")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; may be nested (the outermost one commits)."""
        if self._depth == 0:
            self.execute("BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield
            if self._depth == 1:
                self.execute("COMMIT")
        except BaseException:
            if self._depth == 1:
                self._rollback()
            raise
        finally:
            self._depth -= 1

    def _rollback(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self.connection.rollback()
        for callback in self.after_rollback:
            callback()

    def close(self) -> None:
        """Fold the write-ahead log into the file and close it."""
        with contextlib.suppress(sqlite3.Error):
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.connection.close()


def _is_full(folder: Path) -> bool:
    """Whether there is no room to write a page in a folder: SQLite says of its log only that reading or writing failed."""
    try:
        return shutil.disk_usage(folder).free < LEAST_FREE
    except OSError:
        return False


def _whole(values: tuple | dict) -> tuple | dict:
    """The values with text that the file can hold."""
    if isinstance(values, dict):
        return {name: clean_text(value) if isinstance(value, str) else value for name, value in values.items()}
    return tuple(clean_text(value) if isinstance(value, str) else value for value in values)


def _readable(error: sqlite3.Error, path: Path) -> StorageError:
    text = str(error)
    if "full" in text or (("disk I/O" in text or "unable to open" in text) and _is_full(path.parent)):
        return StorageError("The disk is full: nothing could be written.", code="disk_full", hint="Free some space and try again; nothing that was saved is lost.", retryable=True)
    if "readonly" in text or "unable to open" in text:
        return StorageError(f"{path} cannot be written.", code="home_not_writable", hint="Check the folder's permissions, or set DESKHAND_HOME to a folder you may write.")
    if "locked" in text:
        return StorageError("Another program holds the database.", code="database_locked", hint="Close it and try again.", retryable=True)
    if isinstance(error, sqlite3.DatabaseError) and ("malformed" in text or "not a database" in text or "corrupt" in text or not isinstance(error, sqlite3.OperationalError)):
        return StorageError(
            f"{path} is damaged ({text}).",
            code="database_corrupt",
            hint="The file was left as it is. `deskhand doctor --repair` sets it aside and starts from the newest backup.",
        )
    return StorageError(f"The database failed: {text}.", retryable=True)
