"""Whom a TLS connection believes: the certificates of the system, a company's own among them."""

from __future__ import annotations

import os
import ssl
from functools import lru_cache
from pathlib import Path

# a file or folder of certificates instead of the system's; the first two are OpenSSL's, the third is what people set for other Python programs
NAMES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")


def make_ssl_context() -> ssl.SSLContext:
    """The context for a client. It is made once for each value of :data:`NAMES`: reading a store takes a tenth of a second."""
    return _make(tuple(os.environ.get(name, "") for name in NAMES))


@lru_cache(maxsize=4)
def _make(named: tuple[str, ...]) -> ssl.SSLContext:
    places = [Path(place) for place in named if place and Path(place).exists()]
    if places:
        files, folders = [place for place in places if place.is_file()], [place for place in places if place.is_dir()]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(files[0] if files else None, folders[0] if folders else None)
        return context
    import truststore  # the stores of Windows and macOS, and on Linux the places where distributions keep theirs

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
