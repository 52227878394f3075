"""A field for a folder to work in: a typing mistake is said at the field, and nothing is made unasked."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.desktop.text import tr
from app.desktop.widgets.plain_label import plain


class FolderField(QWidget):
    """``made`` when the person had a folder made here, ``chosen`` when they picked one; both carry the absolute path."""

    made = Signal(str)
    chosen = Signal(str)

    def __init__(self, text: str = "", name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name = name or tr("Workspace folder")
        self.field = QLineEdit(text)
        self.field.setPlaceholderText(tr("Documents/Deskhand in your home folder"))
        self.field.setAccessibleName(name)
        self.field.textEdited.connect(lambda _: self._tell(""))
        self._choose = QPushButton(tr("Choose …"))
        self._choose.setAccessibleName(tr("Choose the workspace folder"))
        self._choose.clicked.connect(self._open_dialog)
        self.problem = plain("", "bad")
        self.make = QPushButton(tr("Make this folder"))
        self.make.clicked.connect(self._make)
        self._lay_out()
        self._tell("")

    def accept(self) -> str | None:
        """The absolute path of a folder that is there, empty for the usual one; None where something is wrong, which is said."""
        text = self.field.text().strip()
        if not text:
            self._tell("")
            return ""
        folder = absolute_folder(text)
        if folder is None:
            self._tell(tr("This is no name of a folder."))
        elif folder.is_dir():
            self._tell("")
            return str(folder)
        elif folder.exists():
            self._tell(tr("{path} is a file, not a folder.", path=folder))
        else:
            self._tell(tr("There is no folder {path}. Is it spelled right? Nothing was made.", path=folder), can_make=True)
        return None

    def _lay_out(self) -> None:
        line, below, layout = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.field, 1)
        line.addWidget(self._choose)
        below.addWidget(self.problem, 1)
        below.addWidget(self.make)
        layout.addLayout(line)
        layout.addLayout(below)

    def _tell(self, problem: str, can_make: bool = False) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.make.setVisible(can_make)

    def _make(self) -> None:
        folder = absolute_folder(self.field.text().strip())
        try:
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._tell(tr("{path} could not be made: {why}", path=folder, why=error.strerror or error))
            return
        if path := self.accept():
            self.made.emit(path)

    def _open_dialog(self) -> None:
        dialog = QFileDialog(self, self.field.accessibleName())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self._on_chosen)
        dialog.open()

    def _on_chosen(self, path: str) -> None:
        self.field.setText(path)
        if folder := self.accept():
            self.chosen.emit(folder)


def absolute_folder(text: str) -> Path | None:
    """What a person means by a folder's name: ``~`` is their home, a name without a beginning is in it. None for what no system takes."""
    try:
        folder = Path.home() / Path(text).expanduser()
        folder.stat()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return folder
    except (OSError, ValueError, RuntimeError):
        return None
    return folder


def usual_folder() -> Path:
    """Where Deskhand works while nothing else is chosen; the core says the same."""
    return Path.home() / "Documents" / "Deskhand"
