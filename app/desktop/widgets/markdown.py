"""Markdown as a reading surface: highlighted code, selectable text, as tall as its content, streamed piece by piece.

A stream is cut at the last blank line outside code: what stands before is final and rendered once, only the tail is rendered
again. So a frame costs the same at 300 and at 30,000 tokens. Where a tail is long without such a cut (one big table), it is
rendered less often, so that drawing never takes more than a part of the time.
"""

from __future__ import annotations

import re
import time
from functools import lru_cache
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDesktopServices,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextDocumentFragment,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QMenu, QSizePolicy, QTextBrowser, QWidget

from app.desktop.theme import Colors
from app.desktop.widgets.formulas import add_formulas
from app.desktop.widgets.typesetting import SCHEME, draw, picture_tag, tex_of

PICTURE = "\ufffc"  # stands in a text for a picture
MAX_CODE = 40_000  # characters of one code block that are highlighted
CHEAP_S, LATEST_S = 0.012, 0.09  # a frame that took longer makes the next one wait twice as long, but no longer than this


class MarkdownView(QTextBrowser):
    """One text. ``set_markdown`` shows it whole, ``append_stream`` adds to it."""

    link_clicked = Signal(str)

    def __init__(self, colors: Colors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "markdown")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        self.setOpenLinks(False)
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.document().setDocumentMargin(0)
        self.viewport().setAutoFillBackground(False)
        self.anchorClicked.connect(self._open)
        self.document().documentLayout().documentSizeChanged.connect(lambda _: self._fit())
        self._colors, self.text, self._final, self._tail_at = colors, "", 0, 0
        self._drawn, self._next = 0, 0.0  # letters that are on the screen; the steady clock's second from when on more may be drawn
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self._draw)

    def set_colors(self, colors: Colors) -> None:
        """Take another theme."""
        self._colors = colors
        self.set_markdown(self.text)

    def set_markdown(self, text: str) -> None:
        """Show a whole text."""
        self._later.stop()
        self.text, self._final, self._drawn, self._next = text, len(text), len(text), 0.0
        self.document().setDefaultStyleSheet(_document_style(self._colors))
        self.setHtml(to_html(text, self._colors.name, self._colors.code))
        self._tail_at = max(0, self.document().characterCount() - 1)
        self._fit()

    def append_stream(self, piece: str) -> None:
        """Add to the end; only the unfinished tail is rendered again."""
        if not self.text:
            self.document().setDefaultStyleSheet(_document_style(self._colors))
        self.text += piece
        wait = self._next - time.monotonic()
        if wait <= 0:
            self._draw()
        elif not self._later.isActive():
            self._later.start(int(wait * 1000) + 1)

    def _draw(self) -> None:
        """Bring what is on the screen up to the text."""
        if self._drawn == len(self.text):
            return
        began = time.monotonic()
        self._drawn = len(self.text)
        self._replace_tail()
        took = time.monotonic() - began
        self._next = began + took + (min(LATEST_S, 2 * took) if took > CHEAP_S else 0)

    def toPlainText(self) -> str:
        self._draw()
        return _spelled(self.document())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_selection()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.make_menu()
        menu.exec(event.globalPos())
        menu.deleteLater()

    def make_menu(self) -> QMenu:
        """The usual menu, whose Copy gives formulas as the key does."""
        menu = self.createStandardContextMenu()
        if copy := next((action for action in menu.actions() if action.objectName() == "edit-copy"), None):
            copy.triggered.disconnect()
            copy.triggered.connect(self.copy_selection)
        return menu

    def copy_selection(self) -> None:
        """Copy what is selected, with the TeX of formulas in place of their pictures."""
        selection = self.textCursor().selection()
        if PICTURE not in selection.toPlainText():
            self.copy()
            return
        held = QTextDocument()
        QTextCursor(held).insertFragment(selection)
        QGuiApplication.clipboard().setText(_spelled(held))

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Pictures of formulas are drawn here; nothing else is loaded, from nowhere."""
        address = QUrl(name)
        if address.scheme() == SCHEME:
            return draw(address.toString(), QColor(self._colors.text), self.devicePixelRatioF())
        return None

    def _replace_tail(self) -> None:
        cursor = QTextCursor(self.document())
        cursor.setPosition(min(self._tail_at, self.document().characterCount() - 1))
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.beginEditBlock()
        cursor.removeSelectedText()
        cut = stable_length(self.text, self._final)
        if cut > self._final:
            self._insert(cursor, self.text[self._final : cut])
            cursor.insertBlock(QTextBlockFormat(), QTextCharFormat())
            self._final, self._tail_at = cut, cursor.position()
        if tail := self.text[self._final :]:
            self._insert(cursor, _closed(tail))
        cursor.endEditBlock()

    def _insert(self, cursor: QTextCursor, text: str) -> None:
        """Put Markdown where an empty block is; the first paragraph's own form counts and not that of what stood there (a formula is in the middle, what follows it is not)."""
        piece = QTextDocument()
        piece.setDefaultStyleSheet(self.document().defaultStyleSheet())
        piece.setHtml(to_html(text, self._colors.name, self._colors.code))
        cursor.setBlockFormat(piece.firstBlock().blockFormat())
        cursor.insertFragment(QTextDocumentFragment(piece))

    def sizeHint(self) -> QSize:
        return QSize(600, self._wanted())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 20)

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._fit()

    def wheelEvent(self, event: Any) -> None:
        event.ignore()  # the conversation scrolls, not the message

    def _wanted(self) -> int:
        return max(22, int(self.document().size().height()) - 4)  # the last paragraph's margin is not needed

    def _fit(self) -> None:
        if self.height() != self._wanted():
            self.setFixedHeight(self._wanted())

    def _open(self, url: QUrl) -> None:
        if url.scheme() in ("http", "https", "mailto"):
            QDesktopServices.openUrl(url)
        self.link_clicked.emit(url.toString())


