"""Formulas in Markdown: found where people mean them, set where they can be, and never robbed of a letter."""

from __future__ import annotations

import html
import re
import time

import pytest

from app.desktop.widgets.markdown import to_html
from app.desktop.widgets.message_view import _as_typed
from app.desktop.widgets.typesetting import MOST_LETTERS, tex_of, typeset


def shown(text: str) -> str:
    """What a person reads: the TeX of what is set, and the letters around it."""
    found = re.sub(r'<img src="([^"]+)"[^>]*>', lambda match: tex_of(match[1]), to_html(text, "light", "#eee"))
    return html.unescape(re.sub(r"<[^>]+>", "", found)).strip()


def count(text: str) -> int:
    return to_html(text, "light", "#eee").count('<img src="formula:')


@pytest.mark.parametrize(
    ("text", "tex"),
    [
        (r"so $x = \frac{-b \pm \sqrt{b^2-4ac}}{2a}$ it is", r"$x = \frac{-b \pm \sqrt{b^2-4ac}}{2a}$"),
        ("$$\\int_0^1 x^2\\,dx = \\frac{1}{3}$$", r"$$\int_0^1 x^2\,dx = \frac{1}{3}$$"),
        ("$$\na_1 * b_1\n= c_1 * d_1\n- e\n$$", "$$a_1 * b_1\n= c_1 * d_1\n- e$$"),
        (r"with \(a_1 * b_1 * c\) here", "$a_1 * b_1 * c$"),
        ("\\[\nx \\le y\\;z\n\\]", r"$$x \le y\;z$$"),
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", r"$$\begin{aligned} a &= b \\ c &= d \end{aligned}$$"),
        ("1. one:\n   \\[\n   x^2\n   \\]\n2. two", "$$x^2$$"),
        ("| a | b |\n|---|---|\n| $x_1$ | y |", "$x_1$"),
    ],
)
def test_a_formula_is_set_and_keeps_its_letters(text: str, tex: str) -> None:
    assert count(text) == 1 and tex in shown(text)


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $10 today.",
        "from US$5,US$6 to 7$ and 8$",
        "the shell's $HOME and $PATH",
        "a list [a, b] and a set {x} and f(x)",
    ],
)
def test_prices_and_brackets_are_no_formulas(text: str) -> None:
    assert count(text) == 0 and shown(text) == text


@pytest.mark.parametrize("text", [r"`$x$ and \(y\)`", "```\n$$x$$\n\\[y\\]\n```", "    $$x$$"])
def test_code_stays_code(text: str) -> None:
    assert count(text) == 0 and shown(text) == text.strip("` \n")


@pytest.mark.parametrize(
    "text",
    [
        r"broken $\frac{a$ here",
        r"broken $\left( x$ here",
        r"still coming: $$\int_0^1 x^2\,",
        "still coming:\n\n$$\n\\int_0^1 x\\_1\\,",
        r"still coming: \(x\_1^2\,d",
        r"bare x^2\,dx and a\;b",
        "$$" + r"\frac{1}{" * 30 + "x" + "}" * 30 + "$$",
        "$$" + "x^2+" * MOST_LETTERS + "y$$",
    ],
)
def test_what_cannot_be_set_is_shown_whole(text: str) -> None:
    assert count(text) == 0 and shown(text).replace("\n", "") == text.replace("\n", "")


def test_no_formula_holds_the_window_up() -> None:
    """The time that setting takes doubles with each level, so that deep ones are not tried."""
    began = time.process_time()
    for opening, closing in ((r"\frac{1}{", "}"), (r"\sqrt{", "}"), (r"\left(", r"\right)"), ("x^{", "}")):
        for depth in (5, 12, 40):
            typeset(opening * depth + "x" + closing * depth, True)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("text", [r"my \(x\) and $y_1$ & \[z\]", "# no heading", "&amp; *stars*", "1. one\n2. two"])
def test_what_a_person_typed_is_shown_as_typed(text: str) -> None:
    assert count(_as_typed(text)) == 0 and shown(_as_typed(text)) == text
