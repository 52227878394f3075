"""Formulas as pictures in a message: drawn in the theme's colour, copied as TeX."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QTextDocument

from app.desktop.theme import DARK, LIGHT, Theme
from app.desktop.widgets.markdown import MarkdownView

TEXT = "The roots are $x = \\frac{-b}{2a}$ here.\n\n$$\\int_0^1 x^2\\,dx$$\n\nThat is all."
WRITTEN = ("$x = \\frac{-b}{2a}$", "$$\\int_0^1 x^2\\,dx$$")


def picture_colors(view: MarkdownView) -> set[str]:
    """The colours of the opaque points of the first formula."""
    html = view.toHtml()
    name = html[html.index('src="formula:') + 5 :].split('"')[0]
    image = view.document().resource(QTextDocument.ResourceType.ImageResource.value, QUrl(name))
    points = [QColor.fromRgba(image.pixel(x, y)) for x in range(image.width()) for y in range(image.height())]
    return {point.name() for point in points if point.alpha() == 255}


def test_formulas_are_drawn_streamed_or_whole_and_follow_the_theme(qtbot: Any, theme: Theme) -> None:
    view = MarkdownView(LIGHT)
    qtbot.addWidget(view)
    view.resize(600, 400)
    view.show()
    for piece in TEXT.split(" "):
        view.append_stream(piece + " ")
    assert all(written in view.toPlainText() for written in WRITTEN)
    view.grab()
    assert picture_colors(view) == {QColor(LIGHT.text).name()}
    view.set_colors(DARK)
    view.grab()
    assert picture_colors(view) == {QColor(DARK.text).name()}


def test_what_is_copied_is_tex(qtbot: Any, theme: Theme) -> None:
    view = MarkdownView(LIGHT)
    qtbot.addWidget(view)
    view.set_markdown(TEXT)
    view.selectAll()
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert all(written in QGuiApplication.clipboard().text() for written in WRITTEN)


def test_the_copy_of_the_menu_is_tex_too(qtbot: Any, theme: Theme) -> None:
    view = MarkdownView(LIGHT)
    qtbot.addWidget(view)
    view.set_markdown(TEXT)
    view.selectAll()
    QGuiApplication.clipboard().clear()
    next(action for action in view.make_menu().actions() if action.objectName() == "edit-copy").trigger()
    assert all(written in QGuiApplication.clipboard().text() for written in WRITTEN)
    assert "\ufffc" not in QGuiApplication.clipboard().text()


@pytest.mark.parametrize("letters", [1, 3, 7, 16, 1000])
def test_only_the_formula_is_in_the_middle_however_it_streams(letters: int, qtbot: Any) -> None:
    view = MarkdownView(LIGHT)
    qtbot.addWidget(view)
    text = f"{TEXT}\n\nAnd more."
    for at in range(0, len(text), letters):
        view.append_stream(text[at : at + letters])
        view._draw()
    found, block = {}, view.document().begin()
    while block.isValid():
        found[block.text().strip()] = bool(block.blockFormat().alignment() & Qt.AlignmentFlag.AlignHCenter)
        block = block.next()
    assert found.pop("\ufffc") and found.keys() >= {"That is all.", "And more."} and not any(found.values()), found
