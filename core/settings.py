"""Settings: declared once, kept in ``settings.toml`` for people to edit, checked on reading.

The declaration below is the schema, the documentation and the source of ``deskhand config list`` and the Settings page.
A file that cannot be read is left as it is and reported; the defaults are used meanwhile.
"""

from __future__ import annotations

import errno
import os
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import DeskhandError, StorageError, UsageError


@dataclass(frozen=True, slots=True)
class Setting:
    """One declared setting. ``kind`` is bool, int, float, str or list; ``low``/``high`` bound numbers."""

    key: str
    kind: type
    default: Any
    label: str
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None

    def check(self, value: Any) -> Any:
        """The value in its type; raises :class:`UsageError` saying what would be right."""
        value = self._converted(value)
        if self.choices and value not in self.choices:
            raise UsageError(f"{self.key} must be one of {', '.join(self.choices)}, not {value!r}.", code="bad_setting")
        if (self.low is not None and value < self.low) or (self.high is not None and value > self.high):
            raise UsageError(f"{self.key} must be between {self.low:g} and {self.high:g}, not {value!r}.", code="bad_setting")
        return value

    def _converted(self, value: Any) -> Any:
        if self.kind is bool and isinstance(value, str) and value.lower() in ("true", "false", "on", "off", "yes", "no"):
            return value.lower() in ("true", "on", "yes")
        if self.kind in (int, float) and isinstance(value, str | int | float) and not isinstance(value, bool):
            try:
                return self.kind(value)
            except ValueError:
                pass
        elif self.kind is list and isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        elif isinstance(value, self.kind) and (self.kind is bool or not isinstance(value, bool)):
            return value
        raise UsageError(f"{self.key} must be {_KINDS[self.kind]}, not {value!r}.", code="bad_setting")


FREE = ("provider", "route", "load", "account")  # tables whose keys are the person's own names
_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text", list: "a list"}

DECLARED: tuple[Setting, ...] = (
    Setting("models.planner", str, "starter", "Model that plans"),
    Setting("models.reviewer", str, "", "Model that reviews plans (empty: the planner)"),
    Setting("models.executor", str, "", "Model that executes and answers (empty: the planner)"),
    Setting("memory.use", bool, True, "Plans and answers may use what is remembered"),
    Setting("schedules.zone", str, "", "Time zone of new schedules, such as Europe/Berlin (empty: this machine's)"),
    Setting("schedules.time_of_day", str, "09:00", "Time of day of schedules where only days are said"),
    Setting("schedules.wake", bool, False, "Wake this machine from sleep when a schedule is due"),
    Setting("devices.name", str, "", "Name of this machine for others (empty: its host name)"),
    Setting("devices.address", str, "", "Address under which other machines reach this one (empty: all of its addresses)"),
    Setting("devices.broker", str, "", "Servers of a broker that is run elsewhere: HOST:PORT, with commas between (empty: one of our own; from the next start)"),
    Setting("devices.broker_certificate", str, "", "The certificate of that broker (a PEM file)"),
    Setting("devices.broker_apply", str, "", "Program that is given the file of users whenever it changes, to bring it into force there"),
    Setting("devices.broker_mqtt_port", int, 0, "Port for hardware of that broker (0: none)", low=0, high=65535),
    Setting("devices.nearby", bool, True, "Let other machines on this network find this one, and find it (multicast DNS)"),
    Setting("devices.port", int, 4733, "Port for other machines", low=1, high=65535),
    Setting("devices.at_once", int, 4, "Tasks of a hub that this machine does side by side", low=1, high=64),
    Setting("devices.most_gb", float, 20.0, "Gigabytes that one file from another machine may have", low=0.001, high=10_000),
    Setting("models.context", int, 8192, "Tokens of context that local models are loaded with, where they fit", low=512, high=1_048_576),
    Setting("models.keep_s", float, 900.0, "Seconds after which an unused local model is let go of", low=10, high=86_400),
    Setting("models.pinned", list, [], "Local models that stay loaded"),
    Setting("models.hub", str, "", "Address of a mirror of the model hub (empty: the hub itself)"),
    Setting("models.offer", str, "offer", "The bigger model that suits this machine", choices=("offer", "fetch", "no")),
    Setting("models.wanted", str, "", "Model that is fetched in its place, as `deskhand model pull` takes it (empty: the best for this machine)"),
    Setting("models.embedder", str, "", "Model for embeddings (empty: the first local model)"),
    Setting("discussion.threshold", float, 0.8, "Score from which a plan is good enough", low=0.0, high=1.0),
    Setting("discussion.rounds", int, 5, "Rounds of planner and reviewer at most", low=1, high=10),
    Setting("switch.planner_executes_up_to", int, 4, "Tool calls up to which the planner executes itself, without a switch", low=0, high=100),
    Setting("run.concurrency", int, 4, "Steps side by side", low=1, high=32),
    Setting("run.step_budget", int, 40, "Steps a run may take before it must show progress", low=1, high=1000),
    Setting("run.show_plan", str, "doubtful", "Plans shown before they run, to be changed or agreed to", choices=("doubtful", "irreversible", "changes", "always")),
    Setting("run.timeout_s", float, 1800.0, "Seconds after which a run is stopped", low=1, high=86_400),
    Setting("run.attempts", int, 3, "Attempts for a step that may be retried", low=1, high=10),
    Setting("limits.run_tokens", int, 0, "Tokens that one run may use (0: no cap)", low=0),
    Setting("limits.run_usd", float, 0.0, "US dollars that one run may cost (0: no cap)", low=0),
    Setting("limits.day_tokens", int, 0, "Tokens that all runs of a day may use (0: no cap)", low=0),
    Setting("limits.day_usd", float, 0.0, "US dollars that all runs of a day may cost (0: no cap)", low=0),
    Setting("limits.at_cap", str, "ask", "At a cap", choices=("ask", "stop")),
    Setting("privacy.local_only", bool, False, "Nothing leaves this machine"),
    Setting("privacy.allowed_hosts", list, [], "Hosts that tools may reach without asking"),
    Setting("permission.reads", str, "allow", "Reading", choices=("allow", "ask", "deny")),
    Setting("permission.reversible_inside", str, "allow", "Changes that can be undone, inside the workspace", choices=("allow", "ask", "deny")),
    Setting("workspace.default", str, "", "Folder the desktop works in (empty: Documents/Deskhand)"),
    Setting("workspace.trusted", list, [], "Folders that you trust: their AGENTS.md speaks for you"),
    Setting("storage.keep_days", int, 90, "Days for which copies of changed files and deleted things are kept for undo (0: for ever)", low=0, high=36_500),
    Setting("storage.journal_days", int, 730, "Days after which the journal keeps of a run only what was asked and what came of it (0: all, for ever)", low=0, high=36_500),
    Setting("storage.synchronous", str, "FULL", "SQLite synchronous mode", choices=("NORMAL", "FULL")),
    Setting("desktop.theme", str, "system", "Theme", choices=("system", "light", "dark")),
    Setting("desktop.language", str, "system", "Language (from the next start on)", choices=("system", "en", "de")),
    Setting("desktop.quick_key", str, "Ctrl+Alt+Space", "Key for a quick request while another program is in front (empty: none)"),
    Setting("desktop.first_run_done", bool, False, "The first-run page was answered"),
)
_BY_KEY = {setting.key: setting for setting in DECLARED}


