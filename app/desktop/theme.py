"""Colours, sizes and the style sheet. Two themes with one accent; contrast of text at least 4.5 : 1 (tested)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from app.desktop.icons import pixmap


@dataclass(frozen=True, slots=True)
class Colors:
    """One theme."""

    name: str
    window: str
    surface: str
    sidebar: str
    raised: str
    text: str
    muted: str
    border: str
    accent: str
    on_accent: str
    selected: str
    good: str
    warn: str
    bad: str
    code: str


LIGHT = Colors("light", "#fbfbfa", "#ffffff", "#f3f3f0", "#f0f1ee", "#1d2125", "#5a6169", "#dfe1dd", "#2456c8", "#ffffff", "#e3eafa", "#1a6f43", "#875a00", "#b3261e", "#f4f5f2")
DARK = Colors("dark", "#1a1c1e", "#212427", "#161819", "#2a2d31", "#e7e8ea", "#a0a7ae", "#363a3f", "#93b0ff", "#10162a", "#2b3550", "#63cf93", "#e2b54a", "#ff9b92", "#17191b")
STATE = {
    "done": "good",
    "failed": "bad",
    "running": "accent",
    "parked": "warn",
    "blocked": "muted",
    "skipped": "muted",
    "waiting": "muted",
    "ready": "muted",
    "cancelled": "muted",
    "asked": "accent",
    "refused": "warn",
}


class Theme(QObject):
    """The theme in force; ``changed`` tells widgets to take new colours."""

    changed = Signal()

    def __init__(self, application: QApplication, choice: str = "system") -> None:
        super().__init__()
        self._application, self.choice = application, choice
        self.colors = LIGHT
        application.setStyle("Fusion")  # once: each of these calls visits every widget there is
        application.setFont(_font())
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(lambda _: self.choose(self.choice))
        self.choose(choice)

    def choose(self, choice: str) -> None:
        """``light``, ``dark``, or ``system``."""
        self.choice = choice
        dark = choice == "dark" or (choice == "system" and QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark)
        self.colors = DARK if dark else LIGHT
        self._application.setPalette(_palette(self.colors))
        self._application.setStyleSheet(style_sheet(self.colors))
        self.changed.emit()

    def state_color(self, status: str) -> str:
        """The colour of a step's state."""
        return str(getattr(self.colors, STATE.get(status, "muted")))


def _font() -> QFont:
    font = QGuiApplication.font()
    font.setPixelSize(14)
    return font


def _palette(colors: Colors) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    pairs = {
        role.Window: colors.window, role.Base: colors.surface, role.AlternateBase: colors.raised, role.Button: colors.surface, role.Text: colors.text, role.WindowText: colors.text,
        role.ButtonText: colors.text, role.Highlight: colors.accent, role.HighlightedText: colors.on_accent, role.PlaceholderText: colors.muted, role.Link: colors.accent,
        role.ToolTipBase: colors.raised, role.ToolTipText: colors.text, role.Accent: colors.accent, role.Mid: colors.border, role.Dark: colors.border, role.Light: colors.raised,
    }  # fmt: skip
    for key, color in pairs.items():
        palette.setColor(key, QColor(color))
    for key in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, key, QColor(colors.muted))
    return palette


def _drawn(name: str, color: str, kept: str) -> str:
    """Style sheets take pictures from files only: an icon in this colour, in the cache folder."""
    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericCacheLocation)) / "deskhand"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{kept}-1.png"
    if not path.exists():
        pixmap(name, color, 28).save(str(path))
    return path.as_posix()


