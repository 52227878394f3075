"""Fetching a page or a feed. What comes back is data from outside: it carries a taint."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
from functools import partial
from typing import Annotated
from urllib.parse import urljoin, urlsplit

from core.errors import ToolFailed, ToolRetry
from core.gate.scopes import host_scope
from core.network.http import make_async_client
from core.network.routes import find_proxy
from core.ports import ToolContext, ToolResult
from tools import pages
from tools.background import in_thread
from tools.builtin.opening import _address
from tools.declare import tool
from tools.documents.hidden import mark_text
from tools.framing import from_outside
from tools.sandbox.box import in_box

MAX_BYTES = 5_000_000
MAX_HOPS = 5
MOST_LETTERS = 200_000  # of a page


@tool(
    "web.fetch",
    "leaves",
    takes={"url": "url"},
    gives="text",
    aliases=("web_fetch", "fetch", "fetch_page", "get_page", "read_url", "http_get", "web_read", "fetch_url", "curl", "wget"),
    hosts=("url",),
    limit=4,
)
async def fetch(context: ToolContext, url: Annotated[str, "web address"], raw: Annotated[bool, "the page as it is, not its readable text"] = False) -> ToolResult:
    """Get a web page as readable text with its links and tables; other text files as they are. At most 200,000 letters."""
    final, kind, body = await _get(_address(url))
    text = decoded(body, kind)
    title = ""
    if "html" in kind and not raw:
        title, text = await in_thread(partial(in_box, pages.readable, text, seconds=pages.SECONDS))
    if not text.strip():
        raise ToolFailed(
            f"{final} holds no text to read.",
            code="empty",
            hint="Its text may be made by scripts: browser.open shows it, where that tool is there; raw: true gives the page as it is.",
        )
    text = mark_text(text)
    left = len(text) - MOST_LETTERS
    shown = text[:MOST_LETTERS] + (f"\n… {left} more letters of the page were left out." if left > 0 else "")
    head = f"Page {final}" + (f" “{' '.join(title.split())[:120]}”" if title else "") + f", {len(text):,} letters"
    return ToolResult({"url": final, "title": title, "text": text[:MOST_LETTERS]}, from_outside(head, shown), tainted=True)


def decoded(body: bytes, kind: str) -> str:
    """A page as text: by its byte order mark, the server's word, its own word, or what its bytes look like."""
    if body[:3] == b"\xef\xbb\xbf":
        return body.decode("utf-8-sig", errors="replace")
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return body.decode("utf-16", errors="replace")
    said = re.search(r"charset=[\"']?([\w.:-]+)", kind, re.I)
    own = re.search(rb"<meta[^>]+charset=[\"']?([\w.:-]+)", body[:4096], re.I) or re.match(rb"<\?xml[^>]+encoding=[\"']([\w.:-]+)", body)
    for name in (said and said[1], own and own[1].decode("ascii"), "utf-8"):
        with contextlib.suppress(LookupError, UnicodeDecodeError):
            if name:
                return body.decode({"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "latin1": "cp1252"}.get(name.lower(), name))
    import charset_normalizer

    best = charset_normalizer.from_bytes(body[:200_000]).best()
    return body.decode(best.encoding if best else "cp1252", errors="replace")


@tool(
    "web.feed", "leaves", takes={"url": "url"}, gives="rows", hosts=("url",), limit=4, aliases=("read_feed", "rss", "atom", "fetch_feed", "feed_read", "rss_read", "podcast_feed")
)  # fmt: skip
async def feed(context: ToolContext, url: Annotated[str, "of the feed, or of a page that names one"], most: Annotated[int, "entries at most"] = 20) -> ToolResult:
    """Read a feed (RSS, Atom, JSON Feed): its newest entries with title, address and date."""
    final, kind, body = await _get(_address(url))
    rows = await in_thread(partial(in_box, pages.feed_entries, body.decode("latin-1"), kind, seconds=pages.SECONDS))
    if not rows and "html" in kind and (other := _announced(body.decode("utf-8", errors="replace"), final)):
        final, kind, body = await _get(other)
        rows = await in_thread(partial(in_box, pages.feed_entries, body.decode("latin-1"), kind, seconds=pages.SECONDS))
    if not rows:
        raise ToolFailed(f"There is no feed at {url}.", code="no_feed", hint="web.fetch reads the page itself.")
    rows = rows[: max(1, most)]
    return ToolResult(
        {"url": final, "entries": rows, "count": len(rows)},
        from_outside(f"Feed {final}, {len(rows)} entries, newest first", "\n".join(f"- {row['title']}  {row['date']}  {row['link']}" for row in rows)),
        tainted=True,
    )


def _announced(page: str, address: str) -> str:
    """The feed that a page names in its head; empty where it is on another host, for consent was given for this one."""
    for link in re.findall(r"<link\b[^>]*>", page[:200_000], re.I):
        if re.search(r"application/(?:rss|atom|feed)\+(?:xml|json)", link, re.I) and (href := re.search(r"href\s*=\s*[\"']?([^\"'\s>]+)", link, re.I)):
            found = urljoin(address, href[1])
            return found if urlsplit(found).hostname == urlsplit(address).hostname else ""
    return ""


OTHER = "Another address may have the same; web.search finds some where it is set up."
_MEANING = {
    401: "it wants a sign-in",
    403: "it refuses",
    404: "there is no such page",
    410: "the page is gone",
    429: "too many requests",
    500: "it failed",
    502: "it failed",
    503: "it is overloaded",
}


def _way_out(status: int) -> str:
    if status in (401, 403):
        return "It shows this to nobody but its users, or not to programs: say so, or try another address."
    return "The address may be misspelt, or the page has moved. " + OTHER if status in (404, 410) else OTHER


async def _get(address: str) -> tuple[str, str, bytes]:
    """Follow redirects by hand, within the host that was consented to; ``(final address, content type, body)``."""
    import httpx

    host, agreed = urlsplit(address).hostname, host_scope(address).value
    async with make_async_client(timeout=20) as client:
        for _ in range(MAX_HOPS):
            _refuse_inner(address)
            try:
                async with client.stream("GET", address) as response:
                    if response.is_redirect:
                        address = urljoin(address, response.headers["location"])
                        if host_scope(address).value.removeprefix("www.") != agreed.removeprefix("www."):
                            raise ToolFailed(
                                f"The page leads to another host, {urlsplit(address).hostname}; ask for that address if you want it.",
                                code="other_host",
                                hint=f"Call it again with the url {address}.",
                            )
                        continue
                    if response.status_code >= 400:
                        raise ToolFailed(
                            f"{host} answered {response.status_code} ({_MEANING.get(response.status_code, response.reason_phrase)}).",
                            code="http_status",
                            retryable=response.status_code in (429, 502, 503, 504),
                            hint=_way_out(response.status_code),
                        )
                    return address, response.headers.get("content-type", ""), await _body(response)
            except httpx.TimeoutException as error:
                raise ToolFailed(f"{host} did not answer in time.", code="timeout", retryable=True, hint=OTHER) from error
            except httpx.HTTPError as error:
                raise ToolFailed(f"{host} cannot be reached ({type(error).__name__}).", code="unreachable", retryable=True, hint=OTHER) from error
    raise ToolFailed(f"{host} redirects in circles.", hint=OTHER)


async def _body(response) -> bytes:  # type: ignore[no-untyped-def]
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_BYTES:
            return bytes(body[:MAX_BYTES])
    return bytes(body)


def _refuse_inner(address: str) -> None:
    """Cloud metadata and link-local addresses are nobody's web page."""
    host = urlsplit(address).hostname or ""
    if find_proxy(address):
        return  # only the proxy may know the name, and it is what connects
    try:
        found = {item[4][0] for item in socket.getaddrinfo(host, None)}
    except OSError as error:
        raise ToolFailed(
            f"{host} cannot be found.", code="unreachable", retryable=False, hint="The name may be misspelt, or this machine has no network (network.check)."
        ) from error
    if any(ipaddress.ip_address(item.split("%")[0]).is_link_local for item in map(str, found)):
        raise ToolRetry(f"{host} is a link-local address.", hint="Pages of the web have names such as example.org.")
