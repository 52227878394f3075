"""A card for each device: how it is, what it lets this machine do, what it did last."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QInputDialog, QVBoxLayout, QWidget

from app.desktop.connection import CoreConnection
from app.desktop.pages.plain import heading, muted
from app.desktop.pages.schedule_cards import plain, state_label
from app.desktop.pages.skill_cards import button
from app.desktop.text import tr

_WORK = {"open": "given out", "claimed": "being done", "ended": "done", "lapsed": "given to another", "stopped": "stopped"}


class DeviceCard(QFrame):
    """One device; opened, its facts and its last work. Removing asks once more."""

    changed = Signal()
    folded = Signal(bool)
    asked = Signal(str)
    continued = Signal(str)

    def __init__(self, row: dict[str, Any], connection: CoreConnection, is_open: bool) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._row, self._connection = row, connection
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(14, 10, 14, 10)
        line = QHBoxLayout()
        line.addWidget(heading(row["name"]), 1)
        line.addWidget(state_label(tr("online") if row["online"] else tr("away"), "good" if row["online"] else "muted"))
        self._toggle = button(tr("Close") if is_open else tr("Open"), row["name"], self._turn, "flat")
        line.addWidget(self._toggle)
        self._layout.addLayout(line)
        self._layout.addWidget(muted(row["said"] or tr("It has not said yet what it is.")))
        self._layout.addWidget(plain(doing(row)))
        self._layout.addLayout(self._verbs())
        self._inside: QWidget | None = None
        if is_open:
            self._open()

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

    @property
    def _path(self) -> str:
        return f"/api/devices/{quote(self._row['id'])}"

    def _turn(self) -> None:
        if self._inside is None:
            self._open()
        else:
            self._inside.deleteLater()
            self._inside = None
        self._toggle.setText(tr("Close") if self._inside else tr("Open"))
        self.folded.emit(self._inside is not None)

    def _open(self) -> None:
        self._inside = QWidget()
        QVBoxLayout(self._inside).setContentsMargins(0, 4, 0, 0)
        self._layout.addWidget(self._inside)
        self._connection.get(self._path, self._fill, self._failed)

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

    def _failed(self, error: dict[str, Any]) -> None:
        self._layout.addWidget(plain(f"{error['message']} {error.get('hint', '')}".strip(), "bad"))


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
