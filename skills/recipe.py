"""A skill's recipe: the steps that do it, with inputs lifted out, so that no planner is needed.

A YAML file beside SKILL.md::

    inputs:
      folder: {type: folder, title: Folder to tidy, default: ~/Downloads}
    says: ["tidy (up)? [my] {folder} folder"]
    steps:
      - {id: sort, tool: files.sort_into_folders, args: {path: "{{input.folder}}", by: type}}
    result: "{{sort.output.text}}"

Inputs are of the types ``text``, ``integer``, ``number``, ``boolean``, ``file``, ``folder``, ``url``, ``choice`` (with ``options``) and ``date``. An input without a
default is asked for. ``{{input.NAME}}`` (``|stem``: a path without its ending, ``|name``: its last part without), ``{{today}}`` and ``{{file:scripts/x.py}}`` are put in before the plan is made; ``{{step.output}}`` afterwards, by
the core. Steps are those of docs/plan-format.md.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any

from core.plan import Plan
from core.planning.plan_format import ParseError, plan_from_json
from core.yaml_text import load_yaml
from skills.format import RECIPE, Skill, bad_skill

TYPES = {
    "text": "string",
    "file": "string",
    "folder": "string",
    "date": "string",
    "url": "string",
    "choice": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
}
_MARK = re.compile(r"\{\{\s*(?:input\.([\w-]+)(\|stem|\|name)?|(today|now|month|stamp)|file:([\w./-]+))\s*\}\}")


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that a recipe wants to know. ``default`` None: it has to be given."""

    name: str
    type: str = "text"
    title: str = ""
    description: str = ""
    default: Any = None
    options: tuple[str, ...] = ()

    def schema(self) -> dict[str, Any]:
        """As a property of a JSON schema."""
        made: dict[str, Any] = {"type": TYPES[self.type], "title": self.title or self.name.replace("_", " ").capitalize(), "format": self.type}
        if self.description:
            made["description"] = self.description
        if self.options:
            made["enum"] = list(self.options)
        return made | ({} if self.default is None else {"default": self.default})


@dataclass(frozen=True, slots=True)
class Recipe:
    """Inputs, the phrases that ask for it, and the steps with their marks still in."""

    inputs: tuple[Input, ...]
    steps: list[dict[str, Any]] = field(hash=False)
    says: tuple[str, ...] = ()
    result: str = ""  # the answer, with references to the steps' outputs

    def schema(self) -> dict[str, Any]:
        """The inputs as a JSON schema of an object, for a form or a planner."""
        return {
            "type": "object",
            "properties": {one.name: one.schema() for one in self.inputs},
            "required": [one.name for one in self.inputs if one.default is None],
            "additionalProperties": False,
        }

    @property
    def tools(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(step.get("tool", "")) for step in self.steps))


def recipe_of(skill: Skill) -> Recipe | None:
    """The recipe of a skill, None where it has only words. Raises :class:`core.errors.UsageError` (``bad_skill``) for one that is broken."""
    if not (name := skill.metadata.get(RECIPE)):
        return None
    if name not in skill.files:
        raise bad_skill(f"{skill.name} names the recipe {name}, and has no such file.")
    return read_recipe((skill.folder / name).read_text(encoding="utf-8"), skill.name)


def read_recipe(text: str, name: str) -> Recipe:
    """A recipe out of its file. Raises :class:`core.errors.UsageError` (``bad_skill``) in words."""
    try:
        found = load_yaml(text)
    except ValueError as error:
        raise bad_skill(f"The recipe of {name} cannot be read: {error}.") from error
    if not isinstance(found, dict) or not isinstance(found.get("steps"), list) or not found["steps"]:
        raise bad_skill(f"The recipe of {name} has no steps.")
    inputs = tuple(_input(str(key), row, name) for key, row in (found.get("inputs") or {}).items())
    says = found.get("says") or ()
    recipe = Recipe(inputs, found["steps"], tuple(map(str, says if isinstance(says, list) else [says])), str(found.get("result") or ""))
    known = {one.name for one in inputs}
    if unknown := sorted({match[1] for match in _MARK.finditer(str(found["steps"])) if match[1]} - known):
        raise bad_skill(f"The recipe of {name} uses an input that it does not have: {', '.join(unknown)}.")
    return recipe


