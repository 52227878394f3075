"""The sidebar's list of conversations: a flat model with headings for days."""

from __future__ import annotations

import datetime
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from app.desktop.text import tr

Index = QModelIndex | QPersistentModelIndex
ID = Qt.ItemDataRole.UserRole
HEADING = Qt.ItemDataRole.UserRole + 1


class ConversationListModel(QAbstractListModel):
    """Rows are conversations under "Today", "Yesterday", "Earlier"; headings cannot be selected."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, str]] = []  # (conversation id or "", text)
        self._active: set[str] = set()

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        id_, text = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{text}  •" if id_ in self._active else text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{text}, {tr('busy')}" if id_ in self._active else text
        return {ID: id_, HEADING: not id_, Qt.ItemDataRole.ToolTipRole: text}.get(Qt.ItemDataRole(role) if role in (ID, Qt.ItemDataRole.ToolTipRole) else role)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if index.isValid() and not self._rows[index.row()][0]:
            return Qt.ItemFlag.NoItemFlags
        return super().flags(index)

    def set_conversations(self, rows: list[dict[str, Any]]) -> None:
        """Show these, newest first."""
        self.beginResetModel()
        self._rows, last = [], ""
        for row in rows:
            heading = day_name(row["updated_at"])
            if heading != last:
                self._rows.append(("", heading))
                last = heading
            self._rows.append((row["id"], row["title"]))
        self.endResetModel()

    def set_found(self, rows: list[dict[str, Any]]) -> None:
        """Show what a search found: one row a message."""
        self.beginResetModel()
        self._rows = [("", tr("Found"))] if rows else [("", tr("Nothing found"))]
        self._rows += [(row["conversation_id"], f"{row['title']}: {row['excerpt']}".replace("\n", " ")) for row in rows]
        self.endResetModel()

    def set_active(self, conversations: set[str]) -> None:
        """Mark conversations in which something runs."""
        if conversations != self._active:
            self._active = set(conversations)
            if self._rows:
                self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def row_of(self, conversation_id: str) -> int:
        """The row, or -1."""
        return next((row for row, (id_, _) in enumerate(self._rows) if id_ == conversation_id), -1)


def day_name(at: str) -> str:
    """Today, Yesterday, or Earlier."""
    day = datetime.datetime.fromisoformat(at.replace("Z", "+00:00")).astimezone().date()
    gap = (datetime.datetime.now().astimezone().date() - day).days
    return tr("Today") if gap <= 0 else tr("Yesterday") if gap == 1 else tr("Earlier")
