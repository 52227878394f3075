"""Asking the model hub which repositories fit some words."""

from __future__ import annotations

from typing import Any

from core.errors import ModelError
from core.network.http import make_client

SECONDS = 20.0


def search_hub(text: str, limit: int, endpoint: str = "", token: str | None = None) -> list[dict[str, Any]]:
    """Repositories with GGUF files, most downloads first: ``id``, ``downloads``, ``likes``, ``licence``, ``updated`` (RFC 3339 or empty), ``gated``.

    ``endpoint`` is a mirror's address (empty: the hub's own). Blocks on the network, and asks once. Raises :class:`ModelError` ``hub_unreachable``.
    """
    from huggingface_hub import constants
    from huggingface_hub.utils import build_hf_headers

    wanted = {"search": text, "filter": "gguf", "sort": "downloads", "limit": str(limit), "full": "true"}
    try:
        with make_client(timeout=SECONDS, headers=build_hf_headers(token=token or False)) as client:
            answer = client.get(f"{endpoint.rstrip('/') or constants.ENDPOINT}/api/models", params=wanted, follow_redirects=True)
        answer.raise_for_status()
        return [_row(model) for model in answer.json()][:limit]
    except Exception as error:  # the package raises what its own parts raise: connections, statuses, bad JSON
        reason = " ".join(str(error).split())[:200].rstrip(".")
        raise ModelError(f"The model hub could not be asked: {reason}.", code="hub_unreachable", hint="Check the connection; a mirror can be set as models.hub.") from error


def _row(model: dict[str, Any]) -> dict[str, Any]:
    licence = next((tag.partition(":")[2] for tag in model.get("tags") or () if tag.startswith("license:")), "")
    return {
        "id": str(model["id"]), "downloads": int(model.get("downloads") or 0), "likes": int(model.get("likes") or 0), "licence": licence,
        "updated": str(model.get("lastModified") or ""), "gated": bool(model.get("gated")),
    }  # fmt: skip
