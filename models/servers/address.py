"""Base addresses as people paste them, and where else a server's API may be."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from core.network.routes import is_local_host

_ENDPOINTS = re.compile(r"/(?:chat/completions|completions|responses|messages|embeddings|models)/*$")
_VERSION = re.compile(r"/v\d+\w*(?:/|$)")


def is_address(text: str) -> bool:
    """Whether a text can be the address of a server, with or without its scheme.

    >>> [is_address(text) for text in ("localhost:8080", "https://models.example.org/v1", "not an address", "ftp://a.example", "http://", "host:port")]
    [True, True, False, False, False, False]
    """
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        parts.port  # noqa: B018  # raises where it is no number
    except ValueError:
        return False
    return bool(parts.hostname) and parts.scheme in ("", "http", "https") and not re.search(r"\s", text)


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
