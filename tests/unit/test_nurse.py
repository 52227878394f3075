"""A broker that answers nobody is begun anew; one that is away, or has no room, is left alone."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.service.devices.nurse import ROOM, TRIES, Nurse


@pytest.mark.parametrize(
    ("up", "answers", "free", "restarts"),
    [
        (True, [False] * TRIES, ROOM * 2, 1),
        (True, [False] * (TRIES * 2), ROOM * 2, 2),
        (True, [False, False, True, False, False], ROOM * 2, 0),
        (True, [False] * TRIES, ROOM // 2, 0),
        (False, [False] * TRIES, ROOM * 2, 0),
        (True, [True] * 5, ROOM * 2, 0),
    ],
)
async def test_when_it_is_begun_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, up: bool, answers: list[bool], free: int, restarts: int) -> None:
    done: list[str] = []
    left = iter(answers)

    async def says(seconds: float) -> bool:
        return next(left)

    async def restart() -> None:
        done.append("restart")

    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=free))
    nurse = Nurse(tmp_path, lambda: up, says, restart)
    for _ in answers:
        await nurse.look()
    assert len(done) == restarts
