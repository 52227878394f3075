"""Which paths are inside of a workspace: never keys, Deskhand's own data or what runs by itself, wherever the workspace lies."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from core.home import Home
from core.ports import ToolContext
from tools import confinement, paths
from tools.files.names import tree, walk


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with keys, Deskhand's data in its usual place."""
    home = tmp_path / "person"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh/id_rsa").write_text("KEY")
    (home / ".netrc").write_text("KEY")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("DESKHAND_HOME", str(home / ".local/share/deskhand"))
    Home.default().create()
    return home


@pytest.mark.parametrize("name", [".ssh/id_rsa", ".SSH/id_rsa", ".netrc", ".config/gh/hosts.yml", ".local/share/deskhand/deskhand.sqlite", ".local/share/deskhand/api-token"])
def test_keys_and_own_data_are_private_in_every_workspace(name: str, person: Path) -> None:
    for workspace in (person, person / ".ssh", Path("/")):
        for reading in (True, False):
            scope = paths.scope_of(person / name, workspace, reading)
            assert scope.private and not scope.inside


@pytest.mark.parametrize("name", [".bashrc", ".config/autostart/x.desktop", "bin/ls", ".local/share/deskhand/skills/x/SKILL.md", ".local/share/deskhand/mcp.json"])
def test_what_runs_by_itself_is_never_inside_to_write(name: str, person: Path) -> None:
    scope = paths.scope_of(person / name, person, reading=False)
    assert scope.private and not scope.inside


def test_work_is_inside_as_before(person: Path) -> None:
    for name in ("notes.txt", "Documents/a/b.md", "code/.env", "code/.git/description"):
        assert paths.scope_of(person / name, person, reading=False).inside
    for name in (".bashrc", ".config/foo/settings.ini", ".local/share/deskhand/notes/2026.md", ".local/share/deskhand/received/a.png"):
        assert paths.scope_of(person / name, person, reading=True).inside
    settings = person / ".config/foo"
    assert paths.scope_of(settings / "a.ini", settings, reading=False).inside  # the person's choice
    skill = person / ".local/share/deskhand/skills/x"
    assert paths.scope_of(skill / "SKILL.md", skill, reading=False).inside


def test_hooks_of_a_repository_are_outside_of_its_workspace(person: Path) -> None:
    (person / "code/.git/hooks").mkdir(parents=True)
    assert paths.scope_of(person / "code/.git/hooks/pre-commit", person / "code", reading=False).private
    for name in ("hooks/pre-commit", "config"):  # git obeys them as soon as the rest is there
        assert paths.scope_of(person / "new/.git" / name, person, reading=False).private
    assert paths.scope_of(person / "new/.git/description", person, reading=False).inside


def test_links_are_followed_both_ways(person: Path, tmp_path: Path) -> None:
    (person / "link").symlink_to(person / ".ssh/id_rsa")
    assert paths.scope_of(person / "link", person, reading=True).private
    (tmp_path / "kept").mkdir()
    (person / ".aws").symlink_to(tmp_path / "kept")
    from core.gate import places

    places._known.clear()
    assert paths.scope_of(tmp_path / "kept/credentials", tmp_path, reading=True).private


def test_a_name_that_is_nearly_right_is_asked_about_as_the_one_it_finds(person: Path) -> None:
    assert paths.meant("~/.net_rc", person) == paths.existing("~/.net_rc", person) == person / ".netrc"


def test_what_is_private_stays_out_of_walks_unless_it_is_named(person: Path) -> None:
    (person / "a.txt").write_text("a")
    (person / "link.txt").symlink_to(person / ".netrc")
    left: list[Path] = []
    assert person / "a.txt" in (taken := list(tree(person, left))) and not [item for item in taken if item.is_file() and item.read_text() == "KEY"]
    assert {person / ".ssh", person / ".netrc", person / "link.txt"} <= set(left)
    assert [item.name for item in walk(person)] == ["a.txt"]
    assert list(tree(person / ".ssh", [])) == [person / ".ssh/id_rsa"]


async def test_a_moved_folder_takes_along_what_is_private_in_it(person: Path, context: ToolContext, toolbox) -> None:  # type: ignore[no-untyped-def]
    (person / ".config/gh").mkdir(parents=True)
    for call in (("files.move", {"source": "~/.config", "target": "c"}), ("files.delete", {"path": "~/.config"})):
        intent = await toolbox.prepare(*call, context)
        assert any(scope.private for scope in intent.scopes)
    assert not any(scope.private for scope in (await toolbox.prepare("files.copy", {"source": "~/.config", "target": "c"}, context)).scopes)


@pytest.mark.skipif(not confinement.program(), reason=confinement.why_unconfined())
async def test_code_sees_neither_keys_nor_the_environment_of_the_core(person: Path, context: ToolContext, toolbox, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    from dataclasses import replace

    monkeypatch.setenv("SOME_API_KEY", "SECRET" + "KEY")
    (person / "a.txt").write_text("mine")
    code = (
        "import glob\nfor name in ('.ssh/id_rsa', '.netrc', 'a.txt', *glob.glob('/proc/[0-9]*/environ')):\n"
        "    try: print(open(name).read())\n    except OSError as error: print(error)"
    )
    at_home = replace(context, workspace=person)
    result = await toolbox.perform(await toolbox.prepare("code.run", {"code": code}, at_home), at_home)
    assert "mine" in result.text and "KEY" not in result.text
    shell = await toolbox.prepare("shell.run", {"argv": ["cat", ".netrc", "a.txt"]}, at_home)
    assert (await toolbox.perform(shell, at_home)).text == "mine"


@pytest.mark.skipif(not confinement.program(), reason=confinement.why_unconfined())
def test_a_box_is_made_of_any_workspace_and_hides_keys_in_each(person: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(person)
    skill = Home.default().skills / "x"
    skill.mkdir()
    (Home.default().root / "api-token").write_text("KEY")
    look = ["/bin/sh", "-c", f"ls -d {skill} .; cat {person}/.ssh/id_rsa .ssh/id_rsa {person}/.netrc {Home.default().token}"]
    for workspace in (person, tmp_path / "link", skill, tmp_path, Path("/")):
        for box in (confinement.reading_only(workspace), confinement.confined(workspace, workspace, False)):
            said = subprocess.run([*box, *look], capture_output=True, text=True, check=False, timeout=30)
            assert "." in said.stdout.split() and "KEY" not in said.stdout, said.stderr
            assert workspace != skill or str(skill) in said.stdout
