"""A command line reads the same wherever a person meets it: on the card that asks for it, in the window's list of steps, in the terminal."""

from __future__ import annotations

import pytest

from app.commands.step_words import step_words
from app.desktop.step_words import describe_step
from tools.builtin.shell import _shown


@pytest.mark.parametrize("argv", [["echo", "hi", ">", "out.txt"], ["grep", "two words", "a.txt"], ["sort", "a.txt"], ["echo", "$HOME;", "it's"]])
def test_a_command_line_is_the_same_on_card_and_label(argv: list[str]) -> None:
    line = _shown({"argv": argv}).removeprefix("$ ").partition("\n")[0].partition(" (in the workspace")[0]  # what rights it has stands behind
    assert describe_step({"tool": "shell.run", "args": {"argv": argv}}) == f"Ran {line}"
    assert step_words("shell.run", {"argv": argv}) == f"Runs {line}"
