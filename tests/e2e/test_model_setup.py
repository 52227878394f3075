"""Set-up as a person meets it: a question in a terminal, a line without one, nothing where none is wanted; killed, it goes on; a second home fetches nothing."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.fake_hub import Hub
from tests.helpers.fetching_process import SECONDS, wait_for
from tests.helpers.gguf_models import Shape, write
from tests.helpers.processes import CoreProcess, as_json
from tests.helpers.terminals import run_in_terminal

WANTED = "some/model:Q4_K_M"
NAME = "qwen2.5-coder-1.5b-instruct-Q4_K_M"
TEMPLATE = "{% for message in messages %}{{ message.content }}{% endfor %}"
SUM, TALK = "What is 17.5% of 240?", "Explain in two sentences why the sky is blue"


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    shape = Shape(layers=2, width=128, inner=256, heads=4, shared=2, context=32768)
    return write(tmp_path_factory.mktemp("gguf") / "made.gguf", shape, TEMPLATE).read_bytes()


@pytest.fixture
def hub(content: bytes) -> Iterator[Hub]:
    with Hub({f"{NAME}.gguf": content}) as running:
        yield running


def make_core(folder: Path, hub: Hub, wanted: str = WANTED) -> CoreProcess:
    core = CoreProcess(folder, HOME=str(folder.parent), DESKHAND_CACHE=str(folder.parent / "cache"), DESKHAND_MODEL=wanted)
    core.home.create()
    core.home.settings.write_text(f'[models]\nhub = "{hub.url}"\n', encoding="utf-8")
    return core


def fetched(core: CoreProcess) -> bool:
    return (Path(core.environment["DESKHAND_CACHE"]) / "models" / f"{NAME}.gguf").is_file()


def test_without_a_terminal_it_is_said_and_fetched_in_the_background(hub: Hub, content: bytes, tmp_path: Path) -> None:
    hub.slow = threading.Event()
    with make_core(tmp_path / "home", hub) as core:
        done = core.run_command("ask", SUM)
        assert done.returncode == 0 and "42" in done.stdout, done.stderr
        first = done.stderr.splitlines()[0]
        assert "fetched in the background" in first and f"{len(content) / 1e3:.0f} kB" in first and "apache-2.0" in first and "DESKHAND_MODEL=none" in first
        again = core.run_command("ask", SUM)
        assert f"Fetching {NAME}" in again.stderr and "in the background" in again.stderr
        assert core.client.call("GET", "/api/models/setup")["state"] == "fetching"
        hub.slow.set()
        wait_for(lambda: core.client.call("GET", "/api/models/setup")["state"] == "ready")
        assert set(as_json(core.run_command("model", "list", "--json").stdout)["roles"].values()) == {NAME}
        assert "background" not in core.run_command("ask", SUM).stderr


def test_a_request_that_needs_it_waits_and_says_so(hub: Hub, tmp_path: Path) -> None:
    hub.slow = threading.Event()
    with make_core(tmp_path / "home", hub) as core:
        command = [sys.executable, "-P", "-m", "app", "ask", TALK]
        with subprocess.Popen(command, env=core.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as asking:
            assert asking.stderr is not None
            said = next(line for line in asking.stderr if "This needs the model that is on its way. Fetching" in line)
            hub.slow.set()
            answer, _ = asking.communicate(timeout=SECONDS)
        assert f"{NAME}" in said and fetched(core) and answer and "built-in starter" not in answer


def test_killed_in_the_middle_it_goes_on_at_the_next_start_and_a_second_home_fetches_nothing(hub: Hub, tmp_path: Path) -> None:
    hub.slow = threading.Event()
    part = tmp_path / "cache" / "models" / ".downloads" / f"{NAME}.gguf.part"
    core = make_core(tmp_path / "home", hub)
    core.start()
    core.run_command("ask", SUM)
    wait_for(lambda: part.is_file() and part.stat().st_size > 100_000)
    core.kill()
    hub.slow.set()
    with core:
        wait_for(lambda: core.client.call("GET", "/api/models/setup")["state"] == "ready")
    assert fetched(core) and len(hub.ranges) == 1 and int(hub.ranges[0].removeprefix("bytes=").rstrip("-")) > 100_000
    asked = len(hub.tokens)
    with make_core(tmp_path / "other", hub, "") as second:
        done = second.run_command("ask", SUM)
        assert done.returncode == 0 and "background" not in done.stderr, done.stderr
        assert set(as_json(second.run_command("model", "list", "--json").stdout)["roles"].values()) == {NAME}
    assert len(hub.tokens) == asked


def test_in_a_terminal_it_is_asked_and_enter_means_yes(hub: Hub, tmp_path: Path) -> None:
    with make_core(tmp_path / "home", hub) as core:
        code, shown = run_in_terminal(core, ["ask", SUM], [("[Y/n]", "\n")], tmp_path)
        assert code == 0 and "42" in shown and "licence apache-2.0, from the model hub" in shown
        wait_for(lambda: core.client.call("GET", "/api/models/setup")["state"] == "ready")


def test_no_is_asked_once(hub: Hub, tmp_path: Path) -> None:
    with make_core(tmp_path / "home", hub) as core:
        code, shown = run_in_terminal(core, ["ask", SUM], [("[Y/n]", "n\n")], tmp_path)
        assert code == 0 and "42" in shown and f"deskhand model pull {WANTED}" in shown
        code, shown = run_in_terminal(core, ["ask", TALK], [], tmp_path)
        assert "[Y/n]" not in shown and "bigger model" in shown and f"deskhand model pull {WANTED}" in shown
        assert not fetched(core) and hub.tokens == []


def test_nothing_is_fetched_where_none_is_wanted_or_nothing_may_leave(hub: Hub, tmp_path: Path) -> None:
    with make_core(tmp_path / "none", hub, "none") as core:
        assert "background" not in core.run_command("ask", TALK).stderr
    with make_core(tmp_path / "home", hub) as core:
        told = core.run_command("ask", TALK, "--local-only")
        assert "--local-only" in told.stderr and "bigger model" in told.stdout
        core.run_command("config", "set", "privacy.local_only", "true")
        told = core.run_command("ask", TALK)
        assert "privacy.local_only false" in told.stderr and "bigger model" in told.stdout
    assert hub.tokens == [] and not fetched(core)
