"""Consent that nobody gives by accident: buttons that are deaf at first, and a key that counts only where the focus was put on purpose."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from app.desktop.widgets.keyboard import keep_keyboard

DEAF_MS = 1000  # so long after it appeared or moved a button takes no click and no key
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_PRESSING = (*_ENTER, Qt.Key.Key_Space, Qt.Key.Key_Select)


class FocusIntent(QObject):
    """Knows whether the keyboard focus inside ``root`` was put there by a mouse button or the Tab key.

    Qt also moves the focus by itself, when the widget that has it is hidden, switched off or deleted, and calls that Tab too:
    therefore the release of the key is waited for, which only a person causes.
    """

    def __init__(self, root: QWidget) -> None:
        super().__init__(root)
        self._root, self._inside = root, False
        self.on_purpose = False
        root.installEventFilter(self)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus_changed)

    def _has_focus(self, widget: QWidget | None) -> bool:
        return widget is not None and (widget is self._root or self._root.isAncestorOf(widget))

    def _on_focus_changed(self, _: QWidget | None, now: QWidget | None) -> None:
        stays, self._inside = self._inside, self._has_focus(now)
        clicked = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        self.on_purpose = self._inside and (clicked or (stays and self.on_purpose))

    def eventFilter(self, root: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress or (event.type() == QEvent.Type.KeyRelease and _is_tab(event)):
            self.on_purpose = self._has_focus(QApplication.focusWidget())
        return False


class ConsentButton(QPushButton):
    """Grants or refuses: by a click, or by Ctrl+Enter while it has the focus on purpose. Space and Enter, which one types, do nothing.

    It is switched off for :data:`DEAF_MS` whenever it appears; :meth:`allow` switches it off for other reasons.
    """

    def __init__(self, text: str, intent: FocusIntent | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.set_label(text)
        keep_keyboard(self)
        self.setAutoDefault(False)  # in a dialog Enter would press it
        self._intent = intent or FocusIntent(self)
        self._is_allowed = True
        self._deaf = QTimer(self, singleShot=True, interval=DEAF_MS)
        self._deaf.timeout.connect(self._listen)
        self.setEnabled(False)

    def set_label(self, text: str) -> None:
        """Show a text that has no key of its own, whatever letters are in it."""
        self.setText(text.replace("&", "&&"))
        self.setAccessibleName(text)

    def allow(self, allowed: bool) -> None:
        """Say whether it may be pressed at all, once it listens."""
        self._is_allowed = allowed
        self._listen()

    def wait(self) -> None:
        """Be deaf for a while: it has just appeared, or come to another place."""
        self._deaf.start()
        self.setEnabled(False)

    def _listen(self) -> None:
        self.setEnabled(self._is_allowed and self.isVisible() and not self._deaf.isActive())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.wait()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if is_consent_key(event) and self._intent.on_purpose:
            self.click()
        elif event.key() in _PRESSING:
            event.ignore()
        else:
            super().keyPressEvent(event)


def is_consent_key(event: QKeyEvent) -> bool:
    """Ctrl+Enter, pressed and not merely held."""
    plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return event.key() in _ENTER and plain == Qt.KeyboardModifier.ControlModifier and not event.isAutoRepeat()


def _is_tab(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab) and not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
