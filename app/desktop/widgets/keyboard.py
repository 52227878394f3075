"""Where what is typed goes: buttons that a click does not give the keyboard to, and letters that nobody takes."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton

_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


def keep_keyboard(*buttons: QAbstractButton) -> None:
    """Let a click on these leave the keyboard where one types; Tab still leads to them."""
    for button in buttons:
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)


def is_typing(event: QKeyEvent) -> bool:
    """Whether a key writes something that can be seen: no Space, which presses what has the focus, and no command."""
    text = event.text()
    is_command = event.modifiers() & _COMMANDS and not event.modifiers() & Qt.KeyboardModifier.GroupSwitchModifier
    return bool(text) and text.isprintable() and not text.isspace() and not is_command
