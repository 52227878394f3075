"""What loads and answers really took, kept in one small file, so that predictions correct themselves.

A model that was measured here is predicted from its own past; others from the disk and memory speeds that the past gives.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.fit import EFFICIENCY, START, Speeds

NEW = 0.4  # weight of the newest measurement
MOST_OFF = 1.5  # a prediction is corrected by no more than this factor
TELLING = 300_000_000  # bytes a token under which other things than memory take the time
MOST = 500  # models whose past is kept


@dataclass(slots=True)
class Experience:
    """``file`` is read when first asked and written after each measurement; one that cannot be read is begun anew."""

    file: Path
    _kept: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            found = json.loads(self.file.read_text(encoding="utf-8"))
            self._kept = found if isinstance(found, dict) else {}
        except (OSError, ValueError):
            self._kept = {}

    def loaded(self, model: str, size: int, seconds: float, predicted: dict[str, int], actual: dict[str, int]) -> None:
        """A load that was timed: the file's bytes, and memory by device as predicted and as it was."""
        disk = size / max(0.01, seconds - START)
        self._kept["disk"] = _blend(self._kept.get("disk"), disk)
        row = self._row(model)
        row["load"] = _blend(row.get("load"), seconds)
        for device, was in actual.items():
            if predicted.get(device):
                row.setdefault("memory", {})[device] = _blend(row.get("memory", {}).get(device), was / predicted[device])
        self._write()

    def took(self, device: str, overhead: int) -> None:
        """What a worker was seen to hold of a device beyond what it had loaded: the most that was seen counts, the next load is to fit."""
        kept = self._kept.setdefault("overhead", {})
        if overhead > kept.get(device, 0):
            kept[device] = overhead
            self._write()

    def overhead(self) -> dict[str, int]:
        """Bytes by device that a worker takes before anything is loaded, where that was seen."""
        return {device: int(count) for device, count in self._kept.get("overhead", {}).items()}

    def answered(self, model: str, tokens: int, seconds: float, weights: int, place: str = "memory") -> None:
        """Tokens that were decoded in so many seconds by a model that reads so many bytes for each; few tokens say nothing, nor of memory does a small model.

        ``place`` is where all of it lies, ``memory`` or ``card``; empty where it is divided: that tells of neither.
        """
        if tokens < 16 or seconds <= 0:
            return
        row = self._row(model)
        row["decode"] = _blend(row.get("decode"), tokens / seconds)
        if place and weights >= TELLING:
            reached = EFFICIENCY["cpu" if place == "memory" else "card"]
            self._kept[place] = _blend(self._kept.get(place), weights * tokens / seconds / reached)
        self._write()

    def measured(self, model: str, fingerprint: str, read: float | None, written: float | None) -> None:
        """What the self-test found, in tokens a second; ``fingerprint`` names the file and the machine that it is true of."""
        row = self._row(model)
        row["tested"] = fingerprint
        row.update({name: pace for name, pace in (("read", read), ("decode", written)) if pace is not None})
        self._write()

    def is_measured(self, model: str, fingerprint: str) -> bool:
        """Whether the self-test has seen this file on this machine."""
        return bool(self._kept.get("models", {}).get(model, {}).get("tested") == fingerprint)

    def played(self, model: str, fingerprint: str, exchange: str, is_passed: bool) -> None:
        """One exchange of the test of powers was played with this file on this machine; what was kept of another is dropped."""
        row = self._row(model)
        kept = row.get("powers")
        if not isinstance(kept, dict) or kept.get("tested") != fingerprint:
            kept = row["powers"] = {"tested": fingerprint, "exchanges": {}}
        kept["exchanges"][exchange] = is_passed
        self._write()

    def exchanges(self, model: str, fingerprint: Callable[[], str]) -> dict[str, bool]:
        """Which exchanges this file has passed and failed on this machine so far; ``fingerprint`` is only asked where any were played."""
        kept = self._kept.get("models", {}).get(model, {}).get("powers")
        return dict(kept["exchanges"]) if kept and kept["tested"] == fingerprint() else {}

    def read_speed(self, model: str) -> float | None:
        """Tokens of a prompt that this model reads in a second, if it was tested here."""
        return self._kept.get("models", {}).get(model, {}).get("read")

    def speeds(self) -> Speeds:
        """Disk and memory as they were measured, else the defaults."""
        usual = Speeds()
        return Speeds(self._kept.get("memory", usual.memory), self._kept.get("card", usual.card), self._kept.get("disk", usual.disk))

    def load_seconds(self, model: str) -> float | None:
        """How long this model took, if it was ever loaded here."""
        return self._kept.get("models", {}).get(model, {}).get("load")

    def decode_speed(self, model: str) -> float | None:
        """Tokens a second of this model, if it ever answered here."""
        return self._kept.get("models", {}).get(model, {}).get("decode")

    def memory(self, model: str) -> dict[str, float]:
        """By what the predicted bytes of this model are to be multiplied, by device."""
        return {device: min(MOST_OFF, float(factor)) for device, factor in self._kept.get("models", {}).get(model, {}).get("memory", {}).items()}

    def _row(self, model: str) -> dict[str, Any]:
        rows = self._kept.setdefault("models", {})
        while len(rows) >= MOST and model not in rows:
            rows.pop(next(iter(rows)))
        return rows.setdefault(model, {})  # type: ignore[no-any-return]

    def _write(self) -> None:
        part = self.file.with_suffix(".part")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(self._kept, indent=1), encoding="utf-8")
            part.replace(self.file)
        except OSError:
            pass  # a full or read-only disk: it is only experience


def _blend(old: float | None, new: float) -> float:
    return new if old is None else old + NEW * (new - old)
