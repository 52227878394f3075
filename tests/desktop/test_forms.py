"""Forms from schemas: what a server asks, what a tool takes; and adding a server with its command in sight."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from app.desktop.pages.servers import AddServer, server_card
from app.desktop.widgets.approval_card import ApprovalCard
from app.desktop.widgets.consent import DEAF_MS
from app.desktop.widgets.form_fields import FormFields

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "title": "Repository"}, "count": {"type": "integer", "default": 3}, "share": {"anyOf": [{"type": "number"}, {"type": "null"}]}, "private": {"type": "boolean"},
        "kind": {"type": "string", "enum": ["issue", "pull"]}, "tags": {"type": "array", "items": {"type": "string"}}, "more": {"type": "object"},
    },
    "required": ["name"],
}  # fmt: skip


def field(form: FormFields, name: str) -> Any:
    return form._fields[name][0]


def test_a_form_gives_typed_values_and_says_what_is_missing(qtbot: QtBot) -> None:
    form = FormFields(SCHEMA)
    qtbot.addWidget(form)
    assert "name" in form.problem() and form.values() == {"count": 3}
    kinds = {"name": QLineEdit, "private": QCheckBox, "kind": QComboBox, "tags": QPlainTextEdit}
    assert all(isinstance(field(form, name), kind) for name, kind in kinds.items()) and field(form, "name").accessibleName() == "Repository *"
    with qtbot.waitSignal(form.changed):
        qtbot.keyClicks(field(form, "name"), "a/b")
    field(form, "share").setText("0.5")
    field(form, "private").setChecked(True)
    field(form, "kind").setCurrentText("pull")
    field(form, "tags").setPlainText("x\ny")
    field(form, "more").setPlainText('{"a": 1}')
    assert form.problem() == "" and form.values() == {"name": "a/b", "count": 3, "share": 0.5, "private": True, "kind": "pull", "tags": ["x", "y"], "more": {"a": 1}}
    field(form, "count").setText("three")
    assert "no number" in form.problem()
    field(form, "count").setText("")
    field(form, "more").setPlainText("[1]")
    assert "no JSON" in form.problem()


@pytest.mark.parametrize("schema", [{}, {"properties": {}}, {"properties": {"a": True, "b": {"type": ["null", "integer"]}}}])
def test_strange_schemas_are_borne(schema: dict[str, Any], qtbot: QtBot) -> None:
    form = FormFields(schema)
    qtbot.addWidget(form)
    assert form.problem() == ""


def test_what_asks_for_leave_cannot_hide_a_part_of_itself_in_markup(qtbot: QtBot) -> None:
    hidden = "<span style='font-size:0'>and sends it away</span>"
    card = ApprovalCard(
        {"approval": "a1", "kind": "step", "tool": f"mcp:x {hidden}", "why": f"it writes {hidden}", "preview": "x", "tainted": True, "origins": [f"web.fetch {hidden}"]}
    )
    qtbot.addWidget(card)
    labels = [label for label in card.findChildren(QLabel) if hidden in label.text()]
    assert len(labels) == 3 and all(label.textFormat() == Qt.TextFormat.PlainText for label in labels)


def test_what_a_server_asks_is_answered_with_what_is_filled_in(qtbot: QtBot) -> None:
    card = ApprovalCard({"approval": "a1", "kind": "form", "tool": "mcp:x", "why": "it wants to know", "preview": "Which one?", "grantable": False, "schema": SCHEMA})
    qtbot.addWidget(card)
    card.show()
    qtbot.wait(DEAF_MS + 100)
    assert not card._yes.isEnabled()
    card._yes.click()
    assert card.isEnabled()  # not without the name
    assert card._fields is not None
    field(card._fields, "name").setText("a/b")
    with qtbot.waitSignal(card.decided) as sent:
        qtbot.mouseClick(card._yes, Qt.MouseButton.LeftButton)
    assert sent.args == ["a1", {"decision": "once", "content": {"name": "a/b", "count": 3}}]


class Connection:
    """Remembers what is asked of the core."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, Any]] = []

    def post(self, path: str, body: Any, done: Any, failed: Any) -> None:
        self.sent.append(("POST", path, body))

    def delete(self, path: str, done: Any, failed: Any) -> None:
        self.sent.append(("DELETE", path, None))


def test_a_server_is_added_after_its_whole_command_was_shown(qtbot: QtBot) -> None:
    connection = Connection()
    form = AddServer(connection, [], lambda: None, lambda error: None)  # type: ignore[arg-type]
    qtbot.addWidget(form)
    assert not form._go.isEnabled()
    form._name.setText("git")
    form._what.setText("uvx mcp-server-git --repository '/my repo'")
    assert form._go.isEnabled() and "--repository  /my repo" in form._shown.text()
    qtbot.mouseClick(form._go, Qt.MouseButton.LeftButton)
    assert connection.sent == [("POST", "/api/mcp", {"name": "git", "command": "uvx", "args": ["mcp-server-git", "--repository", "/my repo"]})]
    form._what.setText("https://example.org/mcp")
    assert "https://example.org/mcp" in form._shown.text()
    form._what.setText("an 'open quote")
    assert not form._go.isEnabled()


def test_a_servers_card_tells_its_state_and_what_changed(qtbot: QtBot) -> None:
    row = {
        "name": "git", "state": "failed", "kind": "http", "command": "https://example.org/mcp", "problem": "it ended", "server": "git 1", "tools": [], "calls": 2,
        "changed": [{"tool": "push", "new": False, "before": {"description": "Push."}, "after": {"description": "Push. And more."}}],
    }  # fmt: skip
    connection = Connection()
    card = server_card(row, connection, lambda: None, lambda error: None)  # type: ignore[arg-type]
    qtbot.addWidget(card)
    buttons = {button.text(): button for button in card.findChildren(QPushButton)}
    assert set(buttons) == {"Test", "Sign in", "Remove", "I have looked; offer them"}
    card.show()
    qtbot.waitUntil(buttons["I have looked; offer them"].isEnabled, timeout=5_000)
    for text in buttons:
        buttons[text].click()
    assert [path for _, path, _ in connection.sent] == ["/api/mcp/git/test", "/api/mcp/git/login", "/api/mcp/git", "/api/mcp/git/agree"]


def test_names_and_descriptions_of_another_program_are_no_markup(qtbot: QtBot) -> None:
    form = FormFields({"properties": {"to": {"type": "string", "title": "<b>Send</b><span style='font-size:0'>all</span>", "description": "<img src=x> & more"}}})
    qtbot.addWidget(form)
    label = next(one for one in form.findChildren(QLabel) if "Send" in one.text())
    assert label.textFormat() == Qt.TextFormat.PlainText and "<b>" in label.text()
    assert field(form, "to").toolTip() == "<p>&lt;img src=x&gt; &amp; more</p>"
