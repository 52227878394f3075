"""Which way a request takes: straight to the server, or through a proxy.

Proxies are named as everywhere: ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` in either case, else the settings of Windows or macOS.
Machines of this network are reached directly whatever those say: a model server on loopback behind a company's proxy is the usual case, and a
proxy elsewhere cannot reach it.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SCHEMES = ("http", "https", "socks5", "socks5h")  # of proxies that httpx speaks to
_OTHER_NAMES = {"socks": "socks5h", "socks4": "socks5", "socks4a": "socks5h"}  # GNOME and older programs write these


def is_local_host(host: str) -> bool:
    """Whether ``host`` is this machine or one of this network: loopback, link-local and private addresses, ``.localhost``, ``.local``, names without a dot."""
    name = host.strip("[]").rstrip(".").lower().partition("%")[0]
    address = _address(name)
    if address is not None:
        return address.is_loopback or address.is_link_local or address.is_private
    return "." not in name or name.endswith((".localhost", ".local"))


def find_proxy(url: str) -> str | None:
    """The proxy's address for ``url`` in a form that httpx takes; None where it is asked directly."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not host or is_local_host(host) or is_excepted(host, parts.port or (443 if parts.scheme == "https" else 80)):
        return None
    from urllib.request import getproxies  # its import takes longer than all the rest here, and many requests are local

    known = getproxies()
    found = known.get(parts.scheme) or known.get("all") or known.get("socks") or ""
    return _complete(found) if found else None


def is_excepted(host: str, port: int) -> bool:
    """Whether ``NO_PROXY`` (or the system's list) names ``host``: ``*``, a domain with what is under it, ``host:port``, an address, a network."""
    from urllib.request import getproxies_environment, proxy_bypass

    if proxy_bypass(f"{host}:{port}"):
        return True
    listed = getproxies_environment().get("no", "")
    address = _address(host)
    return address is not None and any(address in network for entry in listed.split(",") if (network := _network(entry.strip())))


def _complete(proxy: str) -> str | None:
    scheme, separator, rest = proxy.strip().partition("://")
    if not separator:
        return f"http://{proxy.strip()}"
    scheme = _OTHER_NAMES.get(scheme.lower(), scheme.lower())
    return f"{scheme}://{rest}" if scheme in _SCHEMES else None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
