"""The one HTTP client: every part that speaks HTTP goes through the proxies people set and believes the certificates they name."""

from __future__ import annotations

import datetime
import ipaddress
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.service.composition import Core
from core.clock import SystemClock
from core.errors import ModelError
from core.messages import Message, ModelRequest
from core.network.http import make_async_client, make_client
from core.ports import ToolContext
from models.servers.anthropic.client import AnthropicModel
from models.servers.errors import ServerRefusal, readable
from models.servers.listing import list_served
from models.servers.openai.client import OpenAICompatibleModel
from models.sources.hub import Hub
from tests.helpers.odd_http_mcp import odd_servers
from tests.helpers.odd_openai import SKY, OddServer
from tests.helpers.proxies import http_proxy, socks_proxy
from tools.mcp.config import ServerConfig
from tools.toolbox import LocalToolBox

ROOT = Path(__file__).parents[2]
NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
AWAY = "http://served.example.test"  # a name that only the proxy knows
PAGE = "<html><body><article><p>" + "Words of a page that is long enough to count as an article. " * 8 + "</p></article></body></html>"
RATES = '<E><Cube><Cube time="2026-11-25"><Cube currency="USD" rate="1.25"/></Cube></Cube></E>'
ANSWERS = {
    "/page": ("text/html", PAGE),
    "/feed": ("application/rss+xml", "<rss version='2.0'><channel><title>N</title><item><guid>1</guid><title>Story</title></item></channel></rss>"),
    "/s/search": ("application/json", json.dumps({"results": [{"title": "Found", "url": "http://a.test", "content": "x"}]})),
    "/rates": ("application/xml", RATES),
    "/api/models": ("application/json", json.dumps([{"id": "a/b-GGUF", "downloads": 5}])),
    "/v1/messages": ("application/json", json.dumps({"type": "message", "content": [{"type": "text", "text": SKY}], "stop_reason": "end_turn"})),
}


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


class _Site(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        return

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind, text = ANSWERS.get(self.path.partition("?")[0], ("text/plain", "nothing"))
        self.send_response(302 if self.path == "/leads-here" else 200 if text != "nothing" else 404)
        if self.path == "/leads-here":
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_address[1]}/page")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    do_POST = do_PROPFIND = do_GET


@contextmanager
def _site(context: ssl.SSLContext | None = None) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    server.daemon_threads = True
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Accounts:
    row: dict[str, str]

    def settings(self, name: str) -> dict[str, str]:
        return self.row

    def secret(self, name: str) -> str | None:
        return "k"


async def say(model: Any) -> str:
    request = ModelRequest((Message("user", "Why?"),))
    try:
        return "".join([part.text async for part in model.stream(request) if hasattr(part, "text")])
    finally:
        await model.close()


Ask = Callable[[LocalToolBox, ToolContext], Awaitable[Any]]


async def _call(box: LocalToolBox, context: ToolContext, name: str, account: dict[str, str], **args: Any) -> Any:
    box._accounts = Accounts(account)
    live = replace(context, clock=SystemClock())
    return (await box.perform(await box.prepare(name, args, live), live)).value


