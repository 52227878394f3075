"""Set-up from nothing to a working Deskhand: a private environment from hashed lock files, llama.cpp built once.

Standard library only; works on Linux, macOS and Windows with Python 3.11 or newer. Every stage leaves a stamp with the hash of
what it was made from, so that an interrupted set-up goes on where it stopped and a finished one costs nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes.util
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT))  # started as a file, before anything is installed

from installer import cards  # noqa: E402

VENV = ROOT / ".venv"
CACHE = Path(os.environ.get("DESKHAND_CACHE") or ROOT / ".cache")
LEFT_OUT = ROOT / "installer" / "llama_parts.cmake"  # what of llama.cpp is not built
IN_VENV = "Scripts/python.exe" if os.name == "nt" else "bin/python"
PYTHON = VENV / IN_VENV
COMPILER_PACKAGES = ["g++", "python3-venv"]
QT_PACKAGES = [
    "libegl1", "libgl1", "libdbus-1-3", "libfontconfig1", "libxkbcommon-x11-0", "libxcb-cursor0", "libxcb-icccm4", "libxcb-image0",
    "libxcb-keysyms1", "libxcb-render-util0", "libxcb-shape0", "libxcb-xkb1", "libxcb-xinerama0", "libglib2.0-0", "fonts-dejavu-core",
]  # fmt: skip
QT_LIBRARIES = [
    "EGL", "GL", "dbus-1", "fontconfig", "xkbcommon-x11", "xcb-cursor", "xcb-icccm", "xcb-image", "xcb-keysyms", "xcb-render-util", "xcb-shape", "xcb-xkb", "xcb-xinerama",
]  # fmt: skip
TEST_PROGRAMS = [  # package, program: what tests start besides
    ("nats-server", "nats-server"), ("iproute2", "ip"), ("faketime", "faketime"), ("chromium", "chromium"),
    ("xvfb", "Xvfb"), ("xdotool", "xdotool"), ("dbus", "dbus-run-session"), ("at-spi2-core", "at-spi-bus-launcher"),
]  # fmt: skip
SANDBOX = [("bubblewrap", "bwrap")]  # package, program: in it tools run code and programs; without it code is not run
OURS = ["app", "core", "models", "skills", "tools"]  # what starts import
QUIET_SECONDS = 20.0


class SetupFailed(Exception):
    """The set-up cannot go on; the text says why and what to do."""


def main(argv: list[str]) -> int:
    """Set up, then become ``deskhand`` with the given arguments; ``--setup-only [--dev]`` stops before that."""
    if sys.version_info < (3, 11):
        print(f"deskhand: python_too_old: Deskhand needs Python 3.11 or newer, this is {platform.python_version()}.", file=sys.stderr)
        return 1
    own = argparse.ArgumentParser(add_help=False)
    own.add_argument("--setup-only", action="store_true")
    own.add_argument("--dev", action="store_true")
    own.add_argument("--bench", action="store_true")
    options, rest = own.parse_known_args(argv) if "--setup-only" in argv else (argparse.Namespace(setup_only=False, dev=False, bench=False), argv)
    try:
        set_up(options.dev, options.bench)
    except SetupFailed as error:
        print(f"deskhand: setup_failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The next start goes on from here.", file=sys.stderr)
        return 130
    if options.setup_only:
        return 0
    return become([str(PYTHON), "-P", "-m", "app", *rest])


def become(words: list[str]) -> int:
    """Replace this process by the program (on Windows: run it and hand its exit code on)."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if os.name == "nt":
        return subprocess.call(words, env=environment)
    os.execve(words[0], words, environment)
    return 1


def set_up(dev: bool = False, bench: bool = False) -> None:
    """Every stage that is not yet done. Two at the same time wait for each other."""
    lock = "requirements-dev.lock" if dev or bench or (VENV / ".stamp-packages-dev").exists() else "requirements.lock"
    with _alone():
        stages: list[tuple[str, str, Callable[[], None]]] = [
            ("environment", platform.python_version(), _make_environment),
            ("packages-dev" if "dev" in lock else "packages", _hash(lock), lambda: _install(lock)),
            ("llama", _wheel_key(), _install_llama),
        ]
        todo = [stage for stage in stages if _stamp(stage[0]) != stage[1] or (stage[0] == "llama" and _other_card_wanted())]
        if todo:
            began = time.monotonic()
            say(f"Setting up Deskhand in {VENV.name} (once; some minutes).")
            _system_packages(dev)
            if any(name == "environment" for name, _, _ in todo):
                _run_stage(*stages[0])
            _side_by_side([stage for stage in todo if stage[0] != "environment"])
            say(f"Ready after {time.monotonic() - began:.0f} s.")
        _compile_ours()
        (VENV / ".ready").write_text(_hash("requirements.lock"), encoding="ascii")
    if bench and _stamp("bench") != _hash("pyproject.toml"):
        _uv("pip", "install", "--python", str(PYTHON), "-c", str(ROOT / "requirements-dev.lock"), "--group", f"{ROOT / 'pyproject.toml'}:bench")
        _write_stamp("bench", _hash("pyproject.toml"))


