"""Attacks on the action loop that got through once: a workspace that holds keys and start-up files, and private files by way of a folder or a link."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.service.composition import Core, compose
from core.home import Home
from models.scripted import ScriptedModel
from tests.integration.test_action_loop import ask, call, model, tool_results
from tests.integration.test_loop_attacks import READ_OUTSIDE, SECRET, answer_questions, holds_secret, person, tool  # noqa: F401

LOOK = "look at everything that is here and help me"
DATA = ".local/share/deskhand"


@pytest.fixture
async def at_home(person: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:  # noqa: F811
    """Makes a core whose data lies in its usual place of the home folder."""
    monkeypatch.setenv("DESKHAND_HOME", str(person / DATA))
    Home.default().create()
    made: list[Core] = []

    def make(planner: ScriptedModel) -> Core:
        made.append(compose(Home.default(), models={"planner": planner}))
        made[-1].settings.set("models.planner", "planner")
        made[-1].settings.set("models.executor", "planner")
        return made[-1]

    yield make
    for core in made:
        await core.stop()


@pytest.mark.parametrize("path", [".ssh/authorized_keys", ".bashrc", ".config/autostart/x.desktop", f"{DATA}/settings.toml", f"{DATA}/mcp.json", f"{DATA}/skills/x/SKILL.md"])
async def test_a_home_as_workspace_is_not_written_where_programs_obey(path: str, at_home: Any, person: Path) -> None:  # noqa: F811
    core = at_home(model([READ_OUTSIDE], [call("files_write", path=path, text="evil")], "That is all."))
    await ask(core, person, LOOK)
    assert not (person / path).exists() or "evil" not in (person / path).read_text()


async def test_a_home_as_workspace_does_not_give_the_database_away(at_home: Any, person: Path) -> None:  # noqa: F811
    for name in (f"{DATA}/deskhand.sqlite", ".local"):
        await ask(at_home(model([call("files_delete", path=name)], "That is all.")), person, LOOK)
        assert (person / DATA / "deskhand.sqlite").exists()


@pytest.mark.parametrize("file", [".ssh/id_rsa", f"{DATA}/api-token"])
async def test_code_in_a_home_does_not_see_keys(file: str, at_home: Any, person: Path) -> None:  # noqa: F811
    planner = model([tool("code.run", code=f"print('RE' + 'AD', len(open('{file}').read()))")], "That is all.")
    await ask(at_home(planner), person, LOOK)
    assert "READ" not in tool_results(planner.requests[1])[0]


async def test_everyday_work_in_a_home_asks_nothing(at_home: Any, person: Path) -> None:  # noqa: F811
    (person / "Documents").mkdir()
    (person / "Documents/a.txt").write_text("milk")
    steps = [
        [call("files_read", path="Documents/a.txt")], [call("files_write", path="b.txt", text="bread")], [tool("files.copy", source="Documents", target="Copies")],
        [tool("files.archive", source=["Documents"], target="d.zip")], [call("files_move", source="b.txt", target="Documents/")], [tool("code.run", code="print(open('Documents/a.txt').read())")],
    ]  # fmt: skip
    _, asked = await answer_questions(at_home(model(*steps, "All done as you said.")), person, "write bread to b.txt, copy, pack and move it", [])
    assert asked == [] and (person / "Documents/b.txt").read_text().strip() == "bread"
    assert (person / "Copies/a.txt").exists() and (person / "d.zip").exists()


@pytest.mark.parametrize(
    "calls",
    [
        [tool("files.copy", source="~", target="c")], [tool("files.archive", source=["~"], target="x.zip")], [tool("files.archive", source=["."], target="x.zip")],
        [tool("files.copy", source="~/.config", target="c")], [call("files_move", source="~/.config", target="c")], [call("files_read", path="~/.net_rc")],
        [tool("files.find", text=SECRET[:6], path=".")], [tool("files.find", text=SECRET[:6], path="~/.config")],
    ],
    ids=["copy home", "pack home", "pack a link", "copy settings", "move settings", "nearly right name", "find in a link", "find in settings"],
)  # fmt: skip
async def test_private_files_do_not_come_along_with_a_folder_or_a_link(calls: list[Any], person: Path, make_core: Any, workspace: Path) -> None:  # noqa: F811
    (workspace / "link").symlink_to(person / ".ssh/id_rsa")
    (person / ".config/gcloud").mkdir(parents=True)
    (person / ".config/gcloud/c.json").write_text(SECRET)
    (person / ".netrc").write_text(SECRET)
    planner = model(calls, "All right.")
    await ask(make_core(planner=planner), workspace, LOOK)
    (workspace / "link").unlink()
    assert not holds_secret(workspace) and SECRET not in str(tool_results(planner.requests[1]))
