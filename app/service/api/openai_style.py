"""The OpenAI-compatible door: models, chat completions, responses, embeddings.

The model ``deskhand`` is the assistant itself, tools and all, in the default workspace and with nobody to ask; every other
id is that model alone.
"""

from __future__ import annotations

import base64
import json
import re
import struct
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, StreamingResponse

from app.client.answer_text import HOLD_SECONDS, question_lines, remaining
from app.service.api.access import CoreOf, default_workspace
from app.service.api.events import Feed
from app.service.api.shapes import ChatBody, EmbeddingsBody, ResponsesBody
from core import events
from core.errors import DeskhandError, NoModel, UsageError
from core.ids import new_id
from core.messages import CallDelta, Finished, Message, ModelRequest, Part, Picture, Reply, TextDelta, TextWithdrawn, ToolCall, ToolSpec, Usage
from core.planning.plan_format import read_plan

router = APIRouter(prefix="/v1", tags=["openai"])
ASSISTANT = "deskhand"
CLIENT = "the program that asks over /v1"  # who gets what the assistant reads for it
_SSE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}, "application/json": {}}, "description": "a completion, or its pieces as server-sent events"}}


@router.get("/models")
async def models(core: CoreOf) -> dict[str, Any]:
    """The assistant and every known model."""
    return {"object": "list", "data": [_card(ASSISTANT), *(_card(row["id"]) for row in core.pool.known())]}


@router.get("/models/{model_id:path}")
async def model(core: CoreOf, model_id: str) -> dict[str, Any]:
    """One model."""
    if model_id != ASSISTANT:
        core.pool.get(model_id)
    return _card(model_id)


def _card(model_id: str) -> dict[str, Any]:
    return {"id": model_id, "object": "model", "created": 0, "owned_by": "deskhand"}


@router.post("/chat/completions", response_model=None, responses=_SSE)
async def chat(core: CoreOf, body: ChatBody) -> JSONResponse | StreamingResponse:
    """A chat completion, streamed or whole."""
    parts = _parts(core, body.model, _messages(body), _options(body))
    base = {"id": new_id("chatcmpl"), "created": int(time.time()), "model": body.model}
    if body.stream:
        usage = bool(body.stream_options and body.stream_options.include_usage)
        first = await anext(parts)  # an unknown model is an error before the stream begins
        return StreamingResponse(_sse(base, first, parts, usage), media_type="text/event-stream")
    text, calls, finished = await _fold(parts)
    message: dict[str, Any] = {"role": "assistant", "content": text or (None if calls else "")}
    if calls:
        message["tool_calls"] = [_call(call, number) for number, call in enumerate(calls)]
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if calls else finished.reason, "logprobs": None}
    return JSONResponse({**base, "object": "chat.completion", "choices": [choice], "usage": _usage(finished.usage)})


def _messages(body: ChatBody) -> list[Message]:
    return [Message(_ROLES.get(item.role, item.role), _plain(item.content), pictures=read_pictures(item.content)) for item in body.messages]  # type: ignore[arg-type]


_ROLES = {"developer": "system", "function": "tool"}


def _plain(content: str | list[dict[str, Any]] | None) -> str:
    if isinstance(content, list):
        return "\n".join(str(part["text"]) for part in content if "text" in part)
    return content or ""


def read_pictures(content: str | list[dict[str, Any]] | None) -> tuple[Picture, ...]:
    """The pictures of a message: ``image_url`` parts with a data URL (RFC 2397). Raises :class:`UsageError` for other addresses, which nobody here fetches."""
    found = list[Picture]()
    for part in content if isinstance(content, list) else ():
        if part.get("type") == "image_url":
            address = part.get("image_url")
            url = str(address.get("url") if isinstance(address, dict) else address)
            match = re.fullmatch(r"data:(image/[\w.+-]+);base64,([A-Za-z0-9+/=\s]+)", url)
            try:
                found.append(Picture(f"picture {len(found) + 1}", match[1], base64.b64decode(match[2], validate=False)))  # type: ignore[index]
            except (TypeError, ValueError) as error:
                raise UsageError("A picture must come as a data: URL in base64; addresses are not fetched.", code="bad_picture") from error
    return tuple(found)