def _side_by_side(stages: list[tuple[str, str, Callable[[], None]]]) -> None:
    """llama.cpp compiles while the packages download; the first failure counts."""
    failures: list[BaseException] = []

    def guarded(stage: tuple[str, str, Callable[[], None]]) -> None:
        try:
            _run_stage(*stage)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(stage,), daemon=True) for stage in stages]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(0.2)
    if failures:
        raise failures[0]


def _run_stage(name: str, value: str, work: Callable[[], None]) -> None:
    work()
    _write_stamp(name, value)


def _stamp(name: str) -> str:
    try:
        return (VENV / f".stamp-{name}").read_text(encoding="ascii")
    except OSError:
        return ""


def _write_stamp(name: str, value: str) -> None:
    (VENV / f".stamp-{name}").write_text(value, encoding="ascii")


def _hash(name: str) -> str:
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()[:24]


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Only one set-up at a time in this checkout."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "setup.lock").open("a+", encoding="ascii") as file:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


# -- the system -----------------------------------------------------------------------------------------------------------


def _system_packages(dev: bool) -> None:
    """Compiler and Qt's libraries (for tests: the broker and network namespaces too) through apt where that may be done, else the one command to type."""
    wanted = [] if _compiler() and _has_ensurepip() else [name for name in COMPILER_PACKAGES if name != "g++" or not _compiler()]
    if sys.platform.startswith("linux") and not all(map(ctypes.util.find_library, QT_LIBRARIES)):
        wanted += QT_PACKAGES
    if dev and sys.platform.startswith("linux"):
        wanted += [package for package, program in TEST_PROGRAMS if not shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/libexec")]
    needed, sandbox = bool(wanted), [package for package, program in SANDBOX if sys.platform.startswith("linux") and not shutil.which(program)]
    wanted += sandbox
    if not wanted:
        return
    if not shutil.which("apt-get"):
        if not _compiler() and not _cached_wheel():
            raise SetupFailed("A C++ compiler is needed once. " + _compiler_hint())
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *wanted]
    if os.geteuid() == 0:
        _apt_if_possible(command, needed)
    elif shutil.which("sudo") and sys.stdin.isatty() and _agreed(wanted):
        _apt(command, ["sudo"])
    elif not _has_ensurepip() or (not _compiler() and not _cached_wheel()):
        raise SetupFailed(f"These system packages are missing. Install them with:\n  sudo apt-get install {' '.join(wanted)}\nThen start again.")
    else:
        what = "The window needs some system libraries" if needed else "Code and programs run in a sandbox where there is one"
        say(f"{what}. Install {'them' if needed else 'it'} with:\n  sudo apt-get install {' '.join(wanted)}")


def _apt_if_possible(command: list[str], needed: bool) -> None:
    """Install; what is not ``needed`` for starting may be missing (a machine without network, say), which is said."""
    try:
        _apt(command, [])
    except SetupFailed as error:
        if needed:
            raise
        say(f"The sandbox for code and programs could not be installed: {str(error).splitlines()[0]}")


def _agreed(wanted: list[str]) -> bool:
    say(f"Deskhand needs these system packages: {' '.join(wanted)}")
    return input("Install them with sudo apt-get? [Y/n] ").strip().lower() in ("", "y", "yes")


