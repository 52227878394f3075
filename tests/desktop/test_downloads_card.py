"""The card of what is on its way: how far, what it waits for, what went wrong, and what is said of the source."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QProgressBar

from app.desktop.pages.machine_cards import DownloadsCard
from models.sources.fetching import Download
from models.sources.offers import REGISTRY, Offer, RemoteFile


class Answers:
    """Stands for the core: one answer, whatever is asked."""

    def __init__(self, *downloads: Download) -> None:
        self.rows = [download.to_json() for download in downloads]

    def get(self, path: str, done: Any, failed: Any) -> None:
        done(self.rows)


def card(qtbot: Any, **state: Any) -> DownloadsCard:
    offer = Offer("registry:x", "X", state.pop("bytes", 400_000_000), "Apache-2.0", REGISTRY, (RemoteFile("x.gguf"),), note=state.pop("note", ""))
    made = DownloadsCard(Answers(Download("dl", offer, "x", **state)), lambda error: None, lambda: None)  # type: ignore[arg-type]
    qtbot.addWidget(made)
    made.look()
    return made


def words(made: DownloadsCard) -> str:
    return " | ".join(label.text() for label in made.findChildren(QLabel))


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"done": 100_000_000}, "100 MB of 400 MB"),
        ({"phase": "waiting"}, "another Deskhand is fetching it"),
        ({"phase": "verifying", "done": 400_000_000}, "checking that it is whole"),
        ({"note": "The model hub does not answer."}, "The model hub does not answer."),
        ({"state": "failed", "problem": "The disk is full."}, "x.gguf: The disk is full."),
    ],
)
def test_what_is_said_of_a_download(state: dict[str, Any], said: str, qtbot: Any) -> None:
    made = card(qtbot, **state)
    assert said in words(made) and not made.isHidden()


def test_a_size_that_nobody_has_told_is_no_share(qtbot: Any) -> None:
    made = card(qtbot, bytes=0, done=5_000_000)
    (bar,) = made.findChildren(QProgressBar)
    assert (bar.minimum(), bar.maximum()) == (0, 0) and "5.0 MB," in words(made) and " of " not in words(made)
