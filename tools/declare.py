"""Declaring a tool: a typed function, a risk class, a sentence. The JSON schema comes from the type hints.

A *reading* tool is an async function that returns a :class:`ToolResult`. A *changing* tool is a function that returns what it
will do (:class:`Planned`) without doing it: the changes are shown, journalled, applied by one engine, checked and undone.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pydantic

from core.ports import Change, Risk, Scope, ToolContext, ToolResult


@dataclass(frozen=True, slots=True)
class Planned:
    """What a changing tool will do. ``value`` and ``text`` are its result once the changes are made."""

    changes: tuple[Change, ...]
    value: Any
    text: str
    preview: str = ""
    tainted: bool = False


Body = Callable[..., Awaitable[ToolResult]] | Callable[..., Planned]
ScopesOf = Callable[[dict[str, Any], ToolContext], tuple[Scope, ...]]


@dataclass(frozen=True, slots=True)
class Tool:
    """A declared tool. ``reads`` and ``writes`` name the parameters that hold paths; ``provides`` what it gives, for detours."""

    name: str
    description: str
    risk: Risk
    body: Body
    arguments: type[pydantic.BaseModel]
    changing: bool = False
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    scopes: ScopesOf | None = None
    always_ask: Callable[[dict[str, Any]], bool] = field(default=lambda args: False)
    preview: Callable[[dict[str, Any]], str] | None = None
    category: str = ""
    limit: int = 0  # calls side by side; 0 is no limit of its own
    needs: str = ""

    @property
    def schema(self) -> dict[str, Any]:
        """JSON schema of the arguments, without pydantic's titles."""
        return _without_titles(self.arguments.model_json_schema())


def arguments_of(body: Body) -> type[pydantic.BaseModel]:
    """A pydantic model of every parameter but the first, which is the context. ``Annotated[T, "text"]`` describes."""
    hints = typing.get_type_hints(body, include_extras=True)
    fields: dict[str, Any] = {}
    for name, parameter in list(inspect.signature(body).parameters.items())[1:]:
        hint = hints[name]
        description = next((item for item in getattr(hint, "__metadata__", ()) if isinstance(item, str)), None)
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[name] = (hint, pydantic.Field(default, description=description))
    return pydantic.create_model(body.__name__, __config__=pydantic.ConfigDict(extra="forbid"), **fields)


def tool(name: str, risk: Risk, **options: Any) -> Callable[[Body], Tool]:
    """Declare a tool; its description is the first paragraph of the docstring."""

    def declare(body: Body) -> Tool:
        description = " ".join((inspect.getdoc(body) or "").split("\n\n")[0].split())
        return Tool(
            name, description, risk, body, arguments_of(body), changing=not inspect.iscoroutinefunction(body),
            category=name.split(".")[0], **options,
        )  # fmt: skip

    return declare


def _without_titles(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {key: _without_titles(value) for key, value in schema.items() if not (key == "title" and isinstance(value, str))}
    if isinstance(schema, list):
        return [_without_titles(item) for item in schema]
    return schema
