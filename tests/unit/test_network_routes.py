"""Which requests go through a proxy, and which past it."""

from __future__ import annotations

import pytest

from core.network.routes import find_proxy, is_local_host

NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUEST_METHOD")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "127.8.9.1",
        "[::1]",
        "::1",
        "a.localhost",
        "nas",
        "printer.local",
        "192.168.1.20",
        "10.0.0.5",
        "172.16.3.4",
        "169.254.1.1",
        "fe80::1%eth0",
        "fd00::7",
    ],
)
def test_machines_of_this_network_are_local(host: str) -> None:
    assert is_local_host(host)


@pytest.mark.parametrize("host", ["example.org", "api.openai.com", "localhost.example.org", "8.8.8.8", "2606:4700::1111", "local.example"])
def test_others_are_not(host: str) -> None:
    assert not is_local_host(host)


def test_without_settings_nothing_goes_through_a_proxy() -> None:
    assert find_proxy("https://example.org/") is None


@pytest.mark.parametrize(
    ("name", "value", "url", "proxy"),
    [
        ("HTTP_PROXY", "http://proxy.test:3128", "http://example.org/", "http://proxy.test:3128"),
        ("http_proxy", "proxy.test:3128", "http://example.org/", "http://proxy.test:3128"),
        ("HTTP_PROXY", "http://proxy.test:3128", "https://example.org/", None),
        ("HTTPS_PROXY", "http://proxy.test:3128", "https://example.org/", "http://proxy.test:3128"),
        ("ALL_PROXY", "socks5://proxy.test:1080", "https://example.org/", "socks5://proxy.test:1080"),
        ("ALL_PROXY", "socks5h://proxy.test:1080", "http://example.org/", "socks5h://proxy.test:1080"),
        ("ALL_PROXY", "socks://proxy.test:1080", "http://example.org/", "socks5h://proxy.test:1080"),
        ("ALL_PROXY", "ftp://proxy.test", "http://example.org/", None),
        ("ALL_PROXY", "socks5://proxy.test:1080", "http://localhost:11434/v1", None),
        ("HTTP_PROXY", "http://proxy.test:3128", "http://192.168.1.20:8080/v1", None),
    ],
)
def test_the_usual_names_of_proxies_count(monkeypatch: pytest.MonkeyPatch, name: str, value: str, url: str, proxy: str | None) -> None:
    monkeypatch.setenv(name, value)
    assert find_proxy(url) == proxy


@pytest.mark.parametrize(
    ("excepted", "url", "goes_direct"),
    [
        ("*", "http://example.org/", True),
        ("example.org", "http://example.org/", True),
        (".example.org", "http://a.example.org/", True),
        ("example.org", "http://a.example.org/", True),
        ("example.org", "http://badexample.org/", False),
        ("example.org:8080", "http://example.org:8080/", True),
        ("example.org:8080", "http://example.org/", False),
        ("203.0.113.0/24, other.test", "http://203.0.113.9/", True),
        ("203.0.113.0/24", "http://203.0.114.9/", False),
    ],
)
def test_exceptions_are_kept(monkeypatch: pytest.MonkeyPatch, excepted: str, url: str, goes_direct: bool) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("NO_PROXY", excepted)
    assert (find_proxy(url) is None) is goes_direct