def _options(body: ChatBody) -> dict[str, Any]:
    tools = tuple(ToolSpec(str(f.get("name", "")), str(f.get("description", "")), f.get("parameters") or {}) for f in (item.get("function") or {} for item in body.tools or ()))
    form = body.response_format or {}
    schema = (form.get("json_schema") or {}).get("schema") if form.get("type") == "json_schema" else {"type": "object"} if form.get("type") == "json_object" else None
    stop = (body.stop,) if isinstance(body.stop, str) else tuple(body.stop or ())
    return {
        "max_tokens": body.max_completion_tokens or body.max_tokens or 2048,
        "temperature": body.temperature or 0.0,
        "stop": stop,
        "tools": tools,
        "schema": schema if isinstance(schema, dict) else None,
    }


async def _parts(core: CoreOf, model_id: str, messages: list[Message], options: dict[str, Any]) -> AsyncIterator[Part]:
    shown = any(message.pictures for message in messages)
    if model_id == ASSISTANT:
        if shown:
            raise UsageError("The assistant takes pictures as files of its workspace.", hint="Put the picture there and name it in the request, or ask a model by its own name.")
        async for part in _assistant(core, messages):
            yield part
        return
    model = core.pool.get(model_id)
    if shown and model.profile.sees is False:
        raise NoModel(f"{model_id} cannot see pictures.", hint=f"These can: {', '.join(core.pool.seeing()) or 'none that is known here'}.")
    asked = next((message.content for message in reversed(messages) if message.role == "user"), "")
    if not model.profile.chats:
        async for part in model.stream(ModelRequest(tuple(messages), purpose="plan", request=asked)):
            yield TextDelta(_readable(part.text)) if isinstance(part, TextDelta) else part
        return
    async for part in model.stream(ModelRequest(tuple(messages), request=asked, **options)):
        yield part


def _readable(text: str) -> str:
    """A plan that is only an answer, as that answer."""
    plan = read_plan(Reply(text))
    return plan.answer if not plan.steps else text


async def _assistant(core: CoreOf, messages: list[Message]) -> AsyncIterator[Part]:
    """A run's answer as it comes. A run whose asker has gone before its end is cancelled: nobody would read it."""
    asked = next((message.content for message in reversed(messages) if message.role == "user"), "")
    if not asked.strip():
        raise UsageError("There is no user message to answer.")
    run_id = new_id("run")
    with Feed(core, run_id=run_id) as feed:
        core.runs.start({"text": asked, "workspace": default_workspace(core), "approve": "none", "client": CLIENT}, run_id)
        try:
            async for part in _answer_parts(feed):
                yield part
        finally:
            if run_id in core.runs.active() and not core.stop_asked.is_set():
                core.runs.cancel(run_id, "The program that asked has gone.")


async def _answer_parts(feed: Feed) -> AsyncIterator[Part]:
    """Text, held for a moment so that what a model takes back at once is never sent; :class:`TextWithdrawn` where it was sent before; the account."""
    said, held, due = "", "", 0.0
    while True:
        event = await feed.next(max(0.0, due - time.monotonic()) if held else None)
        kind = event.type if event else ""
        if held and kind != events.TEXT_WITHDRAWN and (kind in ("", events.RUN_FINISHED) or time.monotonic() >= due):
            yield TextDelta(held)
            said, held = said + held, ""
        if event is None:
            continue
        if kind == events.TEXT_DELTA and event.data.get("purpose") == "answer":
            due = due if held else time.monotonic() + HOLD_SECONDS
            held += event.data["text"]
        elif kind == events.TEXT_WITHDRAWN:
            if said:
                yield TextWithdrawn()
            said, held = "", ""
        elif kind == events.RUN_FINISHED:
            for part in _end(said, event.data["result"] | {"answer": event.data["answer"]}):
                yield part
            return


def _end(said: str, result: dict[str, Any]) -> Iterator[Part]:
    """What of the answer was not said yet, a question's choices, and the account."""
    anew, rest = remaining(said, result["answer"])
    if anew:
        yield TextWithdrawn()
    if lines := question_lines(result):
        rest = "\n".join([*([rest] if rest or said else []), *lines])
    if rest:
        yield TextDelta(rest)
    usage = result.get("usage", {})
    yield Finished(
        "stop", Usage(usage.get("calls", 0), usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0), usage.get("reused_tokens", 0), usage.get("cost_usd", 0.0))
    )