def style_sheet(c: Colors) -> str:
    """Qt style sheet of one theme. Focus is always visible."""
    arrow, check = _drawn("down", c.muted, f"arrow-{c.name}"), _drawn("done", c.on_accent, f"check-{c.name}")
    return f"""
* {{ outline: none; }}
QListView, QListView:focus {{ border: none; }}
QPushButton[kind="flat"] {{ padding: 4px 8px; font-size: 13px; }}
QPushButton[kind="flat"]:focus {{ padding: 3px 7px; }}
QWidget#sidebar {{ background: {c.sidebar}; border-right: 1px solid {c.border}; }}
QWidget#inspector {{ background: {c.window}; border-left: 1px solid {c.border}; }}
QWidget#page, QWidget#chatBody, QScrollArea, QScrollArea > QWidget > QWidget {{ background: {c.window}; }}
QScrollArea {{ border: none; }}
QLabel[role="title"] {{ font-size: 20px; font-weight: 600; }}
QLabel[role="heading"] {{ font-size: 14px; font-weight: 600; }}
QLabel[role="muted"], QLabel[role="author"] {{ color: {c.muted}; font-size: 13px; }}
QLabel[role="author"] {{ font-weight: 600; }}
QLabel[role="bad"] {{ color: {c.bad}; }}
QLabel[role="good"] {{ color: {c.good}; }}
QLabel[role="warn"] {{ color: {c.warn}; }}
QPushButton, QToolButton {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.border}; border-radius: 7px; padding: 6px 12px; }}
QToolButton {{ padding: 5px 8px; }}
QPushButton:hover, QToolButton:hover {{ background: {c.raised}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {c.selected}; }}
QPushButton:focus, QToolButton:focus {{ border: 2px solid {c.accent}; padding: 5px 11px; }}
QToolButton:focus {{ padding: 4px 7px; }}
QPushButton:disabled, QToolButton:disabled {{ color: {c.muted}; background: {c.window}; }}
QPushButton[kind="primary"] {{ background: {c.accent}; color: {c.on_accent}; border-color: {c.accent}; font-weight: 600; }}
QPushButton[kind="primary"]:hover {{ background: {c.accent}; border-color: {c.text}; }}
QPushButton[kind="primary"]:focus {{ border: 2px solid {c.text}; }}
QPushButton[kind="primary"]:disabled {{ background: {c.raised}; color: {c.muted}; border-color: {c.border}; }}
QToolButton[kind="flat"], QPushButton[kind="flat"] {{ background: transparent; border: 1px solid transparent; color: {c.muted}; }}
QToolButton[kind="flat"]:hover, QPushButton[kind="flat"]:hover {{ background: {c.raised}; color: {c.text}; }}
QPushButton[kind="flat"]:disabled {{ color: {c.border}; }}
QToolButton[kind="flat"]:focus, QPushButton[kind="flat"]:focus {{ border: 2px solid {c.accent}; color: {c.text}; }}
QPushButton[kind="nav"] {{ background: transparent; border: 1px solid transparent; text-align: left; padding: 7px 10px; }}
QPushButton[kind="nav"]:hover {{ background: {c.raised}; }}
QPushButton[kind="nav"]:checked {{ background: {c.selected}; font-weight: 600; }}
QPushButton[kind="nav"]:focus {{ border: 2px solid {c.accent}; padding: 6px 9px; }}
QPushButton[kind="badge"] {{ background: {c.raised}; border: 1px solid {c.border}; border-radius: 7px; text-align: left; padding: 5px 10px; font-size: 13px; }}
QPushButton[kind="badge"]:focus {{ border: 2px solid {c.accent}; padding: 4px 9px; }}
QPushButton[kind="node"] {{ background: {c.surface}; border: 1px solid {c.border}; border-radius: 8px; text-align: left; padding: 6px 8px; font-size: 13px; }}
QPushButton[kind="node"]:checked {{ background: {c.selected}; }}
QPushButton[kind="node"]:focus {{ border: 2px solid {c.accent}; padding: 5px 7px; }}
QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QSpinBox, QDoubleSpinBox, QTimeEdit {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.border}; border-radius: 7px; padding: 6px 8px; selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QSpinBox:focus, QTimeEdit:focus {{ border: 2px solid {c.accent}; padding: 5px 7px; }}
QCheckBox::indicator {{ width: 15px; height: 15px; border: 1px solid {c.muted}; border-radius: 4px; background: {c.surface}; }}
QCheckBox::indicator:checked {{ background: {c.accent}; border-color: {c.accent}; image: url({check}); }}
QCheckBox::indicator:focus {{ border: 2px solid {c.accent}; }}
QComboBox {{ padding-right: 22px; }}
QComboBox::drop-down {{ border: none; width: 24px; }}
QComboBox::down-arrow {{ image: url({arrow}); width: 14px; height: 14px; }}
QComboBox QAbstractItemView {{ background: {c.surface}; border: 1px solid {c.border}; selection-background-color: {c.selected}; selection-color: {c.text}; }}
QFrame#composer {{ background: {c.surface}; border: 1px solid {c.border}; border-radius: 12px; }}
QFrame#composer[focused="true"] {{ border: 2px solid {c.accent}; }}
QFrame#composer QPlainTextEdit {{ border: none; background: transparent; padding: 2px; }}
QFrame[kind="card"] {{ background: {c.surface}; border: 1px solid {c.border}; border-radius: 10px; }}
QFrame[kind="approval"] {{ background: {c.surface}; border: 2px solid {c.warn}; border-radius: 10px; }}
QFrame[kind="approval"]:focus {{ border: 2px solid {c.accent}; background: {c.selected}; }}
QFrame[kind="user"] {{ background: {c.raised}; border-radius: 10px; }}
QFrame[kind="problem"] {{ background: {c.surface}; border: 1px solid {c.bad}; border-radius: 10px; }}
QTextBrowser[kind="markdown"] {{ background: transparent; border: none; padding: 0; }}
QTextBrowser[kind="markdown"]:focus {{ border: none; padding: 0; background: transparent; }}
QListView, QTreeView, QTableView {{ background: transparent; border: none; selection-background-color: {c.selected}; selection-color: {c.text}; }}
QListView::item {{ border-radius: 7px; padding: 6px 8px; border: 1px solid transparent; }}
QListView::item:hover {{ background: {c.raised}; }}
QListView::item:selected {{ background: {c.selected}; color: {c.text}; }}
QListView::item:focus {{ border: 1px solid {c.accent}; }}
QTableView {{ gridline-color: {c.border}; background: {c.surface}; border: 1px solid {c.border}; border-radius: 8px; }}
QHeaderView::section {{ background: {c.raised}; color: {c.muted}; border: none; padding: 6px; }}
QSplitter::handle {{ background: transparent; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {c.border}; border-radius: 5px; min-height: 32px; }}
QScrollBar::handle:vertical:hover {{ background: {c.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{ background: none; height: 0; width: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; }}
QScrollBar::handle:horizontal {{ background: {c.border}; border-radius: 5px; min-width: 32px; }}
QToolTip {{ background: {c.raised}; color: {c.text}; border: 1px solid {c.border}; padding: 4px; }}
QMenu {{ background: {c.surface}; border: 1px solid {c.border}; padding: 4px; }}
QMenu::item {{ padding: 6px 20px; border-radius: 5px; }}
QMenu::item:selected {{ background: {c.selected}; }}
QProgressBar {{ background: {c.raised}; border: none; border-radius: 4px; height: 8px; text-align: center; }}
QProgressBar::chunk {{ background: {c.accent}; border-radius: 4px; }}
QCheckBox:focus, QRadioButton:focus {{ color: {c.accent}; }}
"""
