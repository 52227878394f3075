"""Which models a server has: asked when it is added, so that a wrong key or address is told then and not at the first request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from core.errors import ModelError
from models.servers.address import normalise_address, other_addresses
from models.servers.errors import ServerRefusal, garbage, is_connection_error, raise_for_error, readable
from models.servers.transport import ServerClient

SECONDS = 10.0  # without a byte
_NOT_THERE = (404, 405, 501)
_ABOUT_KEY = ("api key", "api_key", "apikey", "unauthorized", "invalid key", "authentication")


async def list_served(kind: str, url: str, key: str | None) -> list[str]:
    """The names of its models, as its API takes them.

    Raises :class:`ModelError`: ``bad_key``, ``model_unreachable``, ``model_timeout``, ``model_garbage``; ``unlisted`` where it does not say.
    """
    base = normalise_address(url)
    host = urlsplit(base).hostname or base
    client = ServerClient(base, _headers(kind, key), SECONDS)
    try:
        return _names(await _ask(client, kind, base), host)
    except ServerRefusal as refusal:
        raise _readable(refusal, host, bool(key)) from refusal
    except Exception as error:
        if not is_connection_error(error):
            raise
        raise readable(error, host) from error
    finally:
        await client.close()


def _headers(kind: str, key: str | None) -> dict[str, str]:
    return {"x-api-key": key or "", "anthropic-version": "2023-06-01"} if kind == "anthropic" else {"Authorization": f"Bearer {key or 'none'}"}


async def _ask(client: ServerClient, kind: str, base: str) -> Any:
    """The list; also where the API is under another address than was given."""
    if kind == "anthropic":
        return await client.get_json("/models" if base.endswith("/v1") else "/v1/models")
    for other in (*other_addresses(base), ""):
        try:
            return await client.get_json("/models")
        except (ServerRefusal, ValueError) as error:
            if not other or (isinstance(error, ServerRefusal) and error.status not in _NOT_THERE):
                raise
            client.move(other)
    return None


def _readable(refusal: ServerRefusal, host: str, has_key: bool) -> ModelError:
    if refusal.status in _NOT_THERE:
        return ModelError(f"{host} does not say which models it has.", code="unlisted")
    is_key = refusal.status == 400 and any(word in refusal.said.lower() for word in _ABOUT_KEY)  # Google's answer to a wrong one
    return readable(ServerRefusal(401, refusal.said) if is_key else refusal, host, has_key)


def _names(answer: Any, host: str) -> list[str]:
    if isinstance(answer, Mapping):
        raise_for_error(dict(answer))
        answer = answer.get("data", answer.get("models"))
    if not isinstance(answer, list):
        raise garbage(host)
    names = [str(row.get("id") or row.get("name") or "") if isinstance(row, Mapping) else str(row) for row in answer]
    return list(dict.fromkeys(name.removeprefix("models/") for name in names if name))
