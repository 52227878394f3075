"""A card for each device: how it is, what it lets this machine do, what it did last."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QInputDialog

from app.desktop.connection import CoreConnection
from app.desktop.pages.folding_card import FoldingCard
from app.desktop.pages.plain import button, muted, plain
from app.desktop.text import tr

_WORK = {"open": "given out", "claimed": "being done", "ended": "done", "lapsed": "given to another", "stopped": "stopped"}


class DeviceCard(FoldingCard):
    """One device; opened, its facts and its last work. Removing asks once more."""

    asked = Signal(str)
    continued = Signal(str)

    def __init__(self, row: dict[str, Any], connection: CoreConnection, is_open: bool) -> None:
        states = [(tr("online"), "good") if row["online"] else (tr("away"), "muted")]
        super().__init__(f"/api/devices/{quote(row['id'])}", row["name"], states, connection, is_open)
        self._row = row
        self._layout.addWidget(muted(row["said"] or tr("It has not said yet what it is.")))
        self._layout.addWidget(plain(doing(row)))
        self._layout.addLayout(self._verbs())
        if is_open:
            self.open()

    def _verbs(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.addWidget(button(tr("Ask it"), self._row["name"], lambda: self.asked.emit(self._row["name"])))
        line.addWidget(button(tr("Continue there"), self._row["name"], lambda: self.continued.emit(self._row["name"])))
        line.addWidget(button(tr("Rename"), self._row["name"], self._rename))
        self._remove_button = button(tr("Remove"), self._row["name"], self._remove)
        line.addWidget(self._remove_button)
        line.addStretch(1)
        return line

    def _rename(self) -> None:
        asking = QInputDialog(self)
        asking.setWindowTitle(tr("Rename"))
        asking.setLabelText(tr("New name of {name}", name=self._row["name"]))
        asking.setTextValue(self._row["name"])
        asking.textValueSelected.connect(lambda text: self._connection.patch(self._path, {"name": text.strip()}, lambda _: self.changed.emit(), self._failed))
        asking.open()

    def _remove(self) -> None:
        """The first click asks, the second removes."""
        if self._remove_button.property("sure"):
            self._remove_button.setEnabled(False)
            self._connection.delete(self._path, lambda _: self.changed.emit(), self._failed)
            return
        self._remove_button.setProperty("sure", True)
        self._remove_button.setText(tr("Really remove: it is cut off at once"))
        self._remove_button.setAccessibleName(tr("Really remove {name}: it is cut off at once", name=self._row["name"]))

    def _fill(self, row: dict[str, Any]) -> None:
        if self._inside is None:
            return
        layout: Any = self._inside.layout()
        layout.addWidget(muted(tr("It lets this machine: {rights}. Words: {words}", rights=rights_text(row["card"].get("rights", [])), words=row["words"])))
        layout.addWidget(muted(tr("{n} tools", n=len(row["card"].get("tools", [])))))
        for one in row["work"][:8]:
            at = datetime.fromisoformat(one["created_at"]).astimezone()
            state = tr(one["status"]) if one["status"] in ("failed", "refused", "cancelled") else tr(_WORK.get(one["state"], one["state"]))
            layout.addWidget(plain(f"{at:%d.%m. %H:%M} · {state} · {one['said'][:200]}"))
        if not row["work"]:
            layout.addWidget(muted(tr("It has not done anything yet.")))


def doing(row: dict[str, Any]) -> str:
    """How it is right now, in a line."""
    live = row.get("live") or {}
    if not row["online"]:
        seen = f"{datetime.fromisoformat(row['seen_at']).astimezone():%d.%m. %H:%M}" if row["seen_at"] else tr("never")
        waiting = " · " + tr("{n} waiting for it", n=row["open"]) if row["open"] else ""
        return tr("Last heard of: {when}", when=seen) + waiting
    parts = [tr("{n} at work", n=int(live.get("running", 0))) if live.get("running") else tr("idle")]
    parts.append(tr("load {n} %", n=round(100 * (live.get("load") or 0))))
    if live.get("free_memory_bytes"):
        parts.append(tr("{n} GB memory free", n=f"{live['free_memory_bytes'] / 1e9:.0f}"))
    if live.get("disk_free_bytes"):
        parts.append(tr("{n} GB disk free", n=f"{live['disk_free_bytes'] / 1e9:.0f}"))
    if live.get("battery_percent") is not None:
        parts.append(tr("battery {n} %", n=round(live["battery_percent"])) + ("" if live.get("plugged") else " " + tr("(unplugged)")))
    return " · ".join(parts)


def rights_text(rights: list[str]) -> str:
    return ", ".join(tr(right) for right in ("read", "change", "act") if right in rights) or tr("nothing")
