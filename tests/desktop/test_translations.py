"""Every text of the window is complete in every language we ship."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QLocale

from app.desktop import main
from app.desktop.pages import device_cards, devices, machine_cards, schedule_cards, schedule_form
from app.desktop.pages.inspector import WAYS
from app.desktop.pages.names import PAGES
from app.desktop.pages.roles import HINTS, ROLES
from app.desktop.pages.settings import _GROUPS
from app.desktop.pages.skill_cards import _ORIGINS, _STATES
from app.desktop.pages.tools import _RISKS
from app.desktop.reasons import SENTENCES, reason
from app.desktop.step_words import LINES
from app.desktop.text import tr
from app.desktop.theme import STATE
from app.desktop.widgets.status_line import STATUS_WORDS
from core.settings import DECLARED

FOLDER = Path(main.__file__).with_name("translations")
LANGUAGES = sorted(path.stem for path in FOLDER.glob("*.json"))


def texts() -> set[str]:
    """Every literal given to ``tr``, and the texts that come from data."""
    found = (
        {label for setting in DECLARED for label in [setting.label]}
        | set(STATE)
        | set(ROLES.values())
        | set(HINTS.values())
        | set(_GROUPS.values())
        | {text for _, text in _RISKS.values()}
        | {text for _, text in PAGES}
        | {text for _, text in _STATES.values()}
        | set(_ORIGINS.values())
        | set(SENTENCES)
        | set(WAYS.values())
        | set(STATUS_WORDS.values())
        | set(machine_cards.WHY.values())
        | {text for pair in LINES.values() for text in pair}
        | {text for _, text in (*schedule_cards._STATES.values(), *schedule_cards._ATTENTION.values())}
        | {*schedule_cards._MISSED.values(), *schedule_cards._OVERLAP.values(), *schedule_form.LABELS.values(), *schedule_form.DAYS, "minutes", "hours", "days"}
        | {
            *device_cards._WORK.values(),
            *(text for _, text in devices.RIGHTS),
            "read",
            "change",
            "act",
            "taken",
            "started",
            "ended",
            "dropped",
            "connected",
            "not connected now",
            "not let in any more",
        }
        | {words for pairs in (schedule_form.KINDS, *schedule_form.CHOICES.values()) for _, words in pairs}
    )
    for path in FOLDER.parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "tr" and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_and_every_slot_is_kept(language: str) -> None:
    pairs = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    assert not texts() - set(pairs), texts() - set(pairs)
    for english, text in pairs.items():
        assert text and sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", text)), english


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_file_is_that_of_the_source(language: str, qapp: Any) -> None:
    pairs = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    translators = main.translate(qapp, QLocale(language))
    try:
        assert all(tr(english) == text for english, text in pairs.items())
    finally:
        for translator in translators:
            qapp.removeTranslator(translator)
    assert tr("Undo") == "Undo"


def test_why_it_asks_is_said_in_the_person_s_language(qapp: Any) -> None:
    translators = main.translate(qapp, QLocale("de"))
    try:
        assert reason("the skill tidy does not say that it uses shell.run") == "der Skill tidy sagt nicht, dass er shell.run benutzt"
        assert reason("it cannot be undone") == "es lässt sich nicht rückgängig machen" and reason("The third step is needless.") == "The third step is needless."
    finally:
        for translator in translators:
            qapp.removeTranslator(translator)
    assert reason("the MCP server notes was called and wants to know it") == "the MCP server notes was called and wants to know it"