async def _fold(parts: AsyncIterator[Part]) -> tuple[str, list[ToolCall], Finished]:
    text, calls, finished = "", [], Finished("stop")
    async for part in parts:
        if isinstance(part, TextDelta):
            text += part.text
        elif isinstance(part, TextWithdrawn):
            text = ""
        elif isinstance(part, CallDelta):
            calls.append(part.call)
        elif isinstance(part, Finished):
            finished = part
    return text, calls, finished


async def _sse(base: dict[str, Any], first: Part, rest: AsyncIterator[Part], with_usage: bool) -> AsyncIterator[str]:
    def line(delta: dict[str, Any], reason: str | None = None) -> str:
        chunk = {**base, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
        return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n"

    async def whole() -> AsyncIterator[Part]:
        yield first
        async for part in rest:
            yield part

    yield line({"role": "assistant", "content": ""})
    finished, calls, said = Finished("stop"), 0, False
    try:
        async for part in whole():
            if isinstance(part, TextDelta):
                said = True
                yield line({"content": part.text})
            elif isinstance(part, TextWithdrawn) and said:  # nothing can be unsaid in this protocol: the answer begins below
                said = False
                yield line({"content": "\n\n"})
            elif isinstance(part, CallDelta):
                yield line({"tool_calls": [_call(part.call, calls)]})
                calls += 1
            elif isinstance(part, Finished):
                finished = part
    except DeskhandError as error:
        yield f"data: {json.dumps({'error': error.to_json() | {'type': 'server_error'}})}\n\n"
        return
    yield line({}, "tool_calls" if calls else finished.reason)
    if with_usage:
        yield f"data: {json.dumps({**base, 'object': 'chat.completion.chunk', 'choices': [], 'usage': _usage(finished.usage)})}\n\n"
    yield "data: [DONE]\n\n"


def _call(call: ToolCall, number: int) -> dict[str, Any]:
    return {"index": number, "id": call.id or f"call_{number}", "type": "function", "function": {"name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)}}


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens, "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
    }  # fmt: skip


@router.post("/embeddings")
async def embeddings(core: CoreOf, body: EmbeddingsBody) -> dict[str, Any]:
    """One vector for each text, as numbers or as base64 of little-endian floats."""
    texts = [body.input] if isinstance(body.input, str) else body.input
    vectors, tokens = await core.pool.embed("" if body.model == ASSISTANT else body.model, texts)
    shown = [base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode() if body.encoding_format == "base64" else vector for vector in vectors]
    return {
        "object": "list",
        "model": body.model,
        "data": [{"object": "embedding", "index": number, "embedding": vector} for number, vector in enumerate(shown)],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


@router.post("/responses")
async def responses(core: CoreOf, body: ResponsesBody) -> dict[str, Any]:
    """OpenAI's newer form, whole answers only."""
    asked = (
        body.input
        if isinstance(body.input, str)
        else "\n".join(_plain(item.get("content")) if isinstance(item.get("content"), str | list | None) else "" for item in body.input if item.get("role", "user") == "user")
    )
    messages = [*([Message("system", body.instructions)] if body.instructions else []), Message("user", asked)]
    text, _, finished = await _fold(_parts(core, body.model, messages, {"max_tokens": body.max_output_tokens or 2048}))
    part = {"type": "output_text", "text": text, "annotations": []}
    usage = {
        "input_tokens": finished.usage.prompt_tokens,
        "output_tokens": finished.usage.completion_tokens,
        "total_tokens": finished.usage.prompt_tokens + finished.usage.completion_tokens,
    }
    return {
        "id": new_id("resp"), "object": "response", "created_at": int(time.time()), "model": body.model, "status": "completed", "parallel_tool_calls": True,
        "tool_choice": "auto", "tools": [], "output": [{"type": "message", "id": new_id("msg"), "role": "assistant", "status": "completed", "content": [part]}], "usage": usage,
    }  # fmt: skip
