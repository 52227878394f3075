"""Asking the model hub which repositories fit some words."""

from __future__ import annotations

from typing import Any

from core.errors import ModelError


def search_hub(text: str, limit: int, endpoint: str = "", token: str | None = None) -> list[dict[str, Any]]:
    """Repositories with GGUF files, most downloads first: ``id``, ``downloads``, ``likes``, ``licence``, ``updated`` (RFC 3339 or empty), ``gated``.

    ``endpoint`` is a mirror's address (empty: the hub's own). Blocks on the network. Raises :class:`ModelError` ``hub_unreachable``.
    """
    from huggingface_hub import HfApi

    try:
        found = list(HfApi(endpoint=endpoint or None, token=token).list_models(search=text, filter="gguf", sort="downloads", limit=limit))
    except Exception as error:  # the package raises what its own parts raise: connections, statuses, bad JSON
        raise ModelError(
            f"The model hub could not be asked: {' '.join(str(error).split())[:200].rstrip('.')}.",
            code="hub_unreachable",
            hint="Check the connection; a mirror can be set as models.hub.",
        ) from error
    return [_row(model) for model in found]


def _row(model: Any) -> dict[str, Any]:
    updated = getattr(model, "last_modified", None)
    licence = next((tag.partition(":")[2] for tag in model.tags or () if tag.startswith("license:")), "")
    return {
        "id": model.id, "downloads": int(model.downloads or 0), "likes": int(model.likes or 0), "licence": licence,
        "updated": updated.isoformat() if updated else "", "gated": bool(getattr(model, "gated", False)),
    }  # fmt: skip
