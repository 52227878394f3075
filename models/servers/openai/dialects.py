"""What a server of this family wants otherwise: known from its host and the catalogue, or learnt from its refusal of a request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from models.servers.errors import ServerRefusal
from models.servers.refused import find_most_tokens, find_refused_field
from models.servers.served import ServedModel

Api = Literal["chat", "responses"]
# they lose their thread between calls without it
_REASONS_BACK = re.compile(r"deepseek|gpt-oss|kimi|moonshot|glm-[4-9]|minimax|mimo", re.IGNORECASE)
_NO_SAMPLING = re.compile(r"^(?:o\d|gpt-(?:[5-9]|\d\d))")  # of OpenAI, for those that the catalogue does not know
_SAMPLING = frozenset({"temperature", "stop"})
# parts of a request that a server can do without; those that it names in a refusal are left out from then on
_OPTIONAL = ("stream_options", "temperature", "stop", "response_format", "reasoning_effort", "stream", "include", "store", "text", "reasoning")
_RESPONSES = re.compile(r"/v1/responses|responses api", re.IGNORECASE)
_NO_STREAM = re.compile(
    r"stream(?:ing|ed)?\b.{0,40}\bnot (?:supported|available|implemented|allowed|enabled)|not support(?:ed)?.{0,20}\bstream(?:ing)?\b|unsupported.{0,20}\bstream(?:ing)?\b",
    re.IGNORECASE,
)
_NO_TOOLS = re.compile(  # Ollama, OpenRouter, llama-server, vLLM
    r"(?:not|n't) support (?:the )?(?:use of )?(?:native )?(?:tools?|functions?|tool use|(?:tool|function)[- ]call(?:s|ing))\b(?! choice)|no endpoints found that support tool use"
    r"|\b(?:tools?(?: use| param)?|(?:tool|function) calling)\b (?:is |are )?(?:not supported|unsupported|not available|not enabled|requires? --)|--enable-auto-tool-choice",
    re.IGNORECASE,
)
_NO_SYSTEM = re.compile(
    r"\bsystem\b.{0,30}\b(?:role|message|prompt|instruction)|developer instruction|\bonly\b.{0,60}\broles?\b.{0,20}\b(?:supported|allowed|accepted)",
    re.IGNORECASE,
)
_PLAIN = re.compile(
    r"unknown name|invalid json payload|unsupported.{0,20}keyword|(?:additionalproperties|\$defs|\$ref|anyof|oneof|allof)\b.{0,40}\b(?:not|unsupported|unknown|invalid|unexpected)",
    re.I,
)
_NO_PICTURES = re.compile(
    r"\b(?:image|vision|multimodal|mmproj|image_url)\w*\b.{0,80}\b(?:not|unsupported|no|without|only|invalid)\b|\b(?:not|no|n't) support\w*.{0,40}\b(?:image|vision|multimodal)|image_url",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one model of one server is spoken to.

    ``without`` are parts of a request that are left out; ``limit`` is what the limit of tokens is called; ``reasoning`` the field in which
    thinking goes back once there were calls (empty: it does not); ``api`` whether the chat or the Responses API is asked, and
    ``tools_api`` which of them where tools are offered; ``sees`` whether pictures may be sent (None: not known); ``has_tools`` whether tools may be
    offered; ``most`` how many tokens may be asked for (0: not known).
    """

    limit: str = "max_tokens"
    without: frozenset[str] = frozenset()
    has_system: bool = True
    is_strict: bool = False
    is_plain: bool = False
    has_short_ids: bool = False
    reasoning: str = ""
    has_details: bool = False
    api: Api = "chat"
    tools_api: Api = "chat"
    effort: str = ""
    sees: bool | None = None
    has_tools: bool = True
    most: int = 0

    def strip(self, body: dict[str, Any]) -> dict[str, Any]:
        """``body`` without what the server refuses. One that does not stream has no options of a stream either."""
        without = self.without | ({"stream_options"} if "stream" in self.without else set())
        return {key: value for key, value in body.items() if key not in without}


def dialect_of(host: str, model: str, served: ServedModel = ServedModel()) -> Dialect:
    """What is known before anything was asked."""
    openai, google = host == "api.openai.com", host == "generativelanguage.googleapis.com"
    profile = served.profile
    samples = profile.sampling and not (openai and _NO_SAMPLING.match(model))
    back = (profile.return_reasoning and not google) or bool(_REASONS_BACK.search(model)) or "deepseek" in host  # Google's signatures go back with the calls
    return Dialect(
        limit="max_completion_tokens" if openai else "max_tokens",
        without=frozenset() if samples else _SAMPLING if openai else frozenset({"temperature"}),
        is_strict=openai,
        is_plain=google,
        has_short_ids="mistral" in host,
        reasoning="reasoning_content" if back else "",
        has_details=host.endswith("openrouter.ai"),
        api="responses" if openai and profile.responses_only else "chat",
        tools_api="responses" if openai and (profile.responses_only or profile.responses_with_tools) else "chat",
        effort=served.effort,
        sees=served.vision,
    )


