"""Which elements of a page its style keeps from being seen. No browser: the usual ways to hide words, not the whole of CSS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.documents.paint import is_clipped, is_near_white

_NEVER_SHOWN = ("script", "style", "head", "title", "meta", "link", "svg", "math")
_CLEAR = re.compile(r"(?:transparent|#[0-9a-f]{3}0|#[0-9a-f]{6}00|(?:rgb|hsl)a?\([^)]*[,/]\s*0?\.?0*%?\s*\))$", re.I)
_UNITS = {"px": 1.0, "pt": 1.33, "em": 16.0, "rem": 16.0, "ex": 8.0, "mm": 3.78, "cm": 37.8, "in": 96.0, "%": 0.16, "vh": 7.0, "vw": 12.0, "": 1.0}
_TINY = 2.0  # pixels: a letter lower than that cannot be read
_AWAY = -500.0  # pixels beyond the edge of a page

Style = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rules of ``<style>`` whose selector is one tag, class or id, by that selector."""

    rules: Mapping[str, Style]

    @staticmethod
    def of(css: str) -> Sheet:
        rules: dict[str, dict[str, str]] = {}
        for block in _for_screens(_without_comments(css[:200_000])).split("}"):
            selectors, _, body = block.rpartition("{")
            for selector in selectors.rpartition("{")[2].split(","):  # of a rule in @media the rule itself
                if re.fullmatch(r"\s*(?:[a-zA-Z][\w-]*)?(?:[.#][\w-]+)?\s*", selector) and selector.strip():
                    rules.setdefault(selector.strip().lower(), {}).update(declarations(body))
        return Sheet(rules)

    def style_of(self, element: Any) -> dict[str, str]:
        """What applies to an element: its sheet's rules, then its own style."""
        tag, names = str(element.tag).lower(), [f".{name.lower()}" for name in (element.get("class") or "").split()]
        names += [f"#{element.get('id').lower()}"] if element.get("id") else []
        style: dict[str, str] = {}
        for key in (tag, *names, *(tag + name for name in names)):
            style |= self.rules.get(key, {})
        return style | _font(element) | declarations(element.get("style") or "")


def _without_comments(css: str) -> str:
    first, *parts = css.split("/*")
    return first + "".join(part.partition("*/")[2] for part in parts)


def _for_screens(css: str) -> str:
    """Without the rules for paper: what is left out there is seen on a screen."""
    first, *parts = css.split("@media")
    return first + "".join(_after_block(part) if "print" in part.partition("{")[0] else f"@media{part}" for part in parts)


def _after_block(css: str) -> str:
    """What follows the block that begins in ``css``."""
    depth = 0
    for brace in re.finditer(r"[{}]", css):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return css[brace.end() :]
    return ""


def declarations(css: str) -> dict[str, str]:
    """``display: none; color: #fff`` by name, lower case, without ``!important``."""
    pairs = (part.partition(":") for part in css.split(";"))
    return {name.strip().lower(): value.replace("!important", "").strip().lower() for name, colon, value in pairs if colon}


def is_hidden(element: Any, sheet: Sheet) -> bool:
    """Whether a person would not see the words of this element, its ancestors left aside."""
    if element.tag in _NEVER_SHOWN:
        return False
    if "hidden" in element.attrib or element.tag == "template":
        return True
    style = sheet.style_of(element)
    return bool(style) and (_is_removed(style) or _is_tiny(style) or _is_away(style) or _is_unseen_colour(element, style, sheet))


def _is_removed(style: Style) -> bool:
    return (
        style.get("display") == "none"
        or style.get("visibility") in ("hidden", "collapse")
        or bool(re.fullmatch(r"0*(?:\.0\d*)?%?", style.get("opacity", "1")))
        or is_clipped(style.get("clip", ""))
        or is_clipped(style.get("clip-path", ""))
        or bool(re.search(r"\bscale[xy3d]*\(\s*0*(?:\.0\d*)?\s*[,)]", style.get("transform", "")))
    )


def _is_tiny(style: Style) -> bool:
    font = _pixels(style.get("font-size", ""))
    boxed = style.get("overflow", "").startswith(("hidden", "clip")) and any(
        (_pixels(style.get(side, "")) or 99.0) <= _TINY or style.get(side) in ("0", "0px") for side in ("width", "height", "max-width", "max-height")
    )
    return (font is not None and font < _TINY) or boxed


def _is_away(style: Style) -> bool:
    return any((_pixels(style.get(side, "")) or 0.0) <= _AWAY for side in ("left", "top", "right", "bottom", "text-indent", "margin-left", "margin-top")) or any(
        abs(float(size)) >= -_AWAY for size in re.findall(r"translate[xy3d]*\([^)]*?(-?\d+(?:\.\d+)?)(?:px|%|vw|vh)", style.get("transform", ""))
    )


def _is_unseen_colour(element: Any, style: Style, sheet: Sheet) -> bool:
    """White or clear letters, unless something around them is coloured."""
    colour = style.get("color", "")
    if _CLEAR.match(colour):
        return True
    return bool(is_near_white(colour)) and not any(_is_coloured(one, sheet) for one in (element, *element.iterancestors()))


def _is_coloured(element: Any, sheet: Sheet) -> bool:
    style = sheet.style_of(element)
    ground = style.get("background-color") or style.get("background") or element.get("bgcolor") or ""
    return bool(ground) and not is_near_white(ground) and ground not in ("none", "transparent", "inherit", "initial")


def _pixels(size: str) -> float | None:
    found = re.fullmatch(r"(-?\d*\.?\d+)\s*(px|pt|em|rem|ex|mm|cm|in|%|vh|vw|)", size)
    return float(found[1]) * _UNITS[found[2]] if found else None


def _font(element: Any) -> dict[str, str]:
    return {"color": str(element.get("color")).strip().lower()} if element.tag == "font" and element.get("color") else {}
