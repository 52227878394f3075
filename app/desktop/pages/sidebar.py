"""The sidebar: conversations with search, and the pages."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QListView, QMenu, QPushButton, QVBoxLayout, QWidget

from app.desktop.connection import CoreConnection
from app.desktop.icons import icon
from app.desktop.pages.names import PAGES
from app.desktop.text import tr
from app.desktop.theme import Theme
from app.desktop.viewmodels.conversation_list import ID, ConversationListModel


class Sidebar(QWidget):
    """``conversation_chosen`` carries an id (empty: a new one), ``page_chosen`` a page's name."""

    conversation_chosen = Signal(str)
    delete_asked = Signal(str, str)  # id and title of a conversation
    page_chosen = Signal(str)

    def __init__(self, theme: Theme, connection: CoreConnection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme, self._connection = theme, connection
        self._active: dict[str, str] = {}
        self.model = ConversationListModel(self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setAccessibleName(tr("Conversations"))
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._menu)
        self.list.activated.connect(self._chosen)
        self.list.clicked.connect(self._chosen)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search conversations"))
        self.search.setAccessibleName(tr("Search conversations"))
        self.search.setClearButtonEnabled(True)
        self._typing = QTimer(self, interval=150, singleShot=True)
        self._typing.timeout.connect(self._find)
        self.search.textChanged.connect(lambda _: self._typing.start())
        self.new = QPushButton(tr("New conversation"))
        self.new.setAccessibleName(tr("New conversation"))
        self.new.clicked.connect(lambda: self.conversation_chosen.emit(""))
        self._refreshing = QTimer(self, interval=100, singleShot=True)
        self._refreshing.timeout.connect(self._load)
        self._lay_out()
        connection.event.connect(self._on_event)
        connection.state_changed.connect(lambda state, _: self._load() if state == "connected" else None)
        theme.changed.connect(self._icons)
        self._icons()

    def _lay_out(self) -> None:
        self._left_out: set[str] = set()  # conversations that are about to be deleted
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.setSpacing(8)
        title = QLabel("Deskhand")
        title.setProperty("role", "heading")
        row = QHBoxLayout()
        row.addWidget(title, 1)
        layout.addLayout(row)
        layout.addWidget(self.new)
        layout.addWidget(self.search)
        layout.addWidget(self.list, 1)
        self.buttons: dict[str, QPushButton] = {}
        for name, text in PAGES:
            button = QPushButton(tr(text))
            button.setProperty("kind", "nav")
            button.setCheckable(True)
            button.setAccessibleName(tr(text))
            button.clicked.connect(lambda _=False, name=name: self.page_chosen.emit(name))
            self.buttons[name] = button
            layout.addWidget(button)

    def mark(self, page: str) -> None:
        """Show which page is open."""
        for name, button in self.buttons.items():
            button.setChecked(name == page)

    def set_waiting(self, count: int) -> None:
        """How many questions wait for consent."""
        self.buttons["activity"].setText(f"{tr('Activity')}  {count}!" if count else tr("Activity"))
        self.buttons["activity"].setAccessibleName(tr("Activity, {n} waiting for consent", n=count) if count else tr("Activity"))

    def select(self, conversation_id: str) -> None:
        """Highlight a conversation without opening it."""
        self._selected = conversation_id
        row = self.model.row_of(conversation_id)
        self.list.setCurrentIndex(self.model.index(row) if row >= 0 else QModelIndex())

    _selected = ""
    _forgetful: set[str] = set()  # conversations that are kept out of memory

    def _load(self) -> None:
        if not self.search.text().strip():
            self._connection.get("/api/conversations?limit=500", self._loaded)

    def _loaded(self, rows: list[dict[str, Any]]) -> None:
        if not self.search.text().strip():
            self._forgetful = {row["id"] for row in rows if not row["remember"]}
            self.model.set_conversations([row for row in rows if row["id"] not in self._left_out])
            self.select(self._selected)

    def leave_out(self, conversation_id: str) -> None:
        """Show it no more; it is about to be deleted."""
        self._left_out.add(conversation_id)
        self._load()

    def bring_back(self, conversation_id: str) -> None:
        """Show it again, where it is still there."""
        self._left_out.discard(conversation_id)
        self._load()

    def _find(self) -> None:
        from urllib.parse import quote

        text = self.search.text().strip()
        if text:
            self._connection.get(f"/api/conversations/search?q={quote(text)}", self.model.set_found)
        else:
            self._load()

    def _chosen(self, index: QModelIndex) -> None:
        if id_ := index.data(ID):
            self.conversation_chosen.emit(id_)

    def _menu(self, point: Any) -> None:
        index = self.list.indexAt(point)
        id_ = index.data(ID)
        if not id_:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        remember = menu.addAction(tr("Remember this conversation"))
        remember.setCheckable(True)
        remember.setChecked(id_ not in self._forgetful)
        remember.toggled.connect(lambda on: self._connection.patch(f"/api/conversations/{id_}", {"remember": on}, lambda _: self._load()))
        title = index.data(Qt.ItemDataRole.ToolTipRole)
        menu.addAction(tr("Delete this conversation"), lambda: self.delete_asked.emit(id_, title))
        menu.popup(self.list.viewport().mapToGlobal(point))

    def _on_event(self, event: dict[str, Any]) -> None:
        if event["type"] == "run_started":
            self._active[event["run_id"]] = event["data"].get("conversation_id", "")
        elif event["type"] == "run_finished":
            self._active.pop(event["run_id"], None)
        if event["type"] in ("run_started", "run_finished", "conversation_changed"):
            self.model.set_active(set(self._active.values()))
            self._refreshing.start()

    def _icons(self) -> None:
        color = self._theme.colors.muted
        self.new.setIcon(icon("add", color))
        for name, button in self.buttons.items():
            button.setIcon(icon(name, color))
