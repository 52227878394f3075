"""A core that was stopped holds nothing open: neither its database nor the skills' index."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import pytest

from app.service.composition import compose
from core.home import Home
from tests.helpers.meanings import meanings_of

CORES = 10
DESCRIPTORS = Path("/proc/self/fd")


def open_files(below: Path) -> list[str]:
    """What of this folder the process holds open."""
    found = []
    for entry in DESCRIPTORS.iterdir():
        try:
            target = str(entry.readlink())
        except OSError:  # that of the listing itself
            continue
        if target.startswith(str(below)):
            found.append(target)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_ten_cores_that_searched_their_skills_leave_no_descriptor_open(tmp_path: Path) -> None:
    everything = 0
    for number in range(CORES):
        core = compose(Home(tmp_path / f"home{number}"))
        core.skills.search.embed = meanings_of(("greet hello", "compare differ versions"))
        assert await core.skills.find("compare two versions of a text", 3)
        assert core.skills.search.by_meaning and open_files(tmp_path), "the index was opened"
        await core.stop()
        gc.collect()
        if number == 0:
            everything = len(list(DESCRIPTORS.iterdir()))  # what libraries open once
    assert open_files(tmp_path) == []
    assert len(list(DESCRIPTORS.iterdir())) <= everything + 2
