"""The model that set-up offers, in words: for the terminal, and for whoever asks over the API."""

from __future__ import annotations

from typing import Any


def size_text(count: float) -> str:
    """Bytes as people say them.

    >>> size_text(1_117_320_768)
    '1.1 GB'
    """
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def pace_text(speed: float) -> str:
    """Tokens a second as they are said to a person; never none at all.

    >>> pace_text(8.2), pace_text(0.3)
    ('8', '<1')
    """
    return f"{speed:.0f}" if speed >= 1 else "<1"


def offer_text(row: dict[str, Any]) -> str:
    """Name, size, speed here, licence and source of what is offered.

    >>> offer_text({"name": "Qwen", "bytes": 1_117_320_768, "speed": 8.2, "licence": "Apache-2.0", "source": "registry"})
    'Qwen: 1.1 GB, about 8 tokens/s here, licence Apache-2.0, from packages of the Python registry'
    """
    where = {"hub": "from the model hub", "registry": "from packages of the Python registry"}.get(row["source"], "")
    speed = f"about {pace_text(row['speed'])} tokens/s here" if row["speed"] else ""
    size = size_text(row["bytes"]) if row["bytes"] else ""
    return f"{row['name']}: {', '.join(filter(None, (size, speed, 'licence ' + row['licence'], where)))}"


def arrival_text(name: str, doing: str, done: float, total: float) -> str:
    """How far a model is that is being fetched.

    >>> arrival_text("Qwen", "fetching", 312e6, 1117e6)
    'Fetching Qwen: 312 MB of 1.1 GB, 27 %'
    """
    if doing == "verifying":
        return f"Checking {name}"
    if doing == "looking" or not name:
        return "Looking for a model that talks"
    said = f"{size_text(done)} of {size_text(total)}, {100 * done // total:.0f} %" if total else size_text(done)
    return f"Fetching {name}: {said}" + (" (another Deskhand fetches it)" if doing == "waiting" else "")