def stable_length(text: str, known: int) -> int:
    """Up to where a growing text will not change its meaning any more: the last blank line outside a code fence, after ``known``."""
    if text.count("```", known) % 2:
        at = text.rfind("\n\n", known, max(known, text.rfind("```", known)))
    else:
        at = text.rfind("\n\n", known)
    if at < 0:
        return known
    following = text[at + 2 :]
    return known if re.match(r"\s|[-*+|>]|\d+[.)]", following[:3] or " ") and not following[:1].isalpha() and "```" not in following[:3] and len(text) - known < 20_000 else at + 2


def _closed(text: str) -> str:
    return text + "\n```" if text.count("```") % 2 else text


@lru_cache(maxsize=256)
def to_html(text: str, theme: str, code_background: str) -> str:
    """Markdown as the HTML that QTextDocument understands. Raw HTML in the text stays text."""
    return str(_parser(theme, code_background).render(text))


@lru_cache(maxsize=4)
def _parser(theme: str, code_background: str) -> Any:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
    parser.add_render_rule("fence", lambda renderer, tokens, index, options, env: _code(tokens[index].content, tokens[index].info, theme, code_background))
    parser.add_render_rule("code_block", lambda renderer, tokens, index, options, env: _code(tokens[index].content, "", theme, code_background))
    add_formulas(parser)
    parser.add_render_rule("formula", lambda renderer, tokens, index, options, env: _formula(tokens[index], theme))
    parser.add_render_rule("formula_block", lambda renderer, tokens, index, options, env: _formula_block(tokens[index], theme, code_background))
    parser.add_render_rule("image", lambda renderer, tokens, index, options, env: _escape(tokens[index].content or "image"))
    return parser


def _code(source: str, language: str, theme: str, background: str) -> str:
    return f'<table width="100%" cellpadding="10" cellspacing="0" bgcolor="{background}"><tr><td><pre>{_highlight(source.rstrip(), language, theme)}</pre></td></tr></table><p style="margin:0;font-size:6px">&nbsp;</p>'


def _formula(token: Any, theme: str) -> str:
    """A formula in a line; where it cannot be set, as it was written."""
    picture = "" if token.hidden else picture_tag(token.content, token.meta["display"], theme)
    return picture or f"<code>{_escape(token.markup)}</code>"


def _formula_block(token: Any, theme: str, background: str) -> str:
    picture = "" if token.hidden else picture_tag(token.content, True, theme)
    return f'<p align="center">{picture}</p>' if picture else _code(token.markup, "latex", theme, background)


def _spelled(document: QTextDocument) -> str:
    """The text of a document, with the TeX of its formulas in place of their pictures."""
    names: list[str] = []
    block = document.begin()
    while block.isValid():
        place = block.begin()
        while not place.atEnd():
            fragment = place.fragment()
            if fragment.charFormat().isImageFormat():
                names += [fragment.charFormat().toImageFormat().name()] * fragment.length()
            place += 1
        block = block.next()
    pictures = iter(names)
    return re.sub(PICTURE, lambda _: tex_of(next(pictures, "")), document.toPlainText()) if names else document.toPlainText()


def _highlight(source: str, language: str, theme: str) -> str:
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language.split()[0] if language.strip() else "text", stripnl=False)
    except ClassNotFound:
        return _escape(source)
    if len(source) > MAX_CODE:
        return _escape(source)
    style = "github-dark" if theme == "dark" else "friendly"
    return str(highlight(source, lexer, HtmlFormatter(noclasses=True, nowrap=True, style=style))).rstrip("\n")


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _document_style(colors: Colors) -> str:
    return f"""
    body {{ color: {colors.text}; }} p, li {{ line-height: 145%; margin-top: 0; margin-bottom: 6px; }} ul, ol {{ margin-top: 0; margin-bottom: 4px; margin-left: 18px; -qt-list-indent: 0; }}
    h1 {{ font-size: 19px; font-weight: 600; }} h2 {{ font-size: 17px; font-weight: 600; }} h3, h4 {{ font-size: 15px; font-weight: 600; }}
    code, pre {{ font-family: 'JetBrains Mono', 'Cascadia Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace; font-size: 13px; }}
    pre {{ white-space: pre-wrap; margin: 0; }} a {{ color: {colors.accent}; }} blockquote {{ color: {colors.muted}; margin-left: 16px; }}
    th {{ text-align: left; padding: 4px 10px; background-color: {colors.raised}; }} td {{ padding: 4px 10px; }}
    """
