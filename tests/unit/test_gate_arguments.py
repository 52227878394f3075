"""Over all tools: every argument is seen before it is agreed to, and what names a file, an address or a machine is a scope."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import ToolFailed
from core.gate.scopes import path_scope
from core.ports import Scope, ToolContext
from tools.builtin import builtin_tools
from tools.declare import Tool
from tools.previews import whole_preview
from tools.toolbox import LocalToolBox

TOOLS = builtin_tools()
NAMING = {"path", "paths", "file", "files", "source", "target", "folder", "attach", "to", "moves", "copies", "edits", "url", "host", "device", "argv"}
NO_PLACE = {  # arguments of such a name that are no place of this machine, and why
    ("mail.search", "folder"): "of the mailbox", ("mail.read", "folder"): "of the mailbox", ("mail.send", "to"): "an address; the scope is the account's server",
    ("device.bring", "path"): "on the other machine, which has its own rules", ("device.give", "to"): "on the other machine", ("shell.run", "argv"): "program_scope",
    ("shell.run", "folder"): "program_scope", ("units.convert", "source"): "a unit", ("units.convert", "target"): "a unit", ("money.convert", "source"): "a currency",
    ("money.convert", "target"): "a currency",
}  # fmt: skip


def sample(schema: dict[str, Any], marker: str) -> Any:
    """A value of a JSON schema that is found again wherever it stands."""
    if "enum" in schema:
        return schema["enum"][-1]
    for one in schema.get("anyOf", ()):
        return sample(one, marker)
    kind = schema.get("type", "string")
    if isinstance(kind, list):
        kind = kind[0]
    if kind == "array":
        return [sample(schema.get("items", {}), marker)]
    if kind == "object":
        return {name: sample(row, f"{marker}{name}") for name, row in schema.get("properties", {}).items()} or {"key": marker}
    return {"string": marker, "integer": 7717, "number": 7717.5, "boolean": True}.get(kind, marker)


def markers(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in markers(item)]
    if isinstance(value, list):
        return [text for item in value for text in markers(item)]
    return ["true" if value is True else str(value)]


def declared(toolbox: LocalToolBox, one: Tool, values: dict[str, Any], context: ToolContext) -> tuple[Scope, ...]:
    """The scopes of a call; those of its arguments alone where the tool's account is not set up."""
    try:
        return toolbox._declared_scopes(one, values, context, str(context.workspace))
    except ToolFailed:
        return toolbox._declared_scopes(replace(one, scopes=None), values, context, str(context.workspace))


@pytest.mark.parametrize("one", TOOLS, ids=lambda one: one.name)
def test_every_argument_stands_in_what_is_agreed_to(one: Tool, toolbox: LocalToolBox, context: ToolContext) -> None:
    properties = one.schema.get("properties") or {}
    definitions = one.schema.get("$defs") or {}
    samples = {name: sample(definitions[row["$ref"].rpartition("/")[2]] if "$ref" in row else row, f"q7{name}") for name, row in properties.items()}
    for name, value in samples.items():
        if value == one.defaults.get(name):
            continue
        values = {**samples, **one.defaults, name: value}  # the others as they are where nobody says anything
        scopes = declared(toolbox, one, values, context)
        shown = whole_preview(one, values, one.preview(values) if one.preview else "", scopes)
        seen = "\n".join([shown, *(scope.value for scope in scopes)])
        assert all(text in seen for text in markers(value)), f"{name} of {one.name}"


@pytest.mark.parametrize("one", TOOLS, ids=lambda one: one.name)
def test_what_names_a_place_is_declared(one: Tool) -> None:
    typed = {name.partition(".")[0] for name in (*one.reads, *one.writes, *one.hosts, *one.machines)}
    assert not [name for name in (one.schema.get("properties") or {}) if name in NAMING and name not in typed and (one.name, name) not in NO_PLACE]


@pytest.mark.parametrize("one", [one for one in TOOLS if one.reads], ids=lambda one: one.name)
def test_a_private_path_in_any_of_them_is_a_private_scope(one: Tool, toolbox: LocalToolBox, context: ToolContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh/id_rsa").write_text("KEY")
    (context.workspace / "link").symlink_to(tmp_path / ".ssh/id_rsa")
    monkeypatch.setenv("HOME", str(tmp_path))
    for argument in one.reads:
        name, _, inner = argument.partition(".")
        for path in ("~/.ssh/id_rsa", "link"):
            values = {**dict.fromkeys(one.schema.get("properties") or {}, ""), **one.defaults, name: [{inner: path}] if inner else path}
            scopes = declared(toolbox, one, values, context)
            assert [scope for scope in scopes if scope.private and scope.access == "read" and scope.value.endswith(".ssh/id_rsa")], f"{argument} of {one.name}"


def test_the_scope_of_a_path_costs_less_than_a_tenth_of_a_millisecond(workspace: Path) -> None:
    (workspace / "a.txt").write_text("a")
    root, path = os.path.realpath(workspace), workspace / "a.txt"
    path_scope(path, root, "change")
    best = min(_seconds(lambda: path_scope(path, root, "change")) for _ in range(5))
    assert best < 0.0001, f"{best * 1e6:.0f} µs"


def _seconds(work: Any) -> float:
    start = time.process_time()
    for _ in range(300):
        work()
    return (time.process_time() - start) / 300
