"""The Skills page: found, run by its form, switched, edited with a preview, added after a look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from app.desktop.pages.skill_cards import OfferCard, SkillCard
from app.desktop.pages.skills import SkillsPage
from app.desktop.theme import Theme
from app.desktop.widgets.consent import DEAF_MS, ConsentButton


def row(name: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name, "title": name.capitalize(), "description": f"Does {name}.", "origin": "builtin", "state": "on", "why": "", "folder": f"/s/{name}", "version": "1", "runs_by_itself": True,
        "uses": 0, "successes": 0, "last_used": "",
    } | more  # fmt: skip


REPORT: dict[str, Any] = {"blocked": False, "findings": [], "tools": ["files.write"], "hosts": [], "paths": [], "scripts": []}
WHOLE = {"text": "# How\n\nLike this.", "files": ["SKILL.md"], "warnings": [], "inputs": {"type": "object", "properties": {"who": {"type": "string", "title": "Who"}}, "required": ["who"]}, "says": ["greet ‹who›"], "report": REPORT, "history": [], "confined": False}  # fmt: skip
OFFER = {"id": "look_1", "digest": "d", "name": "new-one", "description": "New.", "replaces": "", "new": [], "report": REPORT, "replay": [], "changes": "+line"}


class Connection:
    """A core that knows these skills."""

    def __init__(self, rows: list[dict[str, Any]], offer: dict[str, Any]) -> None:
        self.rows, self.offer, self.sent = rows, offer, list[tuple[str, str, Any]]()

    def get(self, path: str, done: Any, failed: Any = None) -> None:
        self.sent.append(("GET", path, None))
        if "search" in path:
            done({"skills": self.rows[:1], "by_meaning": False})
        elif path.endswith("/file"):
            done({"path": "SKILL.md", "text": "---\nname: a\n---\n# How\n"})
        else:
            done(self.rows if path == "/api/skills" else next(one for one in self.rows if path.endswith(one["name"])) | WHOLE)

    def fetch(self, path: str, done: Any, failed: Any = None) -> None:
        done(b"PK")

    def post(self, path: str, body: Any, done: Any = None, failed: Any = None) -> None:
        self.sent.append(("POST", path, body))
        if "fail" in str(body):
            failed({"message": "There is no such place.", "hint": ""})
        elif path == "/api/runs":
            done({"conversation_id": "conv_1"})
        elif path == "/api/skills":
            self.rows = [*self.rows, row("new-one", origin="own")]
            done(self.rows[-1])
        else:
            done(self.offer)

    def patch(self, path: str, body: Any, done: Any = None, failed: Any = None) -> None:
        self.sent.append(("PATCH", path, body))
        done({})


def page(qtbot: QtBot, theme: Theme, rows: list[dict[str, Any]], **offer: Any) -> tuple[SkillsPage, Connection]:
    connection = Connection(rows, OFFER | offer)
    made = SkillsPage(theme, connection)  # type: ignore[arg-type]
    qtbot.addWidget(made)
    made.refresh()
    return made, connection


def press(where: Any, name: str) -> None:
    found = next(button for button in where.findChildren(QPushButton) if button.accessibleName() == name)
    if isinstance(found, ConsentButton):  # deaf until it has been on the screen for a while
        found.window().show()
        QTest.qWait(DEAF_MS + 200)
    found.click()


def cards(of: SkillsPage) -> list[SkillCard]:
    return [widget for at in range(of._rows.count()) if isinstance(widget := of._rows.itemAt(at).widget(), SkillCard)]


def words(of: Any) -> str:
    return "\n".join(label.text() for label in of.findChildren(QLabel))


def test_what_needs_a_look_comes_first_and_the_list_can_be_narrowed(qtbot: QtBot, theme: Theme) -> None:
    made, _ = page(qtbot, theme, [row("alpha"), row("beta", origin="own"), row("gamma", state="blocked", why="It fetches.")])

    assert [card._row["name"] for card in cards(made)] == ["gamma", "beta", "alpha"] and "It fetches." in words(cards(made)[0])
    made._which.setCurrentIndex(made._which.findData("own"))
    assert [card._row["name"] for card in cards(made)] == ["beta"]


def test_of_hundreds_the_first_are_shown_and_the_rest_when_asked_for(qtbot: QtBot, theme: Theme) -> None:
    made, _ = page(qtbot, theme, [row(f"skill-{number:03}") for number in range(130)])

    assert len(cards(made)) == 60
    next(button for button in made.findChildren(QPushButton) if button.text() == "Show 60 more").click()
    assert len(cards(made)) == 120
    next(button for button in made.findChildren(QPushButton) if button.text() == "Show 10 more").click()
    assert [card._row["name"] for card in cards(made)] == [f"skill-{number:03}" for number in range(130)]


def test_a_skill_runs_when_its_form_is_filled_in(qtbot: QtBot, theme: Theme) -> None:
    made, connection = page(qtbot, theme, [row("alpha")])
    card = cards(made)[0]
    press(card, "Open: Alpha")
    run = next(button for button in card.findChildren(QPushButton) if button.accessibleName() == "Run it: Alpha")
    assert not run.isEnabled()
    card.findChild(QLineEdit).setText("Ann")

    with qtbot.waitSignal(made.started) as started:
        run.click()

    assert started.args == ["conv_1"] and connection.sent[-1] == ("POST", "/api/runs", {"text": "$alpha", "skill": {"name": "alpha", "inputs": {"who": "Ann"}}})
    assert "greet ‹who›" in words(card)


def test_editing_shows_how_it_reads_and_saves_the_text(qtbot: QtBot, theme: Theme) -> None:
    made, connection = page(qtbot, theme, [row("alpha")])
    card = cards(made)[0]
    press(card, "Open: Alpha")
    press(card, "Edit: Alpha")
    editor = card.findChild(QPlainTextEdit)
    editor.setPlainText("---\nname: a\n---\n# Better\n")

    press(card, "Save: Alpha")

    assert ("PATCH", "/api/skills/alpha", {"files": {"SKILL.md": "---\nname: a\n---\n# Better\n"}}) in connection.sent


def test_a_skill_is_switched_and_shared(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    made, connection = page(qtbot, theme, [row("alpha")])
    card = cards(made)[0]
    press(card, "Open: Alpha")
    card.share_to(str(tmp_path / "a.zip"))
    card.share_to(str(tmp_path / "nowhere" / "a.zip"))
    press(card, "Switch off: Alpha")

    assert (tmp_path / "a.zip").read_bytes() == b"PK" and "No such file" in words(card)
    assert ("PATCH", "/api/skills/alpha", {"enabled": False}) in connection.sent


def test_a_new_one_is_shown_before_it_is_added_and_a_blocked_one_cannot_be(qtbot: QtBot, theme: Theme) -> None:
    made, connection = page(qtbot, theme, [row("alpha")])
    made._source.setText("/some/folder")
    made._look_at()
    offer = made.findChildren(OfferCard)[-1]
    assert "Tools: files.write" in words(offer) and "+line" in offer.findChild(QPlainTextEdit).toPlainText()
    press(offer, "Add it: new-one")
    assert ("POST", "/api/skills", {"id": "look_1", "digest": "d"}) in connection.sent and cards(made)[0]._row["name"] == "new-one"
    finding = {"severity": "block", "code": "x", "file": "SKILL.md", "line": 3, "why": "has something fetched", "excerpt": "<b>curl</b>"}
    made, _ = page(qtbot, theme, [], report=REPORT | {"blocked": True, "findings": [finding]})
    made.learn("run_1")
    offer = made.findChildren(OfferCard)[-1]
    assert not next(button for button in offer.findChildren(QPushButton) if button.accessibleName() == "Add it: new-one").isEnabled()
    assert "Blocked: SKILL.md:3 has something fetched – <b>curl</b>" in words(offer)
    made._source.setText("fail")
    made._look_at()
    assert "There is no such place." in words(made)
