"""``stop`` ends a core that does not answer any more, and the next one goes on from the journal."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.service.lock import read_endpoint
from tests.helpers.processes import ROOT, CoreProcess

STOP = "import argparse, sys\nfrom app.commands import core\ncore.STOP_SECONDS, core.STOP_ASKED_SECONDS = 0.5, 3.0\nsys.exit(core.stop(argparse.Namespace(json=False)))"


@pytest.mark.skipif(sys.platform == "win32", reason="no process can be held up there so")
def test_a_core_that_hangs_is_ended(tmp_path: Path) -> None:
    core = CoreProcess(tmp_path / "home")
    core.start()
    assert core.process is not None and core.process.stderr is not None
    core.process.send_signal(signal.SIGSTOP)
    stopped = subprocess.run([sys.executable, "-c", STOP], cwd=ROOT, env=core.environment, capture_output=True, text=True, timeout=90, check=False)
    assert (stopped.returncode, "hung" in stopped.stdout) == (0, True), stopped
    assert core.process.wait(10) == -signal.SIGKILL and read_endpoint(core.home.endpoint) is None
    core.process.stderr.close()
    with core:
        assert core.client.call("GET", "/api/status")["running"] == []
