"""Cards of the Skills page: a skill with its form, and a skill that waits to be added."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from app.desktop.connection import CoreConnection
from app.desktop.pages.folding_card import FoldingCard
from app.desktop.pages.plain import button, consent_button, heading, muted, plain
from app.desktop.text import tr
from app.desktop.theme import Theme
from app.desktop.widgets.form_fields import FormFields
from app.desktop.widgets.markdown import MarkdownView

_ORIGINS = {"builtin": "built in", "own": "your own", "shared": "of another program", "workspace": "of this folder"}
_STATES = {
    "on": ("good", "on"), "off": ("muted", "off"), "new": ("warn", "new"), "unread": ("muted", "being looked over"), "changed": ("warn", "changed"), "blocked": ("bad", "blocked"), "retired": ("warn", "retired"),
    "broken": ("bad", "broken"), "hidden": ("muted", "hidden"),
}  # fmt: skip


class SkillCard(FoldingCard):
    """One skill: a line about it; opened, its form, its text, what it wants and how it did."""

    started = Signal(str)

    def __init__(self, row: dict[str, Any], theme: Theme, connection: CoreConnection, is_open: bool) -> None:
        kind, words = _STATES.get(row["state"], ("muted", row["state"]))
        super().__init__(f"/api/skills/{quote(row['name'], safe='')}", row["title"], [(tr(words), kind)], connection, is_open)
        self._row, self._theme = row, theme
        self._layout.addWidget(muted(row["description"]))
        self._layout.addWidget(muted(self._facts()))
        if row["why"]:
            self._layout.addWidget(plain(row["why"], kind))
        if is_open:
            self.open()

    def _facts(self) -> str:
        row = self._row
        used = tr("{done} of {uses} runs went well", done=row["successes"], uses=row["uses"]) if row["uses"] else tr("not used yet")
        return " · ".join(filter(None, (f"${row['name']}", tr(_ORIGINS.get(row["origin"], row["origin"])), row["version"] and tr("version {v}", v=row["version"]), used)))

    def _fill(self, skill: dict[str, Any]) -> None:
        if self._inside is None:
            return
        layout: Any = self._inside.layout()
        if skill["state"] == "on" and skill["runs_by_itself"]:
            layout.addWidget(self._form(skill))
        elif skill["state"] == "on":
            layout.addWidget(muted(tr("It is written for a model that reads: name it with ${name} in a request.", name=skill["name"])))
        if text := skill.get("text"):
            view = MarkdownView(self._theme.colors)
            view.set_markdown(re.sub(rf"\A#\s+{re.escape(skill['title'])}\s*\n", "", text))
            layout.addWidget(view)
        if skill.get("says"):
            layout.addWidget(muted(tr("You can also say: {phrases}", phrases="; ".join(skill["says"][:4]))))
        if report := skill.get("report"):
            add_report(layout, report)
        if skill.get("confined"):
            layout.addWidget(muted(tr("In its first three runs it is held to the tools that it names; anything else asks.")))
        for run in skill.get("history", ())[:5]:
            layout.addWidget(muted(f"{run['at'][:16].replace('T', ' ')} · {tr(run['status'])}"))
        layout.addLayout(self._verbs(skill))

    def _form(self, skill: dict[str, Any]) -> QWidget:
        held = QWidget()
        layout = QVBoxLayout(held)
        layout.setContentsMargins(0, 0, 0, 0)
        form = FormFields(skill["inputs"])
        run = button(tr("Run it"), skill["title"], lambda: self._run(form), "primary")

        def look() -> None:
            run.setEnabled(not form.problem())
            run.setToolTip(form.problem())

        form.changed.connect(look)
        look()
        layout.addWidget(form)
        layout.addWidget(run, alignment=Qt.AlignmentFlag.AlignLeft)
        return held

    def _run(self, form: FormFields) -> None:
        name = self._row["name"]
        body = {"text": f"${name}", "skill": {"name": name, "inputs": form.values()}}
        self._connection.post("/api/runs", body, lambda run: self.started.emit(run["conversation_id"]), self._failed)

    def _verbs(self, skill: dict[str, Any]) -> QHBoxLayout:
        line, title, path = QHBoxLayout(), skill["title"], f"/api/skills/{quote(skill['name'], safe='')}"
        if skill["state"] in ("on", "off", "new", "changed", "retired"):
            on = skill["state"] == "on"
            line.addWidget(
                button(tr("Switch off") if on else tr("Switch on"), title, lambda: self._connection.patch(path, {"enabled": not on}, lambda _: self.changed.emit(), self._failed))
            )
        if "files" in skill:
            line.addWidget(button(tr("Edit"), title, lambda: self._connection.get(path + "/file", self._edit, self._failed)))
            line.addWidget(button(tr("Share …"), title, self._share))
        if skill["origin"] == "own":
            line.addWidget(button(tr("Remove"), title, lambda: self._connection.delete(path, lambda _: self.changed.emit(), self._failed)))
        line.addStretch(1)
        return line

    def _edit(self, file: dict[str, Any]) -> None:
        """SKILL.md as it stands, beside how it reads."""
        if self._inside is None:
            return
        editor, view = QPlainTextEdit(file["text"]), MarkdownView(self._theme.colors)
        editor.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        editor.setMinimumHeight(260)
        editor.setTabChangesFocus(True)
        editor.setAccessibleName(tr("The text of the skill"))
        view.set_markdown(body_of(file["text"]))
        editor.textChanged.connect(lambda: view.set_markdown(body_of(editor.toPlainText())))
        held = QWidget()
        layout = QVBoxLayout(held)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.addWidget(editor)
        layout.addWidget(muted(tr("How it reads:")))
        layout.addWidget(view)
        line = QHBoxLayout()
        path = f"/api/skills/{quote(self._row['name'], safe='')}"
        line.addWidget(
            button(
                tr("Save"),
                self._row["title"],
                lambda: self._connection.patch(path, {"files": {"SKILL.md": editor.toPlainText()}}, lambda _: self.changed.emit(), self._failed),
                "primary",
            )
        )
        line.addWidget(button(tr("Cancel"), self._row["title"], self.changed.emit))
        line.addStretch(1)
        layout.addLayout(line)
        self._layout.replaceWidget(self._inside, held)
        self._inside.deleteLater()
        self._inside = held
        editor.setFocus()

    def _share(self) -> None:
        dialog = QFileDialog(self, tr("Share …"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(f"{self._row['name']}.zip")
        dialog.fileSelected.connect(self.share_to)
        dialog.open()

    def share_to(self, path: str) -> None:
        """Write the skill as a zip."""

        def write(content: bytes) -> None:
            try:
                Path(path).write_bytes(content)
            except OSError as error:
                self._failed({"message": f"{path}: {error.strerror}."})

        self._connection.fetch(f"/api/skills/{quote(self._row['name'], safe='')}/zip", write, self._failed)


class OfferCard(QFrame):
    """A skill that was looked at: what it wants, what was found, what is new; ``done`` carries its name when it was added, nothing when not."""

    done = Signal(str)

    def __init__(self, offer: dict[str, Any], connection: CoreConnection) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._offer, self._connection = offer, connection
        layout = self._layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.addWidget(heading(tr("Add {name}?", name=offer["name"])))
        layout.addWidget(muted(offer["description"]))
        if offer["replaces"]:
            more = tr(" It wants besides: {what}.", what=", ".join(offer["new"])) if offer["new"] else ""
            note = QLabel(tr("It takes the place of the skill of that name that is there.") + more)
            note.setProperty("role", "warn")
            note.setWordWrap(True)
            layout.addWidget(note)
        add_report(layout, offer["report"])
        for step in offer["replay"]:
            layout.addWidget(muted(tr("Tried on copies: {step}", step=f"{step['tool']} – {tr(step['status'])} {step['why']}".strip())))
        layout.addWidget(self._difference(offer["changes"]))
        line = QHBoxLayout()
        self._add = consent_button(tr("Add it"), offer["name"], self._take, "primary")
        self._add.allow(not offer["report"]["blocked"])
        line.addWidget(self._add)
        line.addWidget(button(tr("Leave it"), offer["name"], lambda: self.done.emit("")))
        line.addStretch(1)
        layout.addLayout(line)

    def _difference(self, text: str) -> QPlainTextEdit:
        shown = QPlainTextEdit(text or tr("Nothing is different from the one that is there."))
        shown.setReadOnly(True)
        shown.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        shown.setAccessibleName(tr("What would be added, line by line"))
        shown.setTabChangesFocus(True)
        shown.setFixedHeight(min(320, 24 + shown.fontMetrics().lineSpacing() * (text.count("\n") + 2)))
        return shown

    def _take(self) -> None:
        self._add.allow(False)
        self._connection.post("/api/skills", {"id": self._offer["id"], "digest": self._offer["digest"]}, lambda row: self.done.emit(row["name"]), self._failed)

    def _failed(self, error: dict[str, Any]) -> None:
        self._layout.addWidget(plain(f"{error['message']} {error.get('hint', '')}".strip(), "bad"))


def add_report(layout: QVBoxLayout, report: dict[str, Any]) -> None:
    """What a skill wants, and what was found in it; what blocks it first."""
    wants = [
        tr(words, what=", ".join(report[key][:12]))
        for words, key in (("Tools: {what}", "tools"), ("Reaches: {what}", "hosts"), ("Paths: {what}", "paths"), ("Brings programs: {what}", "scripts"))
        if report[key]
    ]
    if wants:
        layout.addWidget(muted(" · ".join(wants)))
    for finding in report["findings"][:12]:
        place = f"{finding['file']}{':' + str(finding['line']) if finding['line'] else ''}"
        said = f"{tr('Blocked') if finding['severity'] == 'block' else tr('Note')}: {place} {finding['why']}{' – ' + finding['excerpt'] if finding['excerpt'] else ''}"
        layout.addWidget(plain(said, "bad" if finding["severity"] == "block" else "warn"))


def body_of(text: str) -> str:
    """SKILL.md without its front matter."""
    parts = text.split("---\n", 2)
    return parts[2] if text.startswith("---\n") and len(parts) == 3 else text
