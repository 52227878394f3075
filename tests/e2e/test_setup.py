"""Set-up that is killed again and again ends well the next time, and costs nothing once it has ended. A small checkout: the real installer, one small package, a llama.cpp wheel that is there already."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "idna"
MARKS = ("Setting up", "Making the environment …", "Making the environment: done", "Installing packages …")


def entry(lock: str, name: str) -> str:
    """One package of a lock with its hashes."""
    found = re.search(rf"^{name}==[^\n]+(?:\n    --hash[^\n]+)+", (ROOT / lock).read_text(), re.M)
    assert found, name
    return found[0] + "\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    shutil.copytree(ROOT / "installer", folder / "installer", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "deskhand", folder / "deskhand")
    for name in ("requirements-build.lock", "requirements-llama.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "requirements.lock").write_text(entry("requirements.lock", PACKAGE))
    (folder / "app").mkdir()
    main = f"import sys\nif sys.flags.no_site:\n    import site\n    site.main()\nimport llama_cpp, {PACKAGE}\nprint('started', *sys.argv[1:])\n"  # begun without site, as the product is
    (folder / "app/__main__.py").write_text(main)
    return folder


def environment(checkout: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DESKHAND", "VIRTUAL_ENV"))}
    return kept | {"DESKHAND_CACHE": str(checkout / "cache"), "DESKHAND_PYTHON": str(getattr(sys, "_base_executable", sys.executable)), "PYTHONDONTWRITEBYTECODE": "1"} | more


def a_wheel(checkout: Path, files: dict[str, str] | None = None, **more: str) -> None:
    """What building llama.cpp for the card that ``more`` shows, or for the processor, would leave: here a module that is empty."""
    python = environment(checkout)["DESKHAND_PYTHON"]
    words = [python, "-c", "import bootstrap; print(bootstrap._wheels(bootstrap.cards.build_for()[1]))"]
    where = subprocess.run(words, cwd=checkout / "installer", env=environment(checkout, **more), capture_output=True, text=True, check=True)
    folder = Path(where.stdout.strip())
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "llama_cpp_python-0.0.1-py3-none-any.whl", "w") as wheel:
        for name, text in (files or {"llama_cpp/__init__.py": ""}).items():
            wheel.writestr(name, text)
        wheel.writestr("llama_cpp_python-0.0.1.dist-info/METADATA", "Metadata-Version: 2.1\nName: llama-cpp-python\nVersion: 0.0.1\n")
        wheel.writestr("llama_cpp_python-0.0.1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("llama_cpp_python-0.0.1.dist-info/RECORD", "")


def killed_at(checkout: Path, mark: str) -> bool:
    """Start it and kill it with everything that it started as soon as it says this; whether it came to that."""
    process = subprocess.Popen(
        ["./deskhand", "hello"], cwd=checkout, env=environment(checkout), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    assert process.stdout is not None
    said = False
    with process.stdout as lines:
        for line in lines:
            if mark in line:
                said = True
                os.killpg(process.pid, signal.SIGKILL)
                break
    process.wait(30)
    return said


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="process groups")
def test_killed_at_every_stage_it_goes_on_and_a_second_start_costs_nothing(checkout: Path) -> None:
    a_wheel(checkout)
    reached = [killed_at(checkout, mark) for mark in MARKS]
    assert reached[0] and sum(reached) >= 3, reached
    done = subprocess.run(["./deskhand", "hello"], cwd=checkout, env=environment(checkout), capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0 and done.stdout.splitlines()[-1] == "started hello", done.stdout + done.stderr
    again = subprocess.run(
        ["./deskhand", "again"], cwd=checkout, env=environment(checkout, PIP_NO_INDEX="1", UV_OFFLINE="1"), capture_output=True, text=True, timeout=20, check=False
    )
    assert again.returncode == 0 and again.stdout == "started again\n" and again.stderr == ""
    assert list((checkout / "app").rglob("*.pyc"))  # though no start may write them here


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="process groups")
def test_a_package_that_is_not_what_the_lock_says_is_refused_in_words(checkout: Path) -> None:
    a_wheel(checkout)
    (checkout / "requirements.lock").write_text(re.sub(r"sha256:[0-9a-f]{64}", "sha256:" + "0" * 64, entry("requirements.lock", PACKAGE)))
    done = subprocess.run(["./deskhand", "hello"], cwd=checkout, env=environment(checkout), capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 1 and "setup_failed" in done.stderr and "started" not in done.stdout


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="shell scripts stand for the card's programs")
def test_a_build_for_a_card_that_does_not_load_is_said_and_the_processors_is_taken(checkout: Path) -> None:
    for name in ("nvidia-smi", "nvcc"):
        program = checkout / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text("#!/bin/sh\necho 8.6\n")
        program.chmod(0o755)
    a_wheel(checkout, DESKHAND_GPU="off")
    card = {"PATH": f"{checkout / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    a_wheel(checkout, {"llama_cpp/__init__.py": "", "llama_cpp/lib/libllama.so": "no library"}, **card)

    def start(**more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["./deskhand", "hello"], cwd=checkout, env=environment(checkout, **card, **more), capture_output=True, text=True, timeout=110, check=False)

    done = start()
    assert done.returncode == 0 and done.stdout == "started hello\n" and "models run on the processor" in done.stderr and "DESKHAND_GPU=cuda" in done.stderr
    assert not list((checkout / ".venv").rglob("libllama.so")) and start().stderr == ""
    assert start(DESKHAND_GPU="off").stderr == "" and "models run on the processor" in start(DESKHAND_GPU="cuda").stderr
