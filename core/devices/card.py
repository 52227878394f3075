"""What a machine can do, as it says itself: its card. Facts that seldom change, and how it is doing right now.

A card is words from outside: it is bounded and cleaned before anything reads it, and a model sees it only as data.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Iterable, Mapping
from typing import Any

VERSION = 1
SYSTEMS = ("linux", "windows", "macos", "android", "other")
_WORD = re.compile(r"[^\w .:/\\~+@()-]")
MOST = {"tools": 400, "servers": 40, "models": 200, "folders": 20, "gpus": 16}


def system_name() -> str:
    return {"Linux": "linux", "Windows": "windows", "Darwin": "macos"}.get(platform.system(), "other")


def own_card(
    name: str, machine: Mapping[str, Any], tools: Iterable[str], servers: Iterable[str], models: Iterable[str], folders: Iterable[str], rights: Iterable[str]
) -> dict[str, Any]:
    """This machine's card. ``machine`` is what the hardware probe tells; ``cost`` is what an hour of it costs, in USD."""
    from core import __version__

    return {
        "version": VERSION, "name": name, "deskhand": __version__, "system": system_name(), "release": platform.release(), "machine": platform.machine(),
        "cpus": machine.get("cpus", 0), "memory_bytes": machine.get("memory_bytes", 0), "gpus": list(machine.get("gpus", ())),
        "tools": sorted(tools), "servers": sorted(servers), "models": sorted(models), "folders": list(folders), "rights": sorted(rights), "cost": 0.0,
    }  # fmt: skip


def live(machine: Mapping[str, Any], queue: int, running: int, loaded: Iterable[str]) -> dict[str, Any]:
    """How it is doing: ``load`` is the share of its processors in use; bytes; ``battery_percent`` None where it has none."""
    keys = ("load", "free_memory_bytes", "disk_free_bytes", "battery_percent", "plugged")
    return {**{key: machine.get(key) for key in keys}, "queue": queue, "running": running, "loaded": sorted(loaded)}


def digest(card: Mapping[str, Any]) -> str:
    """Names this state of a card, so that it is sent only when it changed."""
    return hashlib.sha256(json.dumps(card, sort_keys=True).encode()).hexdigest()[:16]


def received(value: Any) -> dict[str, Any]:
    """A card from outside, cut to what a card may be: known keys, bounded lists, plain characters."""
    card = value if isinstance(value, Mapping) else {}
    kept: dict[str, Any] = {key: _plain(card.get(key), 80) for key in ("name", "deskhand", "system", "release", "machine")}
    kept["system"] = kept["system"] if kept["system"] in SYSTEMS else "other"
    kept["version"] = int(_number(card.get("version")))
    for key in ("cpus", "memory_bytes", "cost"):
        kept[key] = _number(card.get(key))
    for key in ("tools", "servers", "models", "folders", "rights"):
        kept[key] = [_plain(item, 300) for item in _list(card.get(key))[: MOST.get(key, 20)]]
    gpus = [item for item in _list(card.get("gpus"))[: MOST["gpus"]] if isinstance(item, Mapping)]
    kept["gpus"] = [{"name": _plain(gpu.get("name"), 80), "bytes": _number(gpu.get("bytes"))} for gpu in gpus]
    return kept


def received_live(value: Any) -> dict[str, Any]:
    state = value if isinstance(value, Mapping) else {}
    kept: dict[str, Any] = {key: _number(state.get(key)) for key in ("load", "free_memory_bytes", "disk_free_bytes", "queue", "running")}
    battery = state.get("battery_percent")
    kept["battery_percent"] = None if battery is None else _number(battery)
    kept["plugged"] = bool(state.get("plugged", True))
    kept["loaded"] = [_plain(item, 300) for item in _list(state.get("loaded"))[: MOST["models"]]]
    return kept


def in_words(card: Mapping[str, Any]) -> str:
    """A card as one line: for a person, for the planner, and for the search by meaning."""
    parts = [str(card.get("system") or "")]
    if card.get("cpus"):
        parts.append(f"{card['cpus']:g} processors")
    if card.get("memory_bytes"):
        parts.append(f"{card['memory_bytes'] / 1e9:.0f} GB memory")
    parts += [f"graphics card {gpu['name']} with {gpu['bytes'] / 1e9:.0f} GB" for gpu in card.get("gpus", ())]
    if card.get("folders"):
        parts.append("works in " + ", ".join(card["folders"]))
    if card.get("models"):
        parts.append("models " + ", ".join(card["models"][:6]))
    if card.get("servers"):
        parts.append("servers " + ", ".join(card["servers"][:10]))
    return ", ".join(part for part in parts if part)


def agent_in_words(card: Mapping[str, Any]) -> str:
    """The same for an agent of another make."""
    skills = f"; skills: {', '.join(_plain(skill, 80) for skill in _list(card.get('skills'))[:12])}" if card.get("skills") else ""
    return f"A2A agent at {_plain(card.get('url'), 200)}: {_plain(card.get('about'), 300)}{skills}"


def _plain(value: Any, most: int) -> str:
    return _WORD.sub("", str(value if value is not None else ""))[:most].strip()


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e18 else 0.0


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []
