"""What is blocked before a skill is used, and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from skills.format import read_skill
from skills.vetting import Report, look_over

DATA = Path(__file__).parents[1] / "data"


def blocks(name: str) -> list[str]:
    text = (DATA / name).read_text(encoding="utf-8").split("\n", 1)[1]
    return [block.strip("\n") for block in text.split("\n===\n")]


def vetted(folder: Path, body: str, **files: str) -> Report:
    skill = folder / "sample"
    skill.mkdir(parents=True)
    (skill / "SKILL.md").write_text(f"---\nname: sample\ndescription: Does something useful.\n---\n\n{body}\n", encoding="utf-8")
    for name, content in files.items():
        (skill / name.replace("__", ".")).write_text(content, encoding="utf-8")
    return look_over(read_skill(skill))


@pytest.mark.parametrize("block", blocks("skills_bad.txt"), ids=lambda block: block.split("\n")[1][:40])
def test_what_harms_is_blocked_and_the_reason_names_the_place(tmp_path: Path, block: str) -> None:
    body = block.split("\n", 1)[1]
    report = vetted(tmp_path, body)

    assert report.blocked, body
    assert all(reason.startswith("SKILL.md:") for reason in report.reasons)


@pytest.mark.parametrize("block", blocks("skills_good.txt"), ids=lambda block: block.split("\n")[0][:40])
def test_what_does_no_harm_is_not_blocked(tmp_path: Path, block: str) -> None:
    report = vetted(tmp_path, block)

    assert not report.blocked, report.reasons
