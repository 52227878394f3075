"""Base addresses as people paste them, and where else a server's API may be."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from core.network.routes import is_local_host

_ENDPOINTS = re.compile(r"/(?:chat/completions|completions|responses|messages|embeddings|models)/*$")
_VERSION = re.compile(r"/v\d+\w*(?:/|$)")


def normalise_address(text: str) -> str:
    """The base address: with a scheme (``http`` for machines of this network), without the path of an endpoint or a slash at its end."""
    address = text.strip()
    if "://" not in address:
        host = urlsplit(f"//{address}").hostname or ""
        address = f"{'http' if is_local_host(host) else 'https'}://{address.lstrip('/')}"
    address = address.partition("?")[0].partition("#")[0].rstrip("/")
    return _ENDPOINTS.sub("", address).rstrip("/")


def other_addresses(base: str) -> tuple[str, ...]:
    """Where the API may be when it is not at ``base``: most servers have it under ``/v1``."""
    return () if _VERSION.search(urlsplit(base).path) else (f"{base}/v1",)
