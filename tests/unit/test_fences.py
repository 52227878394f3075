"""A note behind a text whose last code block is open stands outside of it."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from core.turn.answer.fences import note_behind, open_fence

NOTE = "(Not done: it was cut off.)"


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("Plain words.", ""),
        ("```python\nx = 1\n```", ""),
        ("```python\nx = 1", "```"),
        ("```python\nx = 1\n", "```"),
        ("````md\n```\nx\n```", "````"),
        ("~~~\n```\nx", "~~~"),
        ("Words with ``` in them\nand more", ""),
        ("```not a block``` but code\nand more", ""),
        ("```\na\n```\n\n```\nb", "```"),
        ("- one\n  ```sh\n  ls", "  ```"),
    ],
)
def test_a_note_is_a_paragraph_of_its_own(text: str, mark: str) -> None:
    assert open_fence(text) == mark
    html = str(MarkdownIt("commonmark").render(text + note_behind(text, NOTE)))
    assert html.rstrip().endswith(f"<p>{NOTE}</p>"), html
    assert note_behind(text, "") == ""
