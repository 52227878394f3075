"""Commands whose standard output is closed or full end with one sentence and exit code 1."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no /dev/full")
@pytest.mark.parametrize("redirection", [">&-", "> /dev/full"])
@pytest.mark.parametrize("command", ["config list", "config list --json"])
def test_an_output_that_cannot_be_written_is_one_sentence(command: str, redirection: str, tmp_path: Path) -> None:
    environment = os.environ | {"DESKHAND_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(f"{sys.executable} -m app {command} {redirection}", shell=True, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    subprocess.run([sys.executable, "-m", "app", "stop"], cwd=ROOT, env=environment, capture_output=True, timeout=60, check=False)  # the core that it started
    assert done.returncode == 1
    assert done.stderr.startswith("deskhand: output: Standard output ") and done.stderr.count("\n") == 1, "no traceback"
