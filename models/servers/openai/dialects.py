"""What a server of this family wants otherwise: known from its host, or learnt from its refusal of a request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from models.servers.errors import ServerRefusal

# they lose their thread between calls without it
_REASONS_BACK = re.compile(r"deepseek|gpt-oss|kimi|moonshot|glm-[4-9]|minimax|mimo", re.IGNORECASE)
_NO_TEMPERATURE = re.compile(r"^(o\d|gpt-5)")


@dataclass(frozen=True, slots=True)
class Dialect:
    """Flags of one endpoint and model.

    ``reasoning``: the field in which thinking that led to calls is sent back; empty: it is not.
    """

    limit: str = "max_tokens"
    has_temperature: bool = True
    has_usage: bool = True
    has_schema: bool = True
    has_system: bool = True
    is_strict: bool = False
    is_plain: bool = False
    has_short_ids: bool = False
    reasoning: str = ""
    has_details: bool = False


def dialect_of(host: str, model: str) -> Dialect:
    """What is known before anything was asked."""
    openai = host == "api.openai.com"
    return Dialect(
        limit="max_completion_tokens" if openai else "max_tokens",
        has_temperature=not (openai and _NO_TEMPERATURE.match(model)),
        is_strict=openai,
        is_plain=host == "generativelanguage.googleapis.com",
        has_short_ids="mistral" in host,
        reasoning="reasoning_content" if _REASONS_BACK.search(model) or "deepseek" in host else "",
        has_details=host.endswith("openrouter.ai"),
    )


def learn(dialect: Dialect, refusal: ServerRefusal, body: Mapping[str, Any]) -> Dialect | None:
    """What the server will take instead; None where its refusal was about something else."""
    if refusal.status not in (400, 422, 500, 501):
        return None
    said = refusal.said.lower()
    if "max_completion_tokens" in said and dialect.limit == "max_tokens":
        return replace(dialect, limit="max_completion_tokens")
    for field, word in (
        ("has_usage", "stream_options"),
        ("has_temperature", "temperature"),
        ("has_system", "system role"),
    ):
        if word in said and getattr(dialect, field):
            return replace(dialect, **{field: False})  # type: ignore[arg-type]
    if "reasoning_content" in said:
        is_wanted = bool(re.search(r"must|missing|passed back|required", said))
        return None if is_wanted == bool(dialect.reasoning) else replace(dialect, reasoning="reasoning_content" if is_wanted else "")
    if dialect.is_strict and body.get("tools") and ("strict" in said or "invalid schema for function" in said):
        return replace(dialect, is_strict=False)
    if not dialect.is_plain and body.get("tools") and re.search(r"unknown name|invalid json payload|unsupported.{0,20}keyword", said):
        return replace(dialect, is_plain=True)
    about_shape = refusal.status != 500 or re.search(r"response_format|schema|grammar", said)
    return replace(dialect, has_schema=False) if dialect.has_schema and "response_format" in body and about_shape else None