USERS: dict[str, tuple[Ask, Callable[[Any], bool]]] = {
    "page": (lambda b, c: _call(b, c, "web.fetch", {}, url=f"{AWAY}/page"), lambda found: "Words of a page" in found["text"]),
    "feed": (lambda b, c: _call(b, c, "web.feed", {}, url=f"{AWAY}/feed"), lambda found: found["entries"][0]["title"] == "Story"),
    "search": (lambda b, c: _call(b, c, "web.search", {"url": f"{AWAY}/s"}, query="x"), lambda found: found["items"][0]["title"] == "Found"),
    "rates": (lambda b, c: _call(b, c, "money.convert", {"url": f"{AWAY}/rates"}, amount=2, source="EUR", target="USD"), lambda found: found["result"] == 2.5),
    "anthropic": (lambda b, c: say(AnthropicModel("a/x", "x", "k", AWAY)), lambda found: found == SKY),
}


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("kind", ["http", "socks5", "socks5h"])
async def test_every_user_goes_through_the_proxy(kind: str, user: str, toolbox: LocalToolBox, context: ToolContext, monkeypatch: pytest.MonkeyPatch) -> None:
    with _site() as target, (http_proxy if kind == "http" else socks_proxy)(target) as (port, asked):
        monkeypatch.setenv("HTTP_PROXY" if kind == "http" else "ALL_PROXY", f"{kind}://127.0.0.1:{port}")
        ask, is_right = USERS[user]
        assert is_right(await ask(toolbox, context))
    assert asked and all("served.example.test" in entry for entry in asked)


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_a_model_server_is_reached_through_the_proxy_and_past_it(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with OddServer().run() as url, (http_proxy if kind == "http" else socks_proxy)(int(url.split(":")[2].split("/")[0])) as (port, asked):
        monkeypatch.setenv("HTTP_PROXY" if kind == "http" else "ALL_PROXY", f"{kind}://127.0.0.1:{port}")
        assert await say(OpenAICompatibleModel("far/ping", "ping", f"{AWAY}/v1", "k")) == SKY
        assert len(asked) == 1
        assert await say(OpenAICompatibleModel("near/ping", "ping", url, "k")) == SKY
        assert await say(OpenAICompatibleModel("near/ping", "ping", url.replace("127.0.0.1", "localhost"), "k")) == SKY
        assert len(asked) == 1  # loopback went past it


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_an_mcp_server_is_reached_through_the_proxy(kind: str, make_core: Callable[..., Core], context: ToolContext, monkeypatch: pytest.MonkeyPatch) -> None:
    with odd_servers() as address, (http_proxy if kind == "http" else socks_proxy)(int(address.rpartition(":")[2])) as (port, asked):
        monkeypatch.setenv("HTTP_PROXY" if kind == "http" else "ALL_PROXY", f"{kind}://127.0.0.1:{port}")
        core = make_core()
        await core.mcp.add(ServerConfig("odd", "", url=f"{AWAY}/plain/mcp", timeout_s=10))
        name, args = core.tools.resolve("odd.echo", {"text": "hello"})
        assert "hello" in (await core.tools.perform(await core.tools.prepare(name, args, context), context)).text
    assert any("served.example.test" in entry for entry in asked)


def test_the_hub_is_searched_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with _site() as target, http_proxy(target) as (port, asked):
        monkeypatch.setenv("http_proxy", f"127.0.0.1:{port}")
        assert Hub(lambda: AWAY).get_json("/api/models", {"search": "b"})[0]["id"] == "a/b-GGUF"
    assert asked[0].startswith(f"{AWAY}/api/models")


def test_a_blocking_client_goes_the_same_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    with _site() as target, socks_proxy(target) as (port, asked), make_client(timeout=10, base_url=AWAY) as client:
        monkeypatch.setenv("all_proxy", f"socks5://127.0.0.1:{port}")
        assert client.get("/rates").text == RATES
        assert client.get(f"http://127.0.0.1:{target}/rates").text == RATES
    assert asked == ["served.example.test:80"]


@pytest.fixture
def company(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's certificate that no public authority knows, and the file of the company that vouches for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Company")])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - datetime.timedelta(days=1), now + datetime.timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate = made.sign(key, hashes.SHA256())
    file, secret = tmp_path / "company.pem", tmp_path / "key.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, secret)
    return context, file


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
async def test_a_companys_certificate_is_believed_where_it_is_named(name: str, company: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    context, file = company
    with _site(context) as port:
        for library in ("httpx", "httpx2"):
            async with make_async_client(timeout=10, library=library) as client:
                with pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED"):
                    await client.get(f"https://127.0.0.1:{port}/rates")
        monkeypatch.setenv(name, str(file))
        for library in ("httpx", "httpx2"):
            async with make_async_client(timeout=10, library=library) as client:
                assert (await client.get(f"https://127.0.0.1:{port}/rates")).text == RATES


STORE = Path("/etc/ssl/certs/ca-certificates.crt")  # where Debian and its children keep the system's
ASKING = "import sys\nfrom core.network.http import make_client\nprint(make_client(timeout=10).get(sys.argv[1]).text)"


@pytest.mark.skipif(not STORE.is_file() or not shutil.which("unshare"), reason="no system store of this kind, or no unshare")
def test_a_companys_certificate_is_believed_where_the_system_has_it(company: tuple[ssl.SSLContext, Path], tmp_path: Path) -> None:
    """In a namespace of its own, in which the system's file has one certificate more."""
    context, file = company
    more = tmp_path / "store.crt"
    more.write_bytes(STORE.read_bytes() + file.read_bytes())
    space = ["unshare", "-m" if os.geteuid() == 0 else "-rm", "sh", "-c"]
    if subprocess.run([*space, f"mount --bind {more} {STORE}"], capture_output=True, check=False).returncode:
        pytest.skip("no namespace of mounts may be made here")
    with _site(context) as port:
        for before, believed in ((":", False), (f"mount --bind {more} {STORE}", True)):
            command = [*space, f'{before} && exec "$0" -c "$1" "$2"', sys.executable, ASKING, f"https://127.0.0.1:{port}/rates"]
            asked = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=False)
            assert (asked.stdout.strip() == RATES) is believed and ("CERTIFICATE_VERIFY_FAILED" in asked.stderr) is not believed


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:notaport", "http://[::1", "http://"])
def test_a_proxy_whose_address_is_none_is_said_and_never_gone_past(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    with pytest.raises(ModelError, match="could not be asked") as refused:
        Hub(lambda: AWAY).get_json("/api/models", {})
    assert refused.value.code == "hub_unreachable"


@pytest.mark.parametrize("address", ["http://127.0.0.1:notaport", "http://[::1", "nothing", "ftp://a.example"])
def test_a_mirror_whose_address_is_none_is_said(address: str) -> None:
    with pytest.raises(ModelError, match="could not be asked"):
        Hub(lambda: address).get_json("/api/models", {})


async def test_a_redirect_takes_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """From a host behind the proxy to one on this machine: the second request must not go through the proxy."""
    with _site() as target, http_proxy(target) as (port, asked):
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        async with make_async_client(timeout=10, follow_redirects=True) as client:
            assert (await client.get(f"{AWAY}/leads-here")).text == PAGE
    assert asked == [f"{AWAY}/leads-here"]


OTHER_CLIENTS = re.compile(
    r"httpx2?\.(Async)?Client\(|httpx2?\.(get|post|put|stream|request)\(|httpx2?\.(Async)?HTTPTransport\(|^\s*(import|from) (requests|aiohttp|urllib3|urllib\.request)\b|get_session\(",
    re.MULTILINE,
)
EXCUSED = {
    "core/network/routes.py": "asks urllib for the system's proxies, fetches nothing",
    "skills/rules.py": "patterns to find it in others' code",
    "skills/python_code.py": "patterns to find it in others' code",
}


def test_nobody_makes_a_client_of_their_own() -> None:
    found = {
        str(file.relative_to(ROOT))
        for folder in ("app", "core", "models", "skills", "tools")
        for file in (ROOT / folder).rglob("*.py")
        if OTHER_CLIENTS.search(file.read_text(encoding="utf-8")) and "skills/builtin" not in str(file)
    }
    assert found - set(EXCUSED) == set()
    assert OTHER_CLIENTS.search("async with httpx.AsyncClient(timeout=5) as client:") and OTHER_CLIENTS.search("    import requests\n")


def test_a_proxy_that_is_not_there_is_an_error_of_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with make_client(timeout=5) as client, pytest.raises(httpx.ConnectError):
        client.get(f"{AWAY}/page")


async def test_a_dead_proxy_is_named_and_its_password_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://me:secret@127.0.0.1:9")
    with pytest.raises(ModelError, match=r"served\.example\.test cannot be asked: the proxy 127\.0\.0\.1:9 cannot be reached") as refused:
        await say(OpenAICompatibleModel("far/ping", "ping", f"{AWAY}/v1", "k"))
    with pytest.raises(ModelError, match=r"could not be asked: The proxy 127\.0\.0\.1:9 cannot be reached") as hub:
        Hub(lambda: AWAY).get_json("/api/models", {})
    assert "secret" not in f"{refused.value}{hub.value}" and "HTTPS_PROXY" in refused.value.hint


async def test_a_certificate_that_nobody_vouches_for_is_said(company: tuple[ssl.SSLContext, Path]) -> None:
    context, _ = company
    with _site(context) as port:
        for ask in (lambda: list_served("openai", f"https://127.0.0.1:{port}/v1", "k"), lambda: say(OpenAICompatibleModel("o/x", "x", f"https://127.0.0.1:{port}/v1", "k"))):
            with pytest.raises(ModelError, match=r"The certificate of 127\.0\.0\.1 is not trusted here") as refused:
                await ask()
            assert "SSL_CERT_FILE" in refused.value.hint and "running" not in refused.value.hint
        with pytest.raises(ModelError, match="its certificate is not trusted here"):
            Hub(lambda: f"https://127.0.0.1:{port}").get_json("/api/models", {})


@pytest.mark.parametrize(("key", "said"), [(None, "127.0.0.1 wants a key, and none is set."), ("k", "127.0.0.1 does not accept the key: Incorrect API key: none***.")])
def test_a_key_that_is_missing_is_not_called_wrong(key: str | None, said: str) -> None:
    refusal = ServerRefusal(401, "Incorrect API key: none***")
    assert readable(refusal, "127.0.0.1", has_key=bool(key)).message == said
