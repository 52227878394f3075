"""What goes to a model and what comes back: the neutral vocabulary of all backends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["system", "user", "assistant", "tool"]
Purpose = Literal["plan", "review", "execute", "answer", "act", "chat", "title"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as its file holds it; ``media_type`` as MIME has it (``image/png``)."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a prompt. ``tainted`` marks text that came from outside (web, file, server, device).

    ``tool_calls`` are an assistant's; ``tool_call_id`` says which of them a ``tool`` message answers. ``reasoning`` is what an assistant
    thought, for servers that want it back. ``pictures`` are a person's; who calls a model that does not see leaves them out.
    """

    role: Role
    content: str
    tainted: bool = False
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    reasoning: str = ""
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call a model wants made: the name as the model wrote it, arguments as a JSON object.

    ``cut``: the reply ended inside it, so ``arguments`` are incomplete and it must not be made. ``fault``: it is whole, and why it cannot be
    made all the same ("its arguments are a list, not an object."). ``extra`` holds fields of the server's own that it wants
    back with the call (Gemini's thought signature).
    """

    name: str
    arguments: dict[str, Any]
    id: str = ""
    cut: bool = False
    extra: dict[str, Any] = field(default_factory=dict)
    fault: str = ""

    @property
    def can_be_made(self) -> bool:
        """Whether it is whole and its arguments are an object that tools can read."""
        return not self.cut and not self.fault


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as a model sees it; ``parameters`` is a JSON schema of an object."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request to a model.

    ``request`` is the person's own words (a planning model of ours reads them directly); ``schema`` constrains the whole
    output to JSON of that shape, ``pattern`` to a regular expression that the whole reply matches (engines that cannot hold it leave it
    out, so that who asks checks the reply too); ``max_tokens`` bounds the output; ``temperature`` is 0 for greedy.
    """

    messages: tuple[Message, ...]
    purpose: Purpose = "chat"
    request: str = ""
    context: dict[str, Any] = field(default_factory=dict)
    schema: dict[str, Any] | None = None
    pattern: str = ""
    tools: tuple[ToolSpec, ...] = ()
    max_tokens: int = 2048
    temperature: float = 0.0
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the visible text."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """More of the model's thinking, shown folded, never acted on."""

    text: str


@dataclass(frozen=True, slots=True)
class CallDelta:
    """One complete tool call."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class TextWithdrawn:
    """All text sent so far in this reply was thinking: it belongs to the reasoning, and the visible text begins anew."""


@dataclass(frozen=True, slots=True)
class PromptProgress:
    """How far the model has come in reading its prompt: tokens ``read`` of ``total``, of which ``reused`` were kept from earlier."""

    read: int
    total: int
    reused: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and money of one call; ``cost_usd`` is 0 for local models and where no price is known."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
            round(self.cost_usd + other.cost_usd, 6),
        )

    def to_json(self) -> dict[str, float]:
        return {
            "calls": self.calls, "prompt_tokens": self.prompt_tokens, "reused_tokens": self.cached_tokens, "completion_tokens": self.completion_tokens, "cost_usd": self.cost_usd,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finished:
    """The last part of every stream. ``reason`` is ``stop``, ``tool_calls``, ``cancelled``, or says that the reply is cut: :data:`CUT`.

    ``chance``: of how a reply held to a pattern began, among all beginnings that the pattern allows, 0 to 1; None where the engine does not tell.
    """

    reason: str
    usage: Usage = Usage(calls=1)
    chance: float | None = None


Part = TextDelta | TextWithdrawn | ReasoningDelta | PromptProgress | CallDelta | Finished

CUT = frozenset({"length", "content_filter", "dropped"})  # reasons of a reply that is not whole: the limit, a filter, a connection that broke off


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole stream, folded. ``chance`` as in :class:`Finished`."""

    text: str
    reasoning: str = ""
    calls: tuple[ToolCall, ...] = ()
    reason: str = "stop"
    usage: Usage = Usage(calls=1)
    chance: float | None = None

    @property
    def is_cut(self) -> bool:
        """Whether the reply ended before the model had finished it."""
        return self.reason in CUT