class Settings:
    """The settings in force: defaults, then the file, checked. Loop thread only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values: dict[str, Any] = {}
        self.extra: dict[str, Any] = {}
        self.problems: list[DeskhandError] = []
        self.reload()

    def reload(self) -> None:
        """Read the file again; what is wrong in it is collected in ``problems``, all at once."""
        self._values, self.extra, self.problems = {}, {}, []
        try:
            document = tomllib.loads(self._path.read_text(encoding="utf-8")) if self._path.exists() else {}
        except (OSError, ValueError) as error:
            self.problems.append(UsageError(f"{self._path} cannot be read: {error}.", code="settings_unreadable", hint="The defaults are used; mend the file or delete it."))
            return
        self.extra = {key: value for key, value in document.items() if key in FREE}
        for key, value in _flat(document):
            if key.partition(".")[0] in FREE:
                continue
            try:
                self._values[key] = setting_of(key).check(value)
            except UsageError as error:
                self.problems.append(error)

    def __getitem__(self, key: str) -> Any:
        return self._values.get(key, setting_of(key).default)

    def all(self) -> dict[str, Any]:
        """Every declared key with the value in force."""
        return {setting.key: self[setting.key] for setting in DECLARED}

    def set(self, key: str, value: Any) -> Any:
        """Check and keep one value, comments in the file included; returns it as stored."""
        value = setting_of(key).check(value)
        document = self._document()
        table, _, name = key.partition(".")
        document.setdefault(table, _table())[name] = value
        self._write(document)
        self._values[key] = value
        return value

    def set_provider(self, name: str, values: dict[str, Any] | None) -> None:
        """Add, replace or (with None) remove one ``[provider.NAME]`` table. Keys never stand here, they are in the keyring."""
        self._set_free("provider", name, values)

    def set_load(self, model_id: str, values: dict[str, Any] | None) -> None:
        """How one model is to be loaded (``[load."ID"]``: ``context``, ``cache``, ``offload``); None: as it fits best."""
        self._set_free("load", model_id, values)

    def set_account(self, name: str, values: dict[str, Any] | None) -> None:
        """The ``[account.NAME]`` table of a tool that needs one (``mail``, ``search``). Secrets stand in the keyring."""
        self._set_free("account", name, values)

    def _set_free(self, table: str, name: str, values: dict[str, Any] | None) -> None:
        document = self._document()
        rows = document.setdefault(table, _table())
        if values is None:
            rows.pop(name, None)
        else:
            rows[name] = values
        self._write(document)
        self.extra[table] = {key: dict(value) for key, value in rows.items()}

    def _document(self) -> Any:
        import tomlkit

        if self.problems and any(problem.code == "settings_unreadable" for problem in self.problems):
            raise UsageError(f"{self._path} cannot be read, so it is not changed.", code="settings_unreadable", hint="Mend the file or delete it.")
        return tomlkit.parse(self._path.read_text(encoding="utf-8")) if self._path.exists() else tomlkit.document()

    def _write(self, document: Any) -> None:
        import tomlkit

        write_atomically(self._path, tomlkit.dumps(document).encode())


def setting_of(key: str) -> Setting:
    """The declaration of ``key``; raises :class:`UsageError` with the nearest names when there is none."""
    if key in _BY_KEY:
        return _BY_KEY[key]
    import difflib

    near = difflib.get_close_matches(key, _BY_KEY, 3)
    raise UsageError(f"There is no setting {key!r}.", code="unknown_setting", hint=f"Did you mean {', '.join(near)}?" if near else "See `deskhand config list`.")


def write_atomically(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write beside, flush to disk, replace: the file is the old one or the new one, never half of one."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name + ".")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, mode)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError(
                f"The disk is full: {path} could not be written.", code="disk_full", hint="Free some space and try again; nothing that was saved is lost.", retryable=True
            ) from error
        raise StorageError(f"{path} cannot be written: {error.strerror}.", code="not_writable", hint="Check the free space and the permissions.") from error


def _table() -> Any:
    import tomlkit

    return tomlkit.table()


def _flat(document: dict[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in document.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
