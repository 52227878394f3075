"""The window: three columns that fold, pages, keys, tray."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSettings, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QMainWindow, QMenu, QSizePolicy, QSplitter, QStackedWidget, QSystemTrayIcon, QToolButton, QVBoxLayout, QWidget

from app.desktop.connection import CoreConnection
from app.desktop.icons import icon
from app.desktop.pages.chat import ChatPage
from app.desktop.pages.names import PAGES
from app.desktop.text import tr
from app.desktop.theme import Theme
from app.desktop.widgets.keyboard import keep_keyboard
from app.desktop.widgets.notices import Notices
from app.desktop.widgets.still_fields import StillComboBox

if TYPE_CHECKING:
    from app.desktop.global_shortcut import GlobalShortcut
    from app.desktop.pages.inspector import Inspector
    from app.desktop.pages.sidebar import Sidebar
    from app.desktop.quick import QuickWindow
    from app.desktop.widgets.palette import CommandPalette

NARROW, TINY = 1000, 640
UNDO_S = 10  # seconds in which a deleted conversation can be had back
WARM_MS = 50  # between the parts of what is loaded ahead
COMPLETE_MS = 20  # after the first paint: one can type before sidebar, inspector and network are there


class MainWindow(QMainWindow):
    """Puts the columns together; pages beside the chat are made when they are first opened.

    The constructor makes what one types into; :meth:`complete` the rest, a moment after the window is painted.
    """

    sidebar: Sidebar
    inspector: Inspector
    palette_panel: CommandPalette
    link = ""  # a deskhand:// link to decide upon as soon as the core answers
    begins_with = ""  # the conversation to show as soon as the core answers

    def __init__(self, theme: Theme, connection: CoreConnection) -> None:
        super().__init__()
        self._theme, self._connection = theme, connection
        self.setWindowTitle("Deskhand")
        self.setMinimumSize(420, 480)
        self.resize(1180, 760)
        self.chat = ChatPage(theme, connection)
        self._complete = False
        self._pages = QStackedWidget()
        self._pages.addWidget(self.chat)
        self._made: dict[str, QWidget] = {"chat": self.chat}
        self._wants = {"sidebar": True, "inspector": True}
        self._waiting: set[str] = set()
        self._tray: QSystemTrayIcon | None = None
        self._quick: QuickWindow | None = None
        self._quick_key: GlobalShortcut | None = None
        self._lay_out()
        self.chat.composer.editor.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._complete:
            QTimer.singleShot(COMPLETE_MS, self, self.complete)

    def complete(self) -> None:
        """Make the side columns, the keys and the tray, and open the line to the core. Once."""
        if self._complete:
            return
        self._complete = True
        self._icons()
        self.chat.composer.show_icons()
        from app.desktop.pages.inspector import Inspector
        from app.desktop.pages.sidebar import Sidebar
        from app.desktop.widgets.palette import CommandPalette

        self.sidebar, self.inspector = Sidebar(self._theme, self._connection), Inspector(self._theme)
        for place, (widget, width) in enumerate(((self.sidebar, 200), (None, 0), (self.inspector, 230))):
            if widget is not None:
                if held := self._split.replaceWidget(place, widget):
                    held.deleteLater()
                widget.setMinimumWidth(width)
        self._split.setSizes([250, max(300, self.width() - 540), 290])
        self._split.setStretchFactor(1, 1)
        self.palette_panel = CommandPalette(self)
        self._wire()
        self._keys()
        self._tray = self._make_tray()
        self._fold()
        self._state.setText(tr("Starting …"))
        self._connection.open()
        gc.enable()
        QTimer.singleShot(400, self, partial(warm_up, self._theme))

    def _lay_out(self) -> None:
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header())
        self.notices = Notices()
        column.addWidget(self.notices)
        column.addWidget(self._pages, 1)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(1)
        for widget in (_placeholder("sidebar"), middle, _placeholder("inspector")):
            self._split.addWidget(widget)
        self._split.setSizes([250, 640, 290])
        self._split.setStretchFactor(1, 1)
        self.setCentralWidget(self._split)

    def _header(self) -> QWidget:
        header = QWidget()
        row = QHBoxLayout(header)
        row.setContentsMargins(10, 8, 10, 4)
        self._buttons: dict[str, QToolButton] = {}
        self.title = QLabel(tr("New conversation"))
        self.title.setProperty("role", "heading")
        self.title.setMinimumWidth(60)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._state = QLabel()
        self._state.setProperty("role", "muted")
        self.model_choice = StillComboBox()
        self.model_choice.setAccessibleName(tr("Model that plans"))
        self.model_choice.setMaximumWidth(220)
        self.model_choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.model_choice.textActivated.connect(lambda model: self._connection.put("/api/models/roles/planner", {"model": model}))
        for name, text in (("sidebar", tr("Show or hide the sidebar")), ("theme", tr("Light or dark")), ("inspector", tr("Show or hide the inspector"))):
            button = QToolButton()
            button.setProperty("kind", "flat")
            button.setIconSize(QSize(20, 20))
            button.setMinimumSize(34, 30)
            button.setToolTip(text)
            button.setAccessibleName(text)
            keep_keyboard(button)
            self._buttons[name] = button
        row.addWidget(self._buttons["sidebar"])
        row.addWidget(self.title, 1)
        row.addWidget(self._state)
        row.addWidget(self.model_choice)
        row.addWidget(self._buttons["theme"])
        row.addWidget(self._buttons["inspector"])
        self._buttons["sidebar"].clicked.connect(lambda: self.toggle("sidebar"))
        self._buttons["inspector"].clicked.connect(lambda: self.toggle("inspector"))
        self._buttons["theme"].clicked.connect(self.toggle_theme)
        return header

    def _wire(self) -> None:
        self.sidebar.conversation_chosen.connect(self.open_conversation)
        self.sidebar.delete_asked.connect(self._delete_conversation)
        self.sidebar.page_chosen.connect(self.open_page)
        self.chat.run_changed.connect(self.inspector.show_run)
        self.chat.conversation_changed.connect(self._on_conversation)
        self.chat.memories_asked.connect(self._show_memories)
        self.chat.models_asked.connect(lambda: self.open_page("models"))
        self.inspector.steering.asked.connect(self._steer)
        self.inspector.steering.devices_wanted.connect(
            lambda: self._connection.get("/api/devices", lambda rows: self.inspector.steering.offer_devices([row["name"] for row in rows]))
        )
        self.inspector.roles.chosen.connect(lambda role, model: self._connection.put(f"/api/models/roles/{role}", {"model": model}))
        self._connection.event.connect(self._on_event)
        self._connection.state_changed.connect(self._on_state)
        self._theme.changed.connect(self._icons)

    def _steer(self, method: str, path: str, body: Any) -> None:
        send = self._connection.patch if method == "PATCH" else self._connection.post
        send(path, body, None, lambda error: self.inspector.steering.tell(f"{error['message']} {error.get('hint', '')}".strip()))

    def _commands(self) -> None:
        """What ``/`` in the composer does."""
        known: dict[str, tuple[str, Callable[[], Any]]] = {
            "new": (tr("New conversation"), lambda: self.open_conversation("")), "stop": (tr("Stop the run"), self.chat.stop), **{name: (tr(text), partial(self.open_page, name)) for name, text in PAGES},
            "theme": (tr("Light or dark"), self.toggle_theme), "search": (tr("Search all conversations"), self._search), "keys": (tr("Keys and commands"), self.open_palette),
        }  # fmt: skip
        self.chat.composer.commands = {name: action for name, (_, action) in known.items()}
        self.chat.composer.sources["/"] = lambda letters, show: show([(f"/{name}   {text}", f"/{name}") for name, (text, _) in known.items() if letters.lower() in name])

    def _keys(self) -> None:
        self._commands()
        for keys, action in self.shortcuts().items():
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.activated.connect(action[1])

    def shortcuts(self) -> dict[str, tuple[str, Callable[[], Any]]]:
        """Every key with what it does."""
        return {
            "Ctrl+N": (tr("New conversation"), lambda: self.open_conversation("")),
            "Ctrl+K": (tr("Command palette"), self.open_palette),
            "Ctrl+F": (tr("Find in conversations"), self._search),
            "Ctrl+Shift+F": (tr("Search all conversations"), self._search),
            "Ctrl+,": (tr("Settings"), lambda: self.open_page("settings")),
            "Ctrl+B": (tr("Show or hide the sidebar"), lambda: self.toggle("sidebar")),
            "Ctrl+I": (tr("Show or hide the inspector"), lambda: self.toggle("inspector")),
            "Ctrl+Shift+N": (tr("Quick request"), self.quick),
            "Ctrl+.": (tr("Stop the run"), self.chat.stop),
            "Escape": (tr("Close what is open"), self._escape),
            "F1": (tr("Keys and commands"), self.open_palette),
            "Ctrl+Q": (tr("Quit"), self.quit),
        }  # fmt: skip

    # -- pages ------------------------------------------------------------------------------------------------------

    def open_conversation(self, conversation_id: str) -> None:
        """Show a conversation in the chat page."""
        self._show("chat")
        self.sidebar.select(conversation_id)
        self.chat.show_conversation(conversation_id)
        self.chat.composer.editor.setFocus()
        if self.width() < TINY:
            self._wants["sidebar"] = False
            self._fold()

    def open_page(self, name: str) -> None:
        """Show one of the pages, read anew."""
        if name not in self._made:
            self._made[name] = self._make(name)
            self._pages.addWidget(self._made[name])
        self._show(name)
        self._made[name].refresh()  # type: ignore[attr-defined]

    def _make(self, name: str) -> QWidget:
        from app.desktop.pages import activity, devices, first_run, memory, models, schedules, settings, skills, tools

        makers = {
            "models": models.ModelsPage,
            "skills": skills.SkillsPage,
            "schedules": schedules.SchedulesPage,
            "devices": devices.DevicesPage,
            "tools": tools.ToolsPage,
            "memory": memory.MemoryPage,
            "activity": activity.ActivityPage,
            "settings": settings.SettingsPage,
            "first_run": first_run.FirstRunPage,
        }
        page = makers[name](self._theme, self._connection)
        if isinstance(page, activity.ActivityPage):
            page.opened.connect(self.open_conversation)
            page.learned.connect(self._learn)
        if isinstance(page, schedules.SchedulesPage):
            page.opened.connect(self.open_conversation)
        if isinstance(page, devices.DevicesPage):
            page.opened.connect(self.open_conversation)
            page.asked.connect(self._ask_device)
            page.continued.connect(partial(self._continue_there, page))
        if isinstance(page, skills.SkillsPage):
            page.started.connect(self.open_conversation)
        if isinstance(page, settings.SettingsPage):
            page.theme_chosen.connect(self._theme.choose)
        if isinstance(page, first_run.FirstRunPage):
            page.finished.connect(self._begin)
        return page

    def _begin(self, page: str, request: str) -> None:
        """The first run is over; ``request`` was typed there."""
        if page != "chat":
            self.open_page(page)
            return
        self.open_conversation("")
        if request:
            self.chat.send(request)

    def _show_memories(self, ids: list[str]) -> None:
        """The memories that an answer used, and only those."""
        self.open_page("memory")
        self._made["memory"].show_only(ids)  # type: ignore[attr-defined]

    def _ask_device(self, name: str) -> None:
        """A request to a device is written like any other, with its name before it."""
        self.open_conversation(self.chat.conversation_id)
        self.chat.composer.set_text(f"@{name} ")
        self.chat.composer.editor.setFocus()

    def _continue_there(self, page: Any, name: str) -> None:
        """Move the conversation that was open last to a device."""
        conversation = self.chat.conversation_id
        if not conversation:
            page.failed({"message": tr("Open the conversation first that is to go on there.")})
            return
        self._connection.post(f"/api/conversations/{conversation}/move", {"device": name}, lambda row: self.open_conversation(row["id"]), page.failed)

    def _learn(self, run_id: str) -> None:
        """Make a skill of a run: the Skills page shows it first."""
        self.open_page("skills")
        self._made["skills"].learn(run_id)  # type: ignore[attr-defined]

    def _show(self, name: str) -> None:
        self._pages.setCurrentWidget(self._made[name])
        self.sidebar.mark(name)
        self._fold()
        if name != "chat":
            self._full_title = tr(dict(PAGES)[name]) if name != "first_run" else ""
            self._elide()

    def _on_conversation(self, conversation_id: str, title: str) -> None:
        self._full_title = title
        self._elide()
        self.sidebar.select(conversation_id)

    _full_title = ""

    def _elide(self) -> None:
        self.title.setText(self.title.fontMetrics().elidedText(self._full_title, Qt.TextElideMode.ElideRight, max(60, self.title.width())))
        self.title.setToolTip(self._full_title)

    def focusNextPrevChild(self, forward: bool) -> bool:
        from app.desktop.focus_order import chain_as_read

        chain_as_read(self)
        return super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if self._pages.currentWidget() is self.chat:
            self.chat.take_typing(event)

    # -- folding ----------------------------------------------------------------------------------------------------

    def toggle(self, name: str) -> None:
        """Fold a column away or bring it back."""
        widget = self.sidebar if name == "sidebar" else self.inspector
        self._wants[name] = not widget.isVisible()
        if self._wants[name] and self.width() < NARROW:
            self._wants["inspector" if name == "sidebar" else "sidebar"] = self.width() >= TINY and name == "inspector"
        self._fold(asked=name)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        old = event.oldSize().width()
        for limit, name in ((NARROW, "inspector"), (TINY, "sidebar")):
            if (old >= limit) != (self.width() >= limit):
                self._wants[name] = self.width() >= limit
        self._fold()
        QTimer.singleShot(0, self, self._elide)  # once the layout knows the title's width

    def _fold(self, asked: str = "") -> None:
        if not self._complete:
            return
        chat = self._pages.currentWidget() is self.chat
        self.inspector.setVisible(chat and self._wants["inspector"] and (self.width() >= NARROW or asked == "inspector" or self.inspector.isVisible()))
        self.sidebar.setVisible(self._wants["sidebar"] and (self.width() >= TINY or asked == "sidebar" or self.sidebar.isVisible()))

    # -- events -----------------------------------------------------------------------------------------------------

    def _on_state(self, state: str, why: str) -> None:
        self._state.setText({"starting": tr("Starting …"), "connected": "", "lost": tr("Reconnecting …")}[state])
        if state == "connected":
            self._connection.get("/api/models", self._on_models)
            self._read_waiting()
            self._connection.get("/api/schedules/notices", self._tell_unseen)
            if self.begins_with:
                self.open_conversation(self.begins_with)
                self.begins_with = ""
            self._connection.get("/api/settings", self._on_settings)
            if self.link:
                self.open_page("tools")
                self._made["tools"].propose(self.link)  # type: ignore[attr-defined]
                self.link = ""

    def _on_models(self, found: dict[str, Any]) -> None:
        self.inspector.roles.show_models(found)
        self.model_choice.clear()
        planner = found["roles"]["planner"]
        ids = [row["id"] for row in found["models"]]
        self.model_choice.addItems(ids if planner in ids else [planner, *ids])
        self.model_choice.setCurrentText(planner)

    def _on_settings(self, rows: list[dict[str, Any]]) -> None:
        values = {row["key"]: row["value"] for row in rows}
        if values["desktop.theme"] != self._theme.choice:
            self._theme.choose(values["desktop.theme"])
        self.chat.show_folder(values.get("workspace.default", ""))
        self._state.setText(tr("Local only") if values["privacy.local_only"] else "")
        self._choose_quick_key(values["desktop.quick_key"])
        if self.chat.composer.editor.toPlainText() or self.chat.busy:
            return  # somebody began to type: no page comes over that, and no button takes what is typed
        if not values["desktop.first_run_done"] and not self.chat.conversation_id and "first_run" not in self._made and self._pages.currentWidget() is not self._made.get("tools"):
            self.open_page("first_run")

    def _on_event(self, event: dict[str, Any]) -> None:
        if event["type"] == "approval_requested":
            self._set_waiting(self._waiting | {event["data"]["approval"]})
            if not self.isActiveWindow() and self._tray:
                self._tray.showMessage("Deskhand", tr("Something waits for your consent."))
        elif event["type"] in ("approval_resolved", "run_finished"):
            self._read_waiting()
        elif event["type"] == "schedule_told":
            self._tell(event["data"])
        elif event["type"] == "device_changed" and self._pages.currentWidget() is self._made.get("devices"):
            self._made["devices"].refresh()  # type: ignore[attr-defined]
        elif event["type"] == "mcp_changed" and self._pages.currentWidget() is self._made.get("tools"):
            self._made["tools"].changed()  # type: ignore[attr-defined]
        elif event["type"] == "settings_changed" and any(key.startswith(("models.", "provider.")) for key in event["data"]["keys"]):
            self._connection.get("/api/models", self._on_models)
        elif event["type"] == "settings_changed" and "workspace.default" in event["data"]["keys"]:
            self._connection.get("/api/settings/workspace.default", lambda row: self.chat.show_folder(row["value"]))
        elif event["type"] == "settings_changed" and "desktop.quick_key" in event["data"]["keys"]:
            self._connection.get("/api/settings", self._on_settings)

    def _tell(self, notice: dict[str, Any]) -> None:
        """A reminder, a result or a failure of a schedule: in the window, in the tray where there is one, and on its page if that is open."""
        if notice["kind"] != "parked":
            text = "\n".join(filter(None, (notice["name"], notice["text"][:300] if notice["text"] != notice["name"] else "")))
            self.notices.tell(text, tr("Open"), partial(self.open_page, "schedules"))
            self._connection.post("/api/schedules/notices/seen", {"until": notice["id"]})
        if self._tray and notice["kind"] != "parked":
            icon_ = {"failure": QSystemTrayIcon.MessageIcon.Warning, "missed": QSystemTrayIcon.MessageIcon.Warning}.get(notice["kind"], QSystemTrayIcon.MessageIcon.Information)
            self._tray.showMessage(notice["name"], notice["text"][:300], icon_)
        if self._pages.currentWidget() is self._made.get("schedules"):
            self._made["schedules"].refresh()  # type: ignore[attr-defined]

    def _tell_unseen(self, rows: list[dict[str, Any]]) -> None:
        """What was to be told while no window was open."""
        if rows:
            first = (
                rows[0]
                if len(rows) == 1
                else {
                    "id": rows[0]["id"],
                    "kind": "result",
                    "name": tr("While you were away"),
                    "text": "\n".join(f"{row['name']}: {row['text'].splitlines()[0]}" for row in rows[:5] if row["text"]),
                }
            )
            self._tell(first)

    def _delete_conversation(self, conversation_id: str, title: str) -> None:
        """It goes from view at once, and for good when the time to take that back is over."""
        self.sidebar.leave_out(conversation_id)
        if self.chat.conversation_id == conversation_id:
            self.open_conversation("")
        self.notices.tell(
            tr("Deleted: {title}", title=title),
            tr("Undo"),
            lambda: self.sidebar.bring_back(conversation_id),
            seconds=UNDO_S,
            otherwise=lambda: self._connection.delete(f"/api/conversations/{conversation_id}", lambda _: self.sidebar.bring_back(conversation_id)),
        )

    def _choose_quick_key(self, keys: str) -> None:
        from app.desktop.global_shortcut import GlobalShortcut

        if self._quick_key is not None:
            self._quick_key.release()
        self._quick_key = GlobalShortcut(keys, self)
        self._quick_key.activated.connect(self.quick)

    def _read_waiting(self) -> None:
        self._connection.get("/api/approvals", lambda rows: self._set_waiting({row["id"] for row in rows}))

    def _set_waiting(self, waiting: set[str]) -> None:
        self._waiting = waiting
        self.sidebar.set_waiting(len(waiting))
        if self._tray:
            self._tray.setToolTip(tr("Deskhand: {n} waiting for consent", n=len(waiting)) if waiting else "Deskhand")

    # -- actions ----------------------------------------------------------------------------------------------------

    def open_palette(self) -> None:
        """Every page, action and key in one list."""
        commands = {f"{text}    {keys}": action for keys, (text, action) in self.shortcuts().items() if keys not in ("Ctrl+K", "F1")}
        for name, text in PAGES:
            commands[tr(text)] = partial(self.open_page, name)
        commands[tr("Light or dark")] = self.toggle_theme
        self.palette_panel.open(commands)
        self._connection.get("/api/conversations?limit=100", lambda rows: self.palette_panel.offer({row["title"]: partial(self.open_conversation, row["id"]) for row in rows}))

    def quick(self) -> None:
        """The one-line window, over whatever is in front."""
        from app.desktop.quick import QuickWindow

        if self._quick is None:
            self._quick = QuickWindow(self._theme, self._connection)
            self._quick.opened.connect(self._come_up)
        self._quick.appear()

    def _come_up(self, conversation_id: str) -> None:
        self.showNormal()
        self.raise_()
        self.activateWindow()
        self.open_conversation(conversation_id)

    def toggle_theme(self) -> None:
        """The other theme, and keep it."""
        choice = "light" if self._theme.colors.name == "dark" else "dark"
        self._theme.choose(choice)
        self._connection.put("/api/settings/desktop.theme", {"value": choice})

    def _search(self) -> None:
        if not self.sidebar.isVisible():
            self.toggle("sidebar")
        self.sidebar.search.setFocus()
        self.sidebar.search.selectAll()

    def _escape(self) -> None:
        """Close what lies over the rest, a list or a page; it stops nothing."""
        if self.palette_panel.isVisible():
            self.palette_panel.close_panel()
        elif self._pages.currentWidget() is not self.chat:
            self._show("chat")
            self.chat.composer.editor.setFocus()
        else:
            self.chat.cancel_edit()

    def _make_tray(self) -> QSystemTrayIcon | None:
        if not QSystemTrayIcon.isSystemTrayAvailable():
            return None
        tray = QSystemTrayIcon(icon("chat", self._theme.colors.accent), self)
        menu = QMenu(self)
        menu.addAction(tr("Open Deskhand"), self.showNormal)
        menu.addAction(tr("Quick request"), self.quick)
        menu.addAction(tr("Quit, the core goes on"), self.quit)
        menu.addAction(tr("Quit and stop the core"), self._quit_all)
        tray.setContextMenu(menu)
        tray.activated.connect(lambda _: self.showNormal())
        tray.show()
        return tray

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing says once that the core goes on, and how to stop it."""
        settings = QSettings("deskhand", "desktop")
        if self._tray and not settings.value("told_core_goes_on"):
            self._tray.showMessage("Deskhand", tr("The core goes on in the background. Stop it with `deskhand stop` or from the tray."))
            settings.setValue("told_core_goes_on", True)
        if self.notices.finish():
            self._connection.finish()
        self._connection.close()
        if self._quick is not None:
            self._quick.close()
        if self._quick_key is not None:
            self._quick_key.release()
        super().closeEvent(event)

    def _quit_all(self) -> None:
        self._connection.post("/api/stop", {}, lambda _: self.quit(), lambda _: self.quit())

    def quit(self) -> None:
        """Close the window and end the desktop; the core goes on."""
        self.close()

    def _icons(self) -> None:
        for name, button in self._buttons.items():
            button.setIcon(icon(name, self._theme.colors.muted))


def warm_up(theme: Theme) -> None:
    """Load what the first answer needs while nobody waits, a part at a time so that typing goes on: Markdown, highlighting, a message and its fonts."""
    parts = iter((_warm_markdown, _warm_messages))

    def go_on() -> None:
        if part := next(parts, None):
            part(theme)
            QTimer.singleShot(WARM_MS, theme, go_on)

    go_on()


def _warm_markdown(theme: Theme) -> None:
    from app.desktop.widgets.markdown import to_html

    to_html("```python\nx = 1\n```", theme.colors.name, theme.colors.code)


def _warm_messages(theme: Theme) -> None:
    from app.desktop.viewmodels.run_view import RunView
    from app.desktop.widgets.message_view import MessageView

    question = MessageView(theme, {"id": "", "role": "user", "text": "x", "run_id": "", "siblings": []})
    answer = MessageView(theme, {"id": "", "role": "assistant", "text": "", "run_id": "", "data": {}})
    answer.show_run(RunView(""))
    answer.stream("text_delta", "x")
    for view in (question, answer):
        view.deleteLater()


def _placeholder(name: str) -> QWidget:
    """Holds a column's place and colour until it is made."""
    widget = QWidget()
    widget.setObjectName(name)
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    return widget
