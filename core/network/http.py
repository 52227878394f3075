"""The one HTTP client. Everything that speaks HTTP makes its client here, so that proxies, certificates and whatever guards the way out are the same for all.

The library is httpx; the MCP SDK brings httpx2, its continuation, whose clients have the same interface: ``library`` names which of them.
"""

from __future__ import annotations

import importlib
import ssl
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core.network import local_only
from core.network.certificates import make_ssl_context
from core.network.routes import find_proxy

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 10.0
PROXY = "The proxy"  # what an error begins with where the proxy is what cannot be reached
_AGENT = "Deskhand/0.1"


def make_client(*, timeout: float | None, base_url: str = "", headers: dict[str, str] | None = None, **options: Any) -> httpx.Client:
    """A blocking client. ``timeout`` bounds the seconds without a byte (None: no bound); ``options`` are httpx's own."""
    library = importlib.import_module("httpx")
    return library.Client(transport=make_transport(), **_options(library, timeout, base_url, headers), **options)  # type: ignore[no-any-return]


def make_async_client(*, timeout: float | None, base_url: str = "", headers: dict[str, str] | None = None, library: str = "httpx", **options: Any) -> Any:
    """The same for coroutines: an ``httpx.AsyncClient``, or one of ``library``."""
    module = importlib.import_module(library)
    options.setdefault("transport", make_async_transport(library))
    return module.AsyncClient(**_options(module, timeout, base_url, headers), **options)


def make_transport() -> Any:
    """What a blocking client sends through."""
    library = importlib.import_module("httpx")
    return _blocking_class(library)(lambda proxy: library.HTTPTransport(verify=make_ssl_context(), proxy=proxy))


def make_async_transport(library: str = "httpx") -> Any:
    """What an asynchronous client sends through."""
    module = importlib.import_module(library)
    return _async_class(module)(lambda proxy: module.AsyncHTTPTransport(verify=make_ssl_context(), proxy=proxy))


def _options(library: Any, timeout: float | None, base_url: str, headers: dict[str, str] | None) -> dict[str, Any]:
    # trust_env: what it would read is read in routes.py and certificates.py
    bounds = library.Timeout(timeout, connect=CONNECT_SECONDS if timeout is None else min(timeout, CONNECT_SECONDS))
    return {"timeout": bounds, "base_url": base_url, "headers": {"User-Agent": _AGENT, **(headers or {})}, "trust_env": False}


def is_untrusted(error: BaseException | None) -> bool:
    """Whether a connection failed because nobody whom this machine trusts vouches for the server's certificate, or it is another server's or too old."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


class _Routes:
    """Connections by proxy, opened when first needed. Where a server leads elsewhere, each address takes its own way."""

    def __init__(self, library: Any, make: Callable[[str | None], Any]) -> None:
        self._library, self._make = library, make
        self._open: dict[str | None, Any] = {}
        self._known: dict[tuple[Any, ...], str | None] = {}

    def choose(self, url: Any) -> tuple[Any, str | None]:
        """What sends to an address, and the proxy that it goes through."""
        try:
            local_only.require_here(url.host)  # a proxy on this machine would hide where it goes
        except PermissionError as error:
            raise self._library.ConnectError(str(error)) from error
        origin = (url.scheme, url.host, url.port)
        if origin not in self._known:
            self._known[origin] = find_proxy(str(url))
        proxy = self._known[origin]
        if proxy not in self._open:
            try:
                self._open[proxy] = self._make(proxy)
            except (self._library.InvalidURL, ValueError) as error:  # never past a proxy that is wanted
                raise self._library.ProxyError(f"The address of the proxy cannot be used: {error}") from error
        return self._open[proxy], proxy

    def name_proxy(self, error: Exception, proxy: str | None) -> None:
        """Raise the same error with the proxy's host where it was the proxy that could not be reached."""
        if proxy and not is_untrusted(error):
            parts = urlsplit(proxy)  # its user and password are nobody's business
            raise type(error)(f"{PROXY} {parts.hostname}:{parts.port or ''}".rstrip(":") + f" cannot be reached: {error}") from error

    def opened(self) -> list[Any]:
        return list(self._open.values())


@cache
def _blocking_class(library: Any) -> Any:
    class RoutedTransport(library.BaseTransport):  # type: ignore[misc]  # the class of either library
        def __init__(self, make: Callable[[str | None], Any]) -> None:
            self._routes = _Routes(library, make)

        def handle_request(self, request: Any) -> Any:
            transport, proxy = self._routes.choose(request.url)
            try:
                return transport.handle_request(request)
            except (library.ConnectError, library.ConnectTimeout) as error:
                self._routes.name_proxy(error, proxy)
                raise

        def close(self) -> None:
            for transport in self._routes.opened():
                transport.close()

    return RoutedTransport


@cache
def _async_class(library: Any) -> Any:
    class AsyncRoutedTransport(library.AsyncBaseTransport):  # type: ignore[misc]  # the class of either library
        def __init__(self, make: Callable[[str | None], Any]) -> None:
            self._routes = _Routes(library, make)

        async def handle_async_request(self, request: Any) -> Any:
            transport, proxy = self._routes.choose(request.url)
            try:
                return await transport.handle_async_request(request)
            except (library.ConnectError, library.ConnectTimeout) as error:
                self._routes.name_proxy(error, proxy)
                raise

        async def aclose(self) -> None:
            for transport in self._routes.opened():
                await transport.aclose()

    return AsyncRoutedTransport
