"""Declaring a tool: a typed function, a risk class, a sentence. The JSON schema comes from the type hints.

A *reading* tool is an async function that returns a :class:`ToolResult`. A *changing* tool is a function that returns what it
will do (:class:`Planned`) without doing it: the changes are shown, journalled, applied by one engine, checked and undone.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pydantic

from core.errors import ToolRetry
from core.ports import Change, Risk, Scope, ToolContext, ToolResult
from tools import arguments as said
from tools.availability import Check


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
    """A declared tool. ``reads`` and ``writes`` name the parameters that hold paths, ``hosts`` addresses, ``machines`` other machines: the gate makes scopes of them."""

    name: str
    description: str
    risk: Risk
    body: Body
    arguments: type[pydantic.BaseModel] | None
    changing: bool = False
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    scopes: ScopesOf | None = None  # what it touches besides: a program, a window, the server of an account
    always_ask: Callable[[dict[str, Any]], bool] = field(default=lambda args: False)
    preview: Callable[[dict[str, Any]], str] | None = None
    category: str = ""
    limit: int = 0  # calls side by side; 0 is no limit of its own
    needs: str = ""
    takes: Mapping[str, str] = field(default_factory=dict)  # the parameter that it works on, and the kind of that: ``{"path": "file"}``
    gives: str = ""  # the kind of what it gives, where other tools may give the same
    fresh: bool = False  # asked again each time: its answer changes by itself
    given_schema: dict[str, Any] | None = None  # of a tool that is not ours, in place of ``arguments``
    internal: bool = False  # not offered to planners; code makes the calls
    ahead: Callable[[dict[str, Any], ToolContext], Awaitable[dict[str, Any]]] | None = None  # what has to be waited for before the changes can be planned
    stays: Callable[[dict[str, Any], ToolContext], bool] | None = None  # a call of a tool that leaves the machine needs not, this time
    source: str = ""  # where it comes from: empty for the built-in ones, ``mcp:NAME`` for a server's
    account: str = ""  # whose secret it needs: ``mail``, say
    identity: str = ""  # of a server's tool: changes with the server and with what it says of the tool
    unavailable: Check | None = None  # why it cannot work on this machine now, empty where it can; cheap
    instead: str = ""  # what can be called where it cannot work, as a sentence to a model
    forms: tuple[tuple[str, ...], ...] = ()  # arguments of which one group has to be there, the usual one first

    @property
    def schema(self) -> dict[str, Any]:
        """JSON schema of the arguments, without pydantic's titles."""
        if self.arguments is None:
            return self.given_schema or {"type": "object", "properties": {}}
        schema = _schema_of(self.arguments)
        shown = [form for form in self.forms if set(form) <= set(schema.get("properties") or ())]
        return schema | {"required": list(shown[0])} if len(shown) == 1 else schema  # its other forms are older names, which nobody is shown

    @property
    def defaults(self) -> Mapping[str, Any]:
        """The values of arguments that a call need not give."""
        return {} if self.arguments is None else {name: one.default for name, one in self.arguments.model_fields.items() if not one.is_required()}

    @property
    def accepted(self) -> frozenset[str]:
        """Every name under which it takes an argument, those included that the schema does not show (older names, other forms)."""
        shown = frozenset(self.schema.get("properties") or {})
        return shown if self.arguments is None else shown | _names_of(self.arguments)

    @property
    def main_arguments(self) -> tuple[str, ...]:
        """What a call gives at least: what must be there, else its usual form, else the first argument."""
        needed = tuple(self.schema.get("required") or ())
        return needed or (self.forms[0] if self.forms else tuple(self.schema.get("properties") or ())[:1])

    @property
    def usage(self) -> str:
        """How it is called, in a line: ``tables.query(path: text or list of texts, sql: text, limit: whole number = 100)``."""
        return said.signature(self.name, self.schema)

    def problems(self, args: Mapping[str, Any]) -> list[tuple[str, str]]:
        """What is wrong with these arguments: the argument and a sentence that says what would be right, for each fault."""
        if self.arguments is None:
            return foreign_problems(self.schema, args)
        try:
            self.arguments.model_validate(dict(args))
        except pydantic.ValidationError as error:
            return [(str((item["loc"] or self.schema.get("required") or [""])[0]), text) for item, text in said.sentences(error, self.schema)]
        return []

    def values(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as the body takes them. Raises :class:`ToolRetry` where :meth:`problems` finds any."""
        if problems := self.problems(args):
            raise ToolRetry(" ".join(sentence for _, sentence in problems), hint=f"It is called so: {self.usage}.")
        if self.arguments is None:
            return dict(args)
        model = self.arguments.model_validate(dict(args))
        return {name: getattr(model, name) for name in self.arguments.model_fields}


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


@cache
def _schema_of(arguments: type[pydantic.BaseModel]) -> dict[str, Any]:
    """Made once: every call of a tool is checked against it. Nobody changes it."""
    return _without_titles(arguments.model_json_schema())  # type: ignore[no-any-return]


@cache
def _names_of(arguments: type[pydantic.BaseModel]) -> frozenset[str]:
    """The arguments of a model by all the names they may come under."""
    aliases = [one.validation_alias for one in arguments.model_fields.values()]
    choices = [choice for alias in aliases if isinstance(alias, pydantic.AliasChoices) for choice in alias.choices]
    return frozenset(arguments.model_fields) | {choice for choice in choices if isinstance(choice, str)}


def _without_titles(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {key: _without_titles(value) for key, value in schema.items() if not (key == "title" and isinstance(value, str))}
    if isinstance(schema, list):
        return [_without_titles(item) for item in schema]
    return schema


def foreign_problems(schema: Mapping[str, Any], args: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The same for a JSON schema from outside. Nothing is fetched for it; what cannot be understood of it is not checked."""
    from tools.foreign_schema import problems_of

    return problems_of(schema, args)