def _input(key: str, row: Any, name: str) -> Input:
    row = row if isinstance(row, dict) else {"default": row}
    kind = str(row.get("type", "text"))
    if kind not in TYPES:
        raise bad_skill(f"The recipe of {name}: the input {key} is of the type {kind}; there are {', '.join(TYPES)}.")
    return Input(key, kind, str(row.get("title", "")), str(row.get("description", "")), row.get("default"), tuple(map(str, row.get("options") or ())))


def values_of(recipe: Recipe, given: dict[str, Any], name: str) -> dict[str, Any]:
    """Every input with its value, typed. Raises :class:`core.errors.UsageError` (``bad_input``) naming all that is missing or wrong."""
    faults, values = [], {}
    known = {one.name for one in recipe.inputs}
    faults += [f"it has no input {key}" for key in given if key not in known]
    for one in recipe.inputs:
        value = given.get(one.name, one.default)
        if value is None or (isinstance(value, str) and not value.strip() and one.default is None):
            faults.append(f"{one.name} is missing{f' ({one.description})' if one.description else ''}")
            continue
        try:
            values[one.name] = typed(one, value)
        except ValueError as error:
            faults.append(str(error))
    if faults:
        from core.errors import UsageError

        wanted = ", ".join(f"{one.name}{'' if one.default is None else f' (else {one.default})'}" for one in recipe.inputs)
        raise UsageError(f"{name}: {'; '.join(faults)}.", code="bad_input", hint=f"Its inputs: {wanted or 'none'}.")
    return values


def typed(one: Input, value: Any) -> Any:
    """A given value as the type of its input. Raises :class:`ValueError` in words."""
    text = str(value).strip()
    if one.options and text not in one.options:
        raise ValueError(f"{one.name} is one of {', '.join(one.options)}")
    if one.type == "boolean":
        if text.lower() not in ("true", "false", "yes", "no", "on", "off", "1", "0"):
            raise ValueError(f"{one.name} is yes or no")
        return text.lower() in ("true", "yes", "on", "1")
    if one.type in ("integer", "number"):
        try:
            return int(text) if one.type == "integer" else float(text)
        except ValueError:
            raise ValueError(f"{one.name} is a number, and {text[:40]!r} is none") from None
    if one.type == "date":
        try:
            return datetime.date.fromisoformat(text).isoformat() if text else text
        except ValueError:
            raise ValueError(f"{one.name} is a day such as 2026-12-24") from None
    if "{{" in text:
        raise ValueError(f"{one.name} may not hold {{{{")
    return text


def plan_of(skill: Skill, recipe: Recipe, values: dict[str, Any], now: datetime.datetime) -> Plan:
    """The plan of a recipe with these values; its ``answer`` is the recipe's result, with references. Raises :class:`core.errors.UsageError` (``bad_skill``) where the steps are no plan."""
    marks = {"today": f"{now:%Y-%m-%d}", "now": f"{now:%Y-%m-%d %H:%M}", "month": f"{now:%Y-%m}", "stamp": f"{now:%Y-%m-%d-%H%M%S}"}

    def meaning(match: re.Match[str]) -> Any:
        if match[1]:
            return _part(values[match[1]], match[2]) if match[2] else values[match[1]]
        return marks[match[3]] if match[3] else _beside(skill, match[4])

    try:
        return replace(plan_from_json({"steps": _filled(recipe.steps, meaning), "confidence": 1.0}), answer=str(_filled(recipe.result, meaning)))
    except ParseError as error:
        raise bad_skill(f"The steps of {skill.name} cannot be read: {error}.") from error


def _filled(value: Any, meaning: Any) -> Any:
    """``value`` with its marks replaced; a text that is one mark keeps the type."""
    if isinstance(value, str):
        whole = _MARK.fullmatch(value.strip())
        return meaning(whole) if whole else _MARK.sub(lambda match: str(meaning(match)), value)
    if isinstance(value, dict):
        return {key: _filled(item, meaning) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, meaning) for item in value]
    return value


def _part(value: Any, which: str) -> str:
    path = PurePath(str(value))
    return path.stem if which == "|name" else str(path.with_suffix("")) if path.suffix else str(path)


def _beside(skill: Skill, name: str) -> str:
    """A text file of the skill. Raises :class:`core.errors.UsageError` (``bad_skill``) for one that it does not have."""
    if name not in skill.files:
        raise bad_skill(f"{skill.name} has no file {name}.")
    return Path(skill.folder / name).read_text(encoding="utf-8")
