"""What a server or the connection to it said, in words for people: one sentence, a stable code."""

from __future__ import annotations

import re
from typing import Any

from core.errors import ModelError
from core.network.http import PROXY, is_untrusted
from core.storage.json_text import parse_json

_OVERFLOW = re.compile(
    r"\bn_ctx\b|context.{0,12}(length|size|window|overflow)|maximum context|exceed_context|too many (input )?tokens|(prompt|input) is too long|reduce the length"
    r"|input length.{0,40}exceed|maximum (model|prompt) length|maximum number of (input )?tokens",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"insufficient[ _](?:credit|quota|balance|fund)|exceeded your current quota|credit balance|billing|out of credits?|payment required|no credits|quota.{0,20}(?:exhausted|used up)|top ?up",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(r"\bmodel\b.{0,80}(?:not found|does not exist|unknown|not exist|no such)|(?:no such|unknown|invalid) model", re.IGNORECASE)
_LONGEST = 300
_KINDS = {"overloaded_error": 529, "rate_limit_error": 429}  # the Messages API's words for a status, where the answer had begun with 200
_OF_A_REPLY = frozenset({"choices", "type", "object", "usage", "prompt_progress", "data"})


class ServerRefusal(Exception):
    """A server answered with an error.

    ``status`` is HTTP's (0 where it came inside a stream), ``said`` the server's words, ``retry_after`` the seconds it would like to be left
    alone, ``param`` the part of the request that it names, ``is_page``: a web page came instead of an answer, ``is_inside``: it
    came inside a stream.
    """

    def __init__(self, status: int, said: str, retry_after: float | None = None, *, param: str = "", is_page: bool = False, is_inside: bool = False) -> None:
        super().__init__(f"{status}: {said}")
        self.status, self.said, self.retry_after, self.param = status, said, retry_after, param
        self.is_page, self.is_inside = is_page, is_inside

    @property
    def is_passing(self) -> bool:
        """Whether a stream said, before anything else, that the server has too much to do just now."""
        return self.is_inside and self.status in (429, 500, 502, 503, 529) and not (self.is_overflow or self.is_about_money)

    @property
    def is_overflow(self) -> bool:
        """Whether the prompt was too long."""
        return self.status == 413 or (bool(_OVERFLOW.search(self.said)) and self.status not in (401, 402, 403, 429))

    @property
    def is_about_money(self) -> bool:
        """Whether credit or a quota is used up, which waiting does not mend."""
        return self.status == 402 or (self.status in (0, 400, 403, 429) and bool(_MONEY.search(self.said)))


def cannot_see(model: str) -> ModelError:
    """For pictures shown to a model that does not see."""
    return ModelError(f"{model} cannot see pictures.", code="no_vision", hint="Choose a model that can, with `--model executor=ID`.")


def garbage(host: str) -> ModelError:
    """For an answer that is none."""
    return ModelError(
        f"{host} sent something that is no answer.",
        code="model_garbage",
        hint="Is this the address of the server's API?",
        retryable=True,
    )


def readable(error: Exception, host: str, has_key: bool = True) -> ModelError:
    """An error of the connection (httpx) or of the server in words for people. ``has_key``: one was sent."""
    if isinstance(error, ModelError):
        return error
    if isinstance(error, ServerRefusal):
        return _refusal(error, host, has_key)
    kind = type(error).__name__
    if is_untrusted(error):
        return ModelError(
            f"The certificate of {host} is not trusted here.",
            code="model_unreachable",
            hint="Let this system trust who signed it, or name a file with that certificate in SSL_CERT_FILE and start Deskhand anew.",
        )
    if kind == "ProxyError" or str(error).startswith(PROXY):
        said = " ".join(str(error).split())[:_LONGEST].rstrip(".").replace(PROXY, PROXY.lower())
        return ModelError(f"{host} cannot be asked: {said}.", code="model_unreachable", hint="Check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY.", retryable=True)
    if kind in (
        "ConnectTimeout",
        "ConnectError",
        "UnsupportedProtocol",
        "InvalidURL",
        "LocalProtocolError",
    ):
        return ModelError(
            f"{host} cannot be reached.",
            code="model_unreachable",
            hint="Is the server running, and the address right?",
            retryable=True,
        )
    if kind.endswith("Timeout") or isinstance(error, TimeoutError):
        return ModelError(
            f"{host} did not answer in time.",
            code="model_timeout",
            hint="Is the server busy or stuck? Try again, or choose another model.",
            retryable=True,
        )
    if type(error).__module__.startswith("httpx"):
        return ModelError(f"The connection to {host} broke off ({kind}).", code="model_dropped", retryable=True)
    return garbage(host)


def _refusal(refusal: ServerRefusal, host: str, has_key: bool) -> ModelError:
    status, said = refusal.status, refusal.said
    more = f": {said}{'' if said.endswith(('.', '!', '?')) else '.'}" if said else "."
    if refusal.is_page:
        return ModelError(
            f"{host} answers with a web page{f' ({said})' if said else ''} and not as a model server.",
            code="model_garbage",
            hint="Is this the address of the server's API? It often ends in /v1.",
        )
    if refusal.is_overflow:
        return ModelError(
            f"The request is longer than {host} can read{more}",
            code="context_overflow",
            hint="Ask for less at once, or choose a model with a larger context.",
        )
    if refusal.is_about_money:
        return ModelError(f"The credit or quota at {host} is used up{more}", code="model_unpaid", hint="Add credit there, or choose another model.")
    if status in (401, 403) and not has_key:
        return ModelError(f"{host} wants a key, and none is set.", code="bad_key", hint="Set it with `deskhand model add`.")
    if status in (401, 403):
        return ModelError(f"{host} does not accept the key{more}", code="bad_key", hint="Set it again with `deskhand model add`.")
    if status == 404 or (status != 429 and _UNKNOWN.search(said)):
        return ModelError(
            f"{host} has no such model or address{more}",
            code="model_unknown",
            hint="Check the model's name and the base address.",
        )
    if status == 429:
        return ModelError(f"{host} says that there are too many requests{more}", code="model_busy", hint="Try again in a while.", retryable=True)
    if "does not support tools" in said.lower():
        return ModelError(f"{host} says{more}", code="tools_unsupported", hint="Choose a model that can call tools.")
    return ModelError(
        f"{host} answered with an error{f' {status}' if status else ''}{more}",
        code="model_failed",
        retryable=status >= 500 or status == 0,
    )


def read_title(content: bytes) -> str:
    """The title of a web page, else the first of its words."""
    text = content.decode("utf-8", "replace")
    title = re.search(r"<title>\s*([^<]{1,200}?)\s*</title>", text, re.IGNORECASE)
    return title[1] if title else " ".join(re.sub(r"<[^>]*>", " ", text).split())[:80]


def read_refusal(content: bytes) -> str:
    """What an error's body says: its message, however it is wrapped; the title of a page; else its beginning."""
    text = content.decode("utf-8", "replace").strip()
    if text.startswith("<"):
        return read_title(content)
    try:
        return find_message(parse_json(text))
    except ValueError:
        return " ".join(text.split())[:_LONGEST]


def find_message(value: Any) -> str:
    """The words in an error object: ``{"error": {"message"}}``, ``{"error": "…"}``, ``{"detail": [{"msg"}]}``, ``{"message"}`` …"""
    if isinstance(value, list):
        return "; ".join(filter(None, map(find_message, value)))[:_LONGEST]
    if isinstance(value, dict):
        named = next((value[name] for name in ("error", "message", "msg", "detail", "errors") if value.get(name)), "")
        kind = next((value[name] for name in ("code", "type") if "context" in str(value.get(name))), "")
        return find_message(named) + (f" ({kind})" if kind else "")
    return " ".join(str(value).split())[:_LONGEST] if value else ""


def is_connection_error(error: Exception) -> bool:
    """Whether the server or the way to it failed, and not our own code."""
    return isinstance(error, ServerRefusal | ModelError | ValueError | TimeoutError) or type(error).__module__.startswith(("httpx", "httpcore"))


def raise_for_error(chunk: dict[str, Any]) -> None:
    """Raise :class:`ServerRefusal` where a chunk or a body of status 200 is an error."""
    error = chunk.get("error") or (chunk if chunk.get("object") == "error" or chunk.get("type") == "error" else None)
    if error:
        code = error.get("code") or error.get("status") or _KINDS.get(str(error.get("type"))) if isinstance(error, dict) else None
        raise ServerRefusal(int(str(code)) if str(code).isdigit() else 0, find_message(error) or "no reason was given", param=find_param(chunk), is_inside=True)
    base = chunk.get("base_resp")  # MiniMax
    if isinstance(base, dict) and base.get("status_code"):
        raise ServerRefusal(0, find_message(base.get("status_msg")) or "no reason was given")
    if not _OF_A_REPLY & chunk.keys() and (said := find_message(chunk)):  # nothing but a message: DashScope, gateways
        raise ServerRefusal(0, said)


def find_param(value: Any) -> str:
    """The part of the request that an error names: OpenAI's ``param``, or the end of a ``loc`` (FastAPI, vLLM); empty where it names none."""
    if isinstance(value, list):
        return next(filter(None, map(find_param, value)), "")
    if not isinstance(value, dict):
        return ""
    place = [str(part) for part in value["loc"] if part != "body"] if isinstance(value.get("loc"), list) else []
    named = value["param"] if isinstance(value.get("param"), str) else ".".join(place)
    return named or find_param(value.get("error")) or find_param(value.get("detail"))
