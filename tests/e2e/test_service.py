"""The core as a service: the unit is one that systemd accepts, and what stands in it starts a core."""

from __future__ import annotations

import configparser
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.client.client import running
from core.home import Home
from tests.helpers.processes import ROOT, wait_until

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="systemd")


def told(tmp_path: Path, *words: str, fails: str = "") -> tuple[int, str]:
    """``deskhand service`` with a systemctl that writes down what it is told."""
    bin_ = tmp_path / "bin"
    bin_.mkdir(exist_ok=True)
    (bin_ / "systemctl").write_text(f'#!/bin/sh\necho "$@" >> "{tmp_path}/told"\n[ "$2" = "{fails}" ] && echo "Failed to connect to bus." >&2 && exit 1\nexit 0\n')
    (bin_ / "systemctl").chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{bin_}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "DESKHAND_HOME": str(tmp_path / "my data"),
        "PYTHONPATH": str(ROOT),
        "DESKHAND_PORT": "0",
    }
    environment.pop("XDG_CONFIG_HOME", None)
    done = subprocess.run([sys.executable, "-P", "-m", "app", "service", *words], capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_it_is_installed_and_removed(tmp_path: Path) -> None:
    unit = tmp_path / ".config/systemd/user/deskhand.service"
    assert told(tmp_path, "status")[0] == 1
    code, said = told(tmp_path, "install")
    assert code == 0 and "starts when you sign in" in said and unit.exists()
    assert (tmp_path / "told").read_text().splitlines() == ["--user daemon-reload", "--user enable --now deskhand"]
    assert told(tmp_path, "status") == (0, "Installed, running.\n")
    assert told(tmp_path, "remove")[0] == 0 and not unit.exists()
    assert (tmp_path / "told").read_text().splitlines()[-1] == "--user disable --now deskhand"
    assert "No service is installed" in told(tmp_path, "remove")[1]


def test_a_system_that_refuses_leaves_nothing_behind(tmp_path: Path) -> None:
    code, said = told(tmp_path, "install", fails="daemon-reload")
    assert code == 1 and "service_failed" in said and "Failed to connect to bus" in said
    assert not (tmp_path / ".config/systemd/user/deskhand.service").exists()


def test_what_stands_in_the_unit_starts_a_core(tmp_path: Path) -> None:
    told(tmp_path, "install")
    unit = tmp_path / ".config/systemd/user/deskhand.service"
    if shutil.which("systemd-analyze"):
        checked = subprocess.run(
            ["systemd-analyze", "verify", "--user", str(unit)], capture_output=True, text=True, env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}, timeout=30
        )
        assert "deskhand.service:" not in checked.stderr, checked.stderr
    read = configparser.ConfigParser(interpolation=None, strict=False)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read(unit)
    environment = dict(part.split("=", 1) for part in shlex.split(read["Service"]["Environment"]))
    assert environment["DESKHAND_HOME"] == str(tmp_path / "my data")
    process = subprocess.Popen(shlex.split(read["Service"]["ExecStart"]), env={"HOME": str(tmp_path), "PATH": os.environ["PATH"], "DESKHAND_PORT": "0", **environment}, cwd="/")
    try:
        home = Home(tmp_path / "my data")
        wait_until(lambda: running(home), 30)
        client = running(home)
        assert client is not None and client.call("GET", "/api/status")["pid"] == process.pid
    finally:
        process.terminate()
        process.wait(20)
