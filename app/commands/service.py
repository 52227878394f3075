"""``service``: the core as a service of the person's own account, so that schedules, devices and hardware are looked after from signing in on, and after a crash.

systemd user units: systemd.service(5). launchd agents: launchd.plist(5). Windows: a task at sign-in (schtasks).
"""

from __future__ import annotations

import argparse
import os
import plistlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.client.client import ROOT, running
from app.commands.core import stop as stop_core
from app.commands.output import tell
from core.errors import DeskhandError
from core.home import Home

NAME = "deskhand"
LABEL = "app.deskhand.core"
WORDS = [sys.executable, "-P", "-m", "app.service"]


@dataclass(frozen=True, slots=True)
class Manager:
    """What looks after services on one system: where its file lies, what stands in it, and the commands that start, end and ask."""

    file: Path
    text: str
    install: Sequence[Sequence[str]]
    remove: Sequence[Sequence[str]]
    state: Sequence[str]


def manager(home: Home) -> Manager:
    """The one of this system."""
    if sys.platform == "darwin":
        return _launchd(home)
    return _tasks(home) if sys.platform == "win32" else _systemd(home)


def _quoted(text: str) -> str:
    """As systemd reads it: quotes and backslashes escaped, and no specifiers."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%") + '"'


def _systemd(home: Home) -> Manager:
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"
    text = f"""[Unit]
Description=Deskhand, the personal assistant
StartLimitIntervalSec=60
StartLimitBurst=5

[Service]
Type=exec
ExecStart={" ".join(_quoted(word).replace("$", "$$") for word in WORDS)}
Environment={_quoted(f"PYTHONPATH={ROOT}")} {_quoted(f"DESKHAND_HOME={home.root}")}
Restart=on-failure
RestartSec=2
TimeoutStopSec=30
# the broker of other machines outlives a core that crashes, and the next core takes it over
KillMode=process

[Install]
WantedBy=default.target
"""
    control = ["systemctl", "--user"]
    return Manager(
        folder / f"{NAME}.service",
        text,
        ([*control, "daemon-reload"], [*control, "enable", "--now", NAME]),
        ([*control, "disable", "--now", NAME],),
        [*control, "is-active", NAME],
    )


def _launchd(home: Home) -> Manager:
    file = Path.home() / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    domain = f"gui/{os.getuid()}" if hasattr(os, "getuid") else "gui"
    text = plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": WORDS,
            "EnvironmentVariables": {"PYTHONPATH": str(ROOT), "DESKHAND_HOME": str(home.root)},
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "ProcessType": "Background",
            "AbandonProcessGroup": True,
        }
    ).decode()
    return Manager(file, text, (["launchctl", "bootstrap", domain, str(file)],), (["launchctl", "bootout", f"{domain}/{LABEL}"],), ["launchctl", "print", f"{domain}/{LABEL}"])


def _tasks(home: Home) -> Manager:
    file = home.root / "service.cmd"
    program = Path(sys.executable).with_name("pythonw.exe")
    text = f'@echo off\r\nset "PYTHONPATH={ROOT}"\r\nset "DESKHAND_HOME={home.root}"\r\nstart "" "{program}" -P -m app.service\r\n'
    made = ["schtasks", "/Create", "/F", "/TN", NAME, "/SC", "ONLOGON", "/RL", "LIMITED", "/TR", f'"{file}"']
    return Manager(file, text, (made, ["schtasks", "/Run", "/TN", NAME]), (["schtasks", "/Delete", "/F", "/TN", NAME],), ["schtasks", "/Query", "/TN", NAME])


def show(arguments: argparse.Namespace) -> int:
    """Print what would be installed, and where."""
    known = manager(Home.default())
    return tell(arguments, {"file": str(known.file), "text": known.text}, f"# {known.file}\n{known.text}")


def install(arguments: argparse.Namespace) -> int:
    """Write the file, hand it to the system and start the core as its service. A core that runs already is ended first; what it does goes on in the next."""
    home = Home.default()
    known = manager(home)
    _there(known)
    home.create()
    known.file.parent.mkdir(parents=True, exist_ok=True)
    known.file.write_text(known.text, encoding="utf-8")
    try:
        *before, start = known.install
        for words in before:
            _told(words)
        if running(home):  # only now: a system that takes no service has cost nobody their core
            stop_core(argparse.Namespace(json=True))
        _told(start)
    except DeskhandError:
        known.file.unlink(missing_ok=True)
        raise
    note = "\nTo keep it running while nobody is signed in: loginctl enable-linger" if sys.platform.startswith("linux") else ""
    return tell(arguments, {"installed": True, "file": str(known.file)}, f"Installed as a service ({known.file}); it starts when you sign in, and again after a crash.{note}")


def remove(arguments: argparse.Namespace) -> int:
    """End the service and forget it. Data stay."""
    known = manager(Home.default())
    if not known.file.exists():
        return tell(arguments, {"removed": False}, "No service is installed.")
    _there(known)
    for words in known.remove:
        _told(words)
    known.file.unlink(missing_ok=True)
    return tell(arguments, {"removed": True}, "Removed. Nothing of your data was touched.")


def state(arguments: argparse.Namespace) -> int:
    """Whether it is installed and runs; exit code 1 when not."""
    known = manager(Home.default())
    installed = known.file.exists()
    active = installed and shutil.which(known.state[0]) is not None and subprocess.run(known.state, capture_output=True).returncode == 0
    tell(arguments, {"installed": installed, "active": active, "file": str(known.file)}, f"{'Installed' if installed else 'Not installed'}{', running' if active else ''}.")
    return 0 if active else 1


def _there(known: Manager) -> None:
    program = known.state[0]
    if shutil.which(program) is None:
        raise DeskhandError(
            f"There is no {program} on this machine, which would look after the service.",
            code="no_service_manager",
            hint="`deskhand service show` prints what to run by other means; `deskhand serve` is the core itself.",
        )


def _told(words: Sequence[str]) -> None:
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise DeskhandError(
            f"The system did not take the service: {said[-1][:200].rstrip('.') if said else 'no reason was given'}.",
            code="service_failed",
            hint=f"`{' '.join(words)}` is what failed.",
        )
