"""A whole request inside the worker: messages to tokens, what is kept of them, the reply, and what is told about it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from core.calls.markers import INVENTED
from models.llama.call_shape import CallShape, find_call_shape
from models.llama.constraint import Constraint, Grammars
from models.llama.context import Context
from models.llama.decode import Emit, Job, Outcome, Reader, Writer
from models.llama.held import Holder, grammar_of
from models.llama.prompt import Prompt, PromptBuilder
from models.llama.prompt_states import PromptStates
from models.llama.template import CHATML, ChatTemplate
from models.llama.threads import Threads

_TEMPLATE = "tokenizer.chat_template"


class ContextFull(ValueError):
    """The prompt is longer than the model's context."""


class Replies:
    """Answers the ``chat`` jobs of one model.

    A job has ``messages``, ``tools``, ``schema`` or ``pattern``, ``max_tokens``, ``temperature``, ``stop``; ``constrain`` false: nothing is held to a
    grammar; ``written``: the reply goes on behind this text.
    """

    def __init__(self, llm: Any, context: Context, states: PromptStates, threads: Threads) -> None:
        self._context, self._states, self._threads = context, states, threads
        self._source, self._vocabulary = llm.metadata.get(_TEMPLATE, ""), llm.n_vocab()

    def reply(self, job: dict[str, Any], emit: Emit) -> dict[str, Any]:
        """Emit the reply as it comes; the outcome as JSON. Raises :class:`ContextFull` and ``TemplateError``."""
        tools = job.get("tools") or []
        whole = grammar_of(job)
        holds = job.get("constrain", True) and (tools or whole)
        if holds:
            self._grammars.prepare()
        prompt = self._builder.build(job["messages"], tools, job.get("written", ""))
        room = self._context.size - len(prompt.tokens)
        if room < 1:
            raise ContextFull(f"The request has {len(prompt.tokens)} tokens, more than the {self._context.size} that the model is loaded for.")
        limit = min(room, max(1, job["max_tokens"] - len(self._context.tokenize(job.get("written", "")))))
        work = Job(prompt.tokens, self._states.prepare(prompt.tokens, prompt.head), limit, job["temperature"], self._stops(job), prompt.head)
        emit({"opened": prompt.opened})
        holder = Holder(self._grammars, tools, self._shape, whole, prompt.opened) if holds else None
        return self._answer(work, prompt, holder, holder.hear(job.get("written", "")) if holder else None, emit)

    def _answer(self, work: Job, prompt: Prompt, holder: Holder | None, begun: Constraint | None, emit: Emit) -> dict[str, Any]:
        reader = Reader(self._context, emit, lambda: self._states.keep_head(prompt.tokens[: prompt.head]), self._threads.look)
        outcome = Outcome(read_seconds=reader.read(work))
        self._states.keep_turn()
        arm, whole = (holder.hear, begun or holder.whole) if holder else (lambda text: None, None)
        writer = Writer(self._context, work, emit, outcome, arm=arm, whole=whole, between=self._threads.look)
        writer.write()
        self._builder.remember(prompt, outcome.tokens, b"".join(map(self._context.piece, outcome.tokens)).decode(errors="replace"))
        return _done(work, outcome)

    def _stops(self, job: dict[str, Any]) -> tuple[str, ...]:
        own = INVENTED if job.get("tools") else ("<|im_start|>",) if "<|im_start|>" in (self._source or CHATML) else ()
        return (*(job.get("stop") or ()), *own, *(() if self._source else ("<|im_end|>",)))

    @cached_property
    def _template(self) -> ChatTemplate:
        return ChatTemplate(self._source, self._context.bos, self._context.eos)

    @cached_property
    def _builder(self) -> PromptBuilder:
        return PromptBuilder(self._context, self._template)

    @cached_property
    def _shape(self) -> CallShape | None:
        return find_call_shape(self._template, self._context.eos)

    @cached_property
    def _grammars(self) -> Grammars:
        return Grammars(self._context, self._vocabulary, [token for token in range(self._vocabulary) if self._context.is_end(token)])


def _done(work: Job, outcome: Outcome) -> dict[str, Any]:
    return {
        "reason": outcome.reason, "why": outcome.why, "prompt_tokens": len(work.prompt), "cached_tokens": work.reused, "completion_tokens": len(outcome.tokens),
        "refused": outcome.refused, "forced": outcome.forced, "chance": outcome.chance, "read_seconds": round(outcome.read_seconds, 4), "write_seconds": round(outcome.write_seconds, 4),
    }  # fmt: skip
