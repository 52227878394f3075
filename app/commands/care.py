"""``doctor``, ``config`` and ``backup``."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import sqlite3
import sys
import zipfile
from pathlib import Path

from app.client import connect
from app.client.client import running
from app.commands.output import print_json, tell, tell_table
from core.errors import DeskhandError, UsageError
from core.home import Home


def doctor(arguments: argparse.Namespace) -> int:
    """Exit code 1 when something is not well."""
    if arguments.repair:
        _repair(Home.default())
    try:
        found = connect().call("GET", "/api/doctor")
    except DeskhandError as error:
        found = {"ok": False, "checks": [{"name": "core", "ok": False, "text": error.message, "hint": error.hint}], "machine": {}, "version": ""}
    if arguments.json:
        print_json(found)
    else:
        for check in found["checks"]:
            print(f"{'✓' if check['ok'] else '✗'} {check['name']}: {check['text']}" + (f"\n    {check['hint']}" if check["hint"] else ""))
    return 0 if found["ok"] else 1


def _repair(home: Home) -> None:
    """Set a damaged database aside (never delete it) and go back to the newest backup that is whole, else start empty."""
    if running(home):
        raise UsageError("The core is running, so its database is in use.", code="core_running", hint="Stop it first: deskhand stop")
    if not home.database.exists() or _is_whole(home.database):
        print("The database is whole; nothing was changed.")
        return
    _set_aside(home, "corrupt")
    for copy in sorted(home.backups.glob("*.zip"), key=lambda path: path.stat().st_mtime, reverse=True):
        with contextlib.suppress(DeskhandError, OSError, KeyError):
            _verified(copy)
            _unpack(copy, home)
            print(f"The damaged database was set aside; {copy.name} is in force.")
            return
    print("The damaged database was set aside; an empty one is in force.")


def _set_aside(home: Home, why: str) -> None:
    """Rename the database with its write-ahead log: a log left behind would be played into the database that takes its place."""
    stamp = _now()
    for name in (home.database, home.database.with_name(home.database.name + "-wal"), home.database.with_name(home.database.name + "-shm")):
        if name.exists():
            name.rename(name.with_name(f"{name.name}.{why}-{stamp}"))


def _now() -> str:
    return f"{datetime.datetime.now():%Y%m%d-%H%M%S}"


def _is_whole(path: Path) -> bool:
    try:
        with contextlib.closing(sqlite3.connect(path)) as database:
            return bool(database.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok")
    except sqlite3.Error:
        return False


def config_list(arguments: argparse.Namespace) -> int:
    rows = connect().call("GET", "/api/settings")
    return tell_table(arguments, rows, ((row["key"], row["value"] if row["value"] not in ("", []) else "—", row["label"]) for row in rows), "")


def config_get(arguments: argparse.Namespace) -> int:
    row = connect().call("GET", f"/api/settings/{arguments.key}")
    return tell(arguments, row, row["value"])


def config_set(arguments: argparse.Namespace) -> int:
    row = connect().call("PUT", f"/api/settings/{arguments.key}", {"value": arguments.value})
    return tell(arguments, row, f"{row['key']} = {row['value']}")


def backup_create(arguments: argparse.Namespace) -> int:
    """Database (by SQLite's own online copy), settings and notes in one zip. The core may run meanwhile."""
    home = Home.default()
    home.create()
    target = Path(arguments.file).expanduser().absolute() if arguments.file else home.backups / f"backup-{_now()}.zip"
    scratch = home.backups / ".database.part"
    try:
        with contextlib.closing(sqlite3.connect(home.database)) as source, contextlib.closing(sqlite3.connect(scratch)) as copy:
            source.backup(copy)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.write(scratch, "deskhand.sqlite")
            for path in (home.settings, *sorted(home.notes.glob("*.md"))):
                if path.exists():
                    packed.write(path, str(path.relative_to(home.root)))
    except (OSError, sqlite3.Error) as error:
        raise DeskhandError(f"The backup cannot be made: {error}.", code="backup_failed", hint="Check the free space and the folder.") from error
    finally:
        scratch.unlink(missing_ok=True)
    return tell(arguments, {"file": str(target)}, f"Wrote {target}.")


def backup_verify(arguments: argparse.Namespace) -> int:
    count = _verified(Path(arguments.file).expanduser())
    return tell(arguments, {"file": arguments.file, "ok": True, "files": count}, f"{arguments.file} is whole ({count} files).")


def _verified(path: Path) -> int:
    try:
        with zipfile.ZipFile(path) as packed:
            if packed.testzip() is not None or "deskhand.sqlite" not in packed.namelist():
                raise UsageError(f"{path} is damaged or no backup of Deskhand.", code="bad_backup")
            return len(packed.namelist())
    except (OSError, zipfile.BadZipFile) as error:
        raise UsageError(f"{path} is damaged or no backup of Deskhand.", code="bad_backup") from error


def backup_restore(arguments: argparse.Namespace) -> int:
    """What is in force now is kept beside, with the time in its name."""
    home, path = Home.default(), Path(arguments.file).expanduser()
    _verified(path)
    if running(home):
        raise UsageError("The core is running.", code="core_running", hint="Stop it first: deskhand stop")
    home.create()
    _set_aside(home, "before")
    _unpack(path, home)
    return tell(arguments, {"restored": str(path)}, f"Restored {path}.")


def _unpack(path: Path, home: Home) -> None:
    """Only of an archive that was verified."""
    with zipfile.ZipFile(path) as packed:
        for name in packed.namelist():
            if (home.root / name).resolve().is_relative_to(home.root.resolve()):
                packed.extract(name, home.root)
    if not _is_whole(home.database):
        raise UsageError(f"The database in {path} is damaged.", code="bad_backup")


def account_list(arguments: argparse.Namespace) -> int:
    rows = connect().call("GET", "/api/accounts")
    shown = ((row["name"], ", ".join(f"{key} {value}" for key, value in row["values"].items()) or "not set up", "with a secret" if row["secret"] else "") for row in rows)
    return tell_table(arguments, rows, shown, "There are none.")


def account_set(arguments: argparse.Namespace) -> int:
    values = {key: getattr(arguments, key) for key in ("url", "imap", "smtp", "user", "address") if getattr(arguments, key) is not None}
    secret = sys.stdin.readline().rstrip("\r\n") if arguments.key_stdin else None
    if not values and secret is None:
        raise UsageError("There is nothing to set.", hint="For example: deskhand account set search --url https://search.example.org")
    rows = connect().call("PUT", f"/api/accounts/{arguments.name}", {"values": values, "secret": secret})
    return tell(arguments, rows, f"Set up {arguments.name}.")


def account_remove(arguments: argparse.Namespace) -> int:
    connect().call("DELETE", f"/api/accounts/{arguments.name}")
    return tell(arguments, {"removed": arguments.name}, f"Forgot {arguments.name}.")
