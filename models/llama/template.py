"""Messages and tools as the text that a model was trained on: the GGUF's own chat template, run in a sandbox.

What the template cannot do is done around it (``repairs``). The same messages with more behind them give the same text with more behind
it, so that nothing is read twice: the date is a day, never a moment, and a repair that was needed once stays.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from functools import cached_property
from typing import Any

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from models.llama import repairs
from models.llama.repairs import Traits

Wire = dict[str, Any]  # a message or a tool as JSON, in the shape of the OpenAI chat API; arguments are objects
CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
_REFUSALS = (jinja2.TemplateError, TypeError, ValueError, KeyError, AttributeError, IndexError)
_PROBE_TOOL = {
    "type": "function",
    "function": {
        "name": "probe_tool",
        "description": "Probes.",
        "parameters": {"type": "object", "properties": {"probe_key": {"type": "string", "description": "A word."}}, "required": ["probe_key"]},
    },
}
_ASKED, _RESULT, _RULES = "probe question", "probe result", "probe rules"


class TemplateError(ValueError):
    """The template refuses these messages in every way that is known."""


class ChatTemplate:
    """One GGUF's template; ``source`` empty: ChatML. ``bos`` and ``eos`` are the texts of those tokens."""

    def __init__(self, source: str, bos: str = "", eos: str = "", now: Callable[[], datetime.datetime] = datetime.datetime.now) -> None:
        self.source = source or CHATML
        self._bos, self._eos, self._now = bos, eos, now
        self._template = _environment().from_string(self.source)
        self._needed = 0  # the first of the repairs that did not fail yet

    def render(self, messages: list[Wire], tools: list[Wire] | None = None, reply: bool = True) -> str:
        """The prompt; with ``reply`` it ends where the model's answer begins. Raises :class:`TemplateError`."""
        return self._repaired(*repairs.fitted(messages, tools or [], self.traits), reply)

    @cached_property
    def traits(self) -> Traits:
        """What the template does by itself, found by trying."""
        asked, call = [_message("user", _ASKED)], probe_call("a")
        replied = [*asked, call, {"role": "tool", "content": _RESULT, "name": "probe_tool", "tool_call_id": "probe0001"}]
        tools = "probe_tool" in self._tried(asked, [_PROBE_TOOL])
        calls = "probe_key" in self._tried([*asked, call], [], False) and "probe_tool" in self._tried([*asked, call], [], False)
        results = calls and _RESULT in self._tried(replied, [_PROBE_TOOL] if tools else [])
        return Traits(tools, calls, results, system=_RULES in self._tried([_message("system", _RULES), *asked], []))

    def probe(self, *values: str) -> tuple[str, str]:
        """A made-up conversation that ends with calls (``probe_tool`` with each of ``values``): the text before the reply, and with it."""
        calls = repairs.fitted([_message("user", _ASKED), probe_call(*values)], [], self.traits)[0]
        return self._tried(calls[:1], []), self._tried(calls, [], False)

    def _repaired(self, messages: list[Wire], tools: list[Wire], reply: bool) -> str:
        said: Exception | None = None
        for number, repair in enumerate(repairs.REPAIRS[self._needed :], self._needed):
            try:
                text = self._run(repair(messages), tools, reply)
            except _REFUSALS as error:
                said = said or error
                continue
            self._needed = number
            return text
        raise TemplateError(f"The model's chat template refuses this conversation: {said}") from said

    def _tried(self, messages: list[Wire], tools: list[Wire], reply: bool = True) -> str:
        """The text, empty where the template refuses."""
        for repair in repairs.REPAIRS:
            try:
                return self._run(repair(messages), tools, reply)
            except _REFUSALS:
                continue
        return ""

    def _run(self, messages: list[Wire], tools: list[Wire], reply: bool) -> str:
        """Render once as it stands, and with ``tools`` left undefined where a template without tools takes None for some."""
        values = {"messages": messages, "add_generation_prompt": reply, "bos_token": self._bos, "eos_token": self._eos, "strftime_now": self._date}
        if tools:
            return self._template.render(**values, tools=tools)
        try:
            return self._template.render(**values, tools=None)
        except _REFUSALS:
            return self._template.render(**values)

    def _date(self, form: str) -> str:
        return self._now().replace(hour=0, minute=0, second=0, microsecond=0).strftime(form)


def probe_call(*values: str) -> Wire:
    """An assistant's message with one call for each of ``values``."""
    calls = [{"id": f"probe000{number}", "type": "function", "function": {"name": "probe_tool", "arguments": {"probe_key": value}}} for number, value in enumerate(values, 1)]
    return {"role": "assistant", "content": "", "tool_calls": calls}


def _message(role: str, content: str) -> Wire:
    return {"role": role, "content": content}


class _GenerationTags(jinja2.ext.Extension):
    """``{% generation %}`` marks what training looks at; here it means nothing."""

    tags = {"generation"}

    def parse(self, parser: Any) -> Any:
        parser.stream.skip(1)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _environment() -> ImmutableSandboxedEnvironment:
    """As Transformers sets it up for chat templates."""
    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[_GenerationTags, jinja2.ext.loopcontrols])
    made.filters["tojson"] = _tojson
    made.globals["raise_exception"] = _refuse
    return made


def _refuse(message: str) -> None:
    raise jinja2.TemplateError(message)


def _tojson(value: Any, ensure_ascii: bool = False, indent: int | None = None, separators: tuple[str, str] | None = None, sort_keys: bool = False) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