def learn(dialect: Dialect, refusal: ServerRefusal, body: Mapping[str, Any]) -> Dialect | None:
    """What the server will take instead; None where its refusal was about something else."""
    said = refusal.said.lower()
    if refuses_tools(refusal, body):
        return replace(dialect, has_tools=False)
    if _RESPONSES.search(said) and "messages" in body and refusal.status in (0, 400, 404, 422):
        return replace(dialect, tools_api="responses", api=dialect.api if body.get("tools") else "responses")
    if refusal.status not in (0, 400, 422, 500, 501) or refusal.is_overflow or refusal.is_about_money:
        return None
    if "max_completion_tokens" in said and dialect.limit == "max_tokens" and "max_tokens" in body:
        return replace(dialect, limit="max_completion_tokens")
    if "stream" in body and _NO_STREAM.search(said) and "stream_options" not in said:
        return replace(dialect, without=dialect.without | {"stream"})
    if (most := find_most_tokens(refusal.said)) and most < int(body.get(dialect.limit) or 0):
        return replace(dialect, most=most)
    if field := find_refused_field(refusal, body, _OPTIONAL):
        return replace(dialect, without=dialect.without | {field})
    return _learn_form(dialect, said, body) or _learn_schema(dialect, refusal, body)


def _learn_form(dialect: Dialect, said: str, body: Mapping[str, Any]) -> Dialect | None:
    """Other forms of the same: roles, thinking, tools, pictures."""
    if dialect.has_system and _NO_SYSTEM.search(said):
        return replace(dialect, has_system=False)
    if "reasoning_content" in said:
        is_wanted = bool(re.search(r"must|missing|passed back|required", said))
        return None if is_wanted == bool(dialect.reasoning) else replace(dialect, reasoning="reasoning_content" if is_wanted else "")
    if dialect.sees is None and has_pictures(body) and _NO_PICTURES.search(said):
        return replace(dialect, sees=False)
    if dialect.is_strict and body.get("tools") and ("strict" in said or "invalid schema for function" in said):
        return replace(dialect, is_strict=False)
    if not dialect.is_plain and body.get("tools") and _PLAIN.search(said):
        return replace(dialect, is_plain=True)
    return None


def _learn_schema(dialect: Dialect, refusal: ServerRefusal, body: Mapping[str, Any]) -> Dialect | None:
    """Servers refuse a schema in words that name nothing of the request; of errors of the server itself only those count that speak of one."""
    about_shape = refusal.status in (400, 422) or re.search(r"response_format|schema|grammar", refusal.said, re.IGNORECASE)
    return replace(dialect, without=dialect.without | {"response_format"}) if "response_format" in body and about_shape else None


def refuses_tools(refusal: ServerRefusal, body: Mapping[str, Any]) -> bool:
    """Whether a model or its server takes no tools at all: it may still talk."""
    return bool(body.get("tools")) and not refusal.is_page and refusal.status in (0, 400, 404, 422, 500, 501) and bool(_NO_TOOLS.search(refusal.said))


def has_pictures(body: Mapping[str, Any]) -> bool:
    """Whether a request of either API shows pictures."""
    messages = body.get("messages") or body.get("input") or ()
    return any(isinstance(part, Mapping) and "image_url" in part for message in messages if isinstance(message.get("content"), list) for part in message["content"])


def dump_dialect(dialect: Dialect, known: Dialect) -> dict[str, Any]:
    """What was learnt: the fields that differ from what was known, as JSON."""
    before = asdict(known)
    found = {key: value for key, value in asdict(dialect).items() if value != before[key]}
    return found | ({"without": sorted(dialect.without - known.without)} if "without" in found else {})


def load_dialect(known: Dialect, found: Mapping[str, Any]) -> Dialect:
    """What was known, with what was learnt; fields that are not (or no longer) ours are passed over."""
    names = {field.name for field in fields(Dialect)} - {"without"}
    more = found.get("without")
    without = known.without | (set(map(str, more)) if isinstance(more, list) else set())
    return replace(known, without=without, **{key: value for key, value in found.items() if key in names})