def _apt(command: list[str], prefix: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words, text in (([*prefix, "apt-get", "update", "-q"], "Reading the package lists"), ([*prefix, *command, "-q"], "Installing system packages")):
        with _progress(text):
            result = subprocess.run(words, env=environment, capture_output=True, text=True, errors="replace")
        if result.returncode:
            raise SetupFailed(f"{' '.join(words)} failed:\n{(result.stderr or result.stdout)[-800:]}")


def _compiler() -> str | None:
    return os.environ.get("CXX") or next(filter(None, map(shutil.which, ("c++", "g++", "clang++", "cl"))), None)


def _has_ensurepip() -> bool:
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return False
    return True


def _compiler_hint() -> str:
    hints = {"darwin": "Type: xcode-select --install", "win32": "Install the Build Tools for Visual Studio with the C++ workload."}
    return hints.get(sys.platform, "Install g++ with your system's package manager.")


# -- the environment ------------------------------------------------------------------------------------------------------


def _make_environment() -> None:
    with _progress("Making the environment"):
        if VENV.exists() and not (VENV / "pyvenv.cfg").exists():
            shutil.rmtree(VENV)
        _checked([sys.executable, "-m", "venv", "--clear", str(VENV)])
        _checked([str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check", _uv_requirement()])
        site = next(iter((VENV / "lib").glob("python*/site-packages")), VENV / "Lib" / "site-packages")
        (site / "deskhand.pth").write_text(f"{ROOT}\n", encoding="utf-8")


def _uv_requirement() -> str:
    """uv in the version that the build lock names, so that set-up itself is pinned too."""
    match = re.search(r"^uv==\S+", (ROOT / "requirements-build.lock").read_text(encoding="utf-8"), re.M)
    return match.group(0) if match else "uv"


def _install(lock: str) -> None:
    with _progress("Installing packages"):
        _uv("pip", "install", "--compile-bytecode", "--python", str(PYTHON), "--require-hashes", "--no-deps", "-r", str(ROOT / lock))


def _state_of_ours() -> str:
    """Changes with any of our sources, as Python itself tells whether a compiled file is old: by time and size."""
    files = sorted(file for name in OURS for file in (ROOT / name).rglob("*.py"))
    return hashlib.sha256(repr([(str(file), info.st_mtime_ns, info.st_size) for file in files if (info := file.stat())]).encode()).hexdigest()[:24]


def _compile_ours() -> None:
    """Compiled ahead, so that starting does not depend on whether a start may write (a variable or a read-only folder forbids it). Without it starting is merely slower.

    Scripts of skills are left out: a skill is vetted with every file in its folder.
    """
    if _stamp("compiled") != (now := _state_of_ours()):
        subprocess.run([str(PYTHON), "-m", "compileall", "-q", "-x", r"[\\/]scripts[\\/]", *OURS], cwd=ROOT, capture_output=True, check=False)
        _write_stamp("compiled", now)


def _uv(*words: str) -> None:
    _checked([str(PYTHON), "-m", "uv", *words])


def _install_llama() -> None:
    """For the graphics card where there is one and what it takes; a build for it that fails is said, and the processor's is made instead."""
    kind, flags, why = cards.build_for()
    if why:
        say(why)
    if kind and not _cached_wheel(flags):
        say(f"llama.cpp is built for the graphics card ({kind}): longer than for the processor, a quarter of an hour on two cores. {cards.CHOICE}=off ./deskhand leaves that out.")
    try:
        _put_llama(_cached_wheel(flags) or _build_llama(flags, kind), bool(kind))
    except SetupFailed as error:
        if not kind:
            raise
        say(f"{error}\nllama.cpp cannot be used with the graphics card; models run on the processor. To try again: {cards.CHOICE}={kind} ./deskhand")
        kind = ""
        _put_llama(_cached_wheel() or _build_llama())
    _write_stamp("card", kind)


def _put_llama(wheel: Path, try_it: bool = False) -> None:
    """Install it; ``try_it``: see whether its libraries can be loaded here (those of a card's maker may be missing)."""
    _uv("pip", "install", "-q", "--python", str(PYTHON), "--no-deps", "--reinstall", str(wheel))
    if try_it:
        look = "import ctypes, importlib.util, pathlib; [ctypes.CDLL(str(file)) for place in importlib.util.find_spec('llama_cpp').submodule_search_locations"
        _checked([str(PYTHON), "-c", f"{look} for file in pathlib.Path(place, 'lib').glob('*llama.*')]"])


def _other_card_wanted() -> bool:
    """Whether ``DESKHAND_GPU`` asks for a build for another kind of card than the one that is here."""
    wish = cards.wished()
    return bool(wish) and ("" if wish == "off" else wish) != _stamp("card")


def _wheels(more: str = "") -> Path:
    """The folder of a built wheel: kept for all checkouts of this person, since a build takes minutes."""
    return (CACHE if os.environ.get("DESKHAND_CACHE") else _users_cache()) / "wheels" / _wheel_key(more)


def _wheel_key(more: str = "") -> str:
    """What a build depends on: the lock, the options, what is left out, the machine; not where the checkout lies, so that another one need not build."""
    flags = _llama_flags(more).replace(LEFT_OUT.as_posix(), _hash("installer/llama_parts.cmake"))
    return hashlib.sha256((_hash("requirements-llama.lock") + flags + platform.machine() + sys.platform).encode()).hexdigest()[:16]


def _users_cache() -> Path:
    """Where programs keep what they can make again, for all checkouts of this person."""
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "deskhand"
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/deskhand"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "deskhand"


def _cached_wheel(more: str = "") -> Path | None:
    return next(iter(_wheels(more).glob("llama_cpp_python-*.whl")), None)


def _build_llama(more: str = "", card: str = "") -> Path:
    """Build from the hashed source distribution, with build tools from a hashed lock; only the library, not the tools beside it."""
    builder, scratch = CACHE / "builder", CACHE / "building"
    python = builder / IN_VENV
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    _checked([sys.executable, "-m", "venv", "--clear", str(builder)])
    _checked([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "--no-deps", "-r", str(ROOT / "requirements-build.lock")])
    environment = {**os.environ, "CMAKE_ARGS": _llama_flags(more), "PATH": f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    words = [
        str(python),
        "-m",
        "pip",
        "wheel",
        "-v",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-build-isolation",
        "--no-cache-dir",
        "--require-hashes",
        "-w",
        str(scratch),
        "-r",
        str(ROOT / "requirements-llama.lock"),
    ]
    _watched(words, environment, f"Building llama.cpp for {card or 'the processor'}", CACHE / "llama-build.log")
    built = next(iter(scratch.glob("llama_cpp_python-*.whl")), None)
    if built is None:
        raise SetupFailed(f"Building llama.cpp left no wheel; see {CACHE / 'llama-build.log'}.")
    wheels = _wheels(more)
    wheels.mkdir(parents=True, exist_ok=True)
    return Path(shutil.move(built, wheels / built.name))


def _llama_flags(more: str = "") -> str:
    """CMake options; ``DESKHAND_CMAKE_ARGS`` stands for all of them."""
    return os.environ.get("DESKHAND_CMAKE_ARGS") or " ".join(filter(None, (_processor_flags(), more)))


def _processor_flags() -> str:
    """Only what is used, and the instructions of this processor; a cached wheel has them in its key, so that it is used where they are known only.

    ``-march=native`` is not used: on virtual machines that announce AMX, ggml's AMX kernels crashed.
    """
    flags = ["-DLLAVA_BUILD=OFF", "-DGGML_NATIVE=OFF", f"-DCMAKE_PROJECT_llama.cpp_INCLUDE={LEFT_OUT.as_posix()}"]
    if platform.machine().lower() in ("x86_64", "amd64"):
        known = _cpu_flags()
        for name, flag in (("avx", "AVX"), ("avx2", "AVX2"), ("fma", "FMA"), ("f16c", "F16C"), ("bmi2", "BMI2")):
            flags.append(f"-DGGML_{flag}={'ON' if not known or name in known else 'OFF'}")
        if {"avx512f", "avx512cd", "avx512vl", "avx512dq", "avx512bw"} <= known:
            flags.append("-DGGML_AVX512=ON")
            flags += [
                f"-DGGML_{flag}=ON"
                for name, flag in (("avx512_vbmi", "AVX512_VBMI"), ("avx512vbmi", "AVX512_VBMI"), ("avx512_vnni", "AVX512_VNNI"), ("avx512_bf16", "AVX512_BF16"))
                if name in known
            ]
    return " ".join(flags)


def _cpu_flags() -> set[str]:
    try:
        return set(re.search(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.M).group(1).split())  # type: ignore[union-attr]
    except (OSError, AttributeError):
        return set()


# -- running and showing --------------------------------------------------------------------------------------------------


def _checked(words: list[str]) -> None:
    result = subprocess.run(words, capture_output=True, text=True, errors="replace")
    if result.returncode:
        raise SetupFailed(f"{' '.join(words[:6])} … failed:\n{(result.stderr or result.stdout)[-1500:]}\nStart again to go on from here.")


def _watched(words: list[str], environment: dict[str, str], text: str, log: Path) -> None:
    """Run with ninja's ``[12/78]`` shown as progress, everything else into a log."""
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        assert process.stdout is not None
        shown, began = -1, time.monotonic()
        for line in process.stdout:
            file.write(line)
            if (match := re.match(r"\s*\[(\d+)/(\d+)\]", line)) and (percent := int(match.group(1)) * 100 // int(match.group(2))) // 10 > shown:
                shown = percent // 10
                say(f"{text}: {percent} % after {time.monotonic() - began:.0f} s")
    if process.wait():
        raise SetupFailed(f"{text} failed; the end of {log}:\n{log.read_text(encoding='utf-8', errors='replace')[-1500:]}")


@contextlib.contextmanager
def _progress(text: str) -> Iterator[None]:
    """Say that it begins, every 20 s that it goes on, and how long it took."""
    began, done = time.monotonic(), threading.Event()
    say(f"{text} …")

    def tick() -> None:
        while not done.wait(QUIET_SECONDS):
            say(f"{text}: {time.monotonic() - began:.0f} s so far")

    threading.Thread(target=tick, daemon=True).start()
    try:
        yield
    finally:
        done.set()
    say(f"{text}: done after {time.monotonic() - began:.0f} s")


def say(text: str) -> None:
    """To standard error: standard output belongs to the command."""
    print(f"· {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
