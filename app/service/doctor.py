"""``deskhand doctor``: what is well, what is not, and what to do about it."""

from __future__ import annotations

import hashlib
import platform
import shutil
import sys
from pathlib import Path
from typing import Any

from app.service.composition import Core
from app.service.wakeup import wake_up
from core import __version__
from core.turn import model_routing
from installer import cards
from models import hardware
from models.sources import files
from models.starter.model import GGUF
from tools import confinement


def examine(core: Core) -> dict[str, Any]:
    """Every check with ``ok``, a sentence and a hint; ``ok`` over all; facts about the machine."""
    checks = [
        *([_check("start", False, core.safe_mode, "`deskhand stop`, then anything else, starts it as usual.")] if core.safe_mode else []),
        _database(core),
        _journal(core),
        _settings(core),
        _disk(core),
        _models_disk(core),
        _box(),
        _starter(),
        _keyring(core),
        _model(core),
        _graphics(core),
        _waking(core),
    ]
    return {"ok": all(check["ok"] for check in checks), "version": __version__, "machine": machine(core.pool.store.folder), "checks": checks}


def machine(models_folder: Path) -> dict[str, Any]:
    """What this machine is: system, processor, memory, cards, free disk where models are kept (bytes), Python."""
    found = hardware.probe(models_folder)
    return {
        "system": f"{platform.system()} {platform.release()}", "processor": found.processor, "instructions": list(found.instructions), "cores": found.cores,
        "memory_bytes": found.ram, "memory_free_bytes": found.ram_free, "disk_free_bytes": found.disk_free, "python": sys.version.split()[0],
        "gpus": [{"name": card.name, "memory_bytes": card.total, "memory_free_bytes": card.free, "used": bool(card.backend)} for card in found.cards],
    }  # fmt: skip


def _check(name: str, ok: bool, text: str, hint: str = "") -> dict[str, Any]:
    return {"name": name, "ok": ok, "text": text, "hint": "" if ok else hint}


def _database(core: Core) -> dict[str, Any]:
    verdict = core.database.execute("PRAGMA quick_check(1)").fetchone()[0]
    return _check("database", verdict == "ok", f"{core.home.database.name}: {verdict}", "Restore a backup with `deskhand backup restore`.")


def _journal(core: Core) -> dict[str, Any]:
    broken, unread = core.journal.verify(), core.journal.unreadable()
    passed_over = f"; {len(unread)} cannot be read and are passed over ({', '.join(map(str, unread[:5]))})" if unread else ""
    return _check(
        "journal",
        broken is None,
        f"{core.journal.last_seq} events, chain {'whole' if broken is None else f'broken at event {broken}'}{passed_over}",
        "The journal was changed from outside; what it says from there on cannot be trusted.",
    )


def _settings(core: Core) -> dict[str, Any]:
    problems = "; ".join([*(problem.message for problem in core.settings.problems), *model_routing.find_rule_faults(core.settings.extra.get("route"))])
    return _check("settings", not problems, problems or "readable", f"Mend {core.home.settings}; the defaults are used meanwhile.")


def _disk(core: Core) -> dict[str, Any]:
    free = shutil.disk_usage(core.home.root).free
    return _check("disk", free > 200_000_000, f"{free / 1e9:.1f} GB free in {core.home.root}", "Free some space: undo needs room for copies.")


def _models_disk(core: Core) -> dict[str, Any]:
    folder = core.pool.store.folder
    free = files.free_bytes(folder)
    return _check("models' disk", free > files.SPARE, f"{files.size_text(free)} free in {folder}", "Free some space, or set DESKHAND_CACHE to a folder of another disk.")


def _box() -> dict[str, Any]:
    """Whether programs run in a box of their own."""
    why = confinement.why_unconfined()
    return _check(
        "box", not why, why or "programs run without your home folder, keys and network", "Install bubblewrap; until then every program that is run asks, and the question says so."
    )


def _starter() -> dict[str, Any]:
    wanted = GGUF.with_name(GGUF.name + ".sha256").read_text(encoding="ascii").split()[0] if GGUF.is_file() else ""
    whole = bool(wanted) and hashlib.sha256(GGUF.read_bytes()).hexdigest() == wanted
    text = f"{GGUF.name}, {GGUF.stat().st_size / 1e6:.1f} MB, {'whole' if whole else 'damaged'}" if wanted else "missing"
    return _check("starter model", whole, text, "Install Deskhand again.")


def _keyring(core: Core) -> dict[str, Any]:
    import keyring

    backend = type(keyring.get_keyring()).__module__
    usable = "fail" not in backend and "null" not in backend
    return _check("keyring", True, backend if usable else "none on this system: keys are read from the environment")


def _waking(core: Core) -> dict[str, Any]:
    """Whether schedules can wake this machine, where that is wanted."""
    waking, why = wake_up()
    if waking is not None:
        waking.close()
    if not core.settings["schedules.wake"]:
        return _check("wake-up", True, "not wanted (schedules.wake)" if waking else f"not wanted (schedules.wake), and not possible: {why}")
    return _check(
        "wake-up",
        waking is not None,
        why or "schedules wake this machine from sleep",
        "What comes due while it sleeps is made up for or shown as missed when it wakes, as each schedule says.",
    )


def _graphics(core: Core) -> dict[str, Any]:
    """Which cards models use; of others, what it would take. Not using one is no fault."""
    found = core.pool.keeper.machine().cards
    if not found:
        return _check("graphics", True, "no card with memory of its own: models run on the processor")
    built = next((card.backend for card in found if card.backend), "")
    unused = f"not used: llama.cpp here is built for {built}" if built else "not used"
    texts = [f"{card.name}, {card.total / 1e9:.0f} GB, {f'used through {card.backend}' if card.backend else unused}" for card in found]
    if built:
        return _check("graphics", True, "; ".join(texts))
    kind, _, missing = cards.build_for()
    todo = missing or f"{cards.CHOICE}={kind or 'vulkan'} ./deskhand builds what it takes to use it."  # Vulkan: what every maker's cards know
    return _check("graphics", True, f"{'; '.join(texts)}. {todo}")


def _model(core: Core) -> dict[str, Any]:
    chosen = core.settings["models.planner"]
    known = {row["id"] for row in core.pool.known()}
    return _check("planner", chosen in known or "/" in chosen, f"planner is {chosen}", "Choose another with `deskhand model use planner ID`.")
