"""Searching the web: a SearXNG of the person's choice, or Brave with a key. Without either the answer says how to add one."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from core.errors import ToolFailed, ToolRetry
from core.network.http import make_async_client
from core.ports import Scope, ToolContext, ToolResult
from tools.availability import needs_account
from tools.declare import tool
from tools.framing import from_outside

BRAVE = "https://api.search.brave.com/res/v1/web/search"
SECONDS = 20.0


def _engine(context: ToolContext) -> tuple[str, str, str]:
    """``(engine, address, key)`` as the person set it up. Raises :class:`ToolFailed` with how to."""
    row = context.accounts.settings("search") if context.accounts else {}
    key = (context.accounts.secret("search") if context.accounts else None) or ""
    if url := str(row.get("url") or ""):
        return "searxng", url.rstrip("/") + "/search", key
    if key:
        return "brave", str(row.get("brave_url") or BRAVE), key
    raise ToolFailed(
        "No search engine is set up. `deskhand account set search --url https://…` takes a SearXNG, `deskhand account set search --key-stdin` a key of Brave.", code="no_account",
    hint="web.fetch reads a page whose address is known.")  # fmt: skip


def _scopes(args: dict, context: ToolContext) -> tuple[Scope, ...]:
    return (Scope("host", urlsplit(_engine(context)[1]).hostname or "", False),)


@tool(
    "web.search",
    "leaves",
    account="search",
    unavailable=needs_account("search", "search engine", "url|key", how="deskhand account set search --url https://…"),
    instead="web.fetch reads a page whose address is known; otherwise say that the web cannot be searched.",
    aliases=("web_search", "search_web", "google", "search_internet", "internet_search", "bing", "duckduckgo", "brave_search", "websearch"),
    scopes=_scopes,
    limit=2,
)
async def search(context: ToolContext, query: Annotated[str, "words to look for"], limit: Annotated[int, "results, 20 at most"] = 8) -> ToolResult:
    """Search the web: title, address and a few lines of each result. web.fetch reads a page."""
    import httpx

    if not query.strip():
        raise ToolRetry("There is nothing to search for.", hint="query is the words to look for.")
    engine, address, key = _engine(context)
    host = urlsplit(address).hostname
    params = {"q": query, "format": "json"} if engine == "searxng" else {"q": query, "count": str(min(limit, 20))}
    headers = {"Accept": "application/json"} | ({"X-Subscription-Token": key} if engine == "brave" else {})
    try:
        async with make_async_client(timeout=SECONDS, headers=headers) as client:
            answer = await client.get(address, params=params)
        answer.raise_for_status()
        found = answer.json()
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        why = (
            "it refuses the key"
            if status in (401, 403) and engine == "brave"
            else "it does not give JSON; its settings must allow the format"
            if status == 403
            else f"it answered {status}"
        )
        raise ToolFailed(f"{host}: {why}.", code="http_status", retryable=status in (429, 502, 503, 504), hint="web.fetch reads a page whose address is known.") from error
    except (httpx.HTTPError, ValueError) as error:
        raise ToolFailed(f"{host} cannot be asked ({type(error).__name__}).", code="unreachable", retryable=True, hint="web.fetch reads a page whose address is known.") from error
    rows = _rows(engine, found)[: max(1, limit)]
    text = "\n".join(f"{number}. {row['title']}\n   {row['url']}\n   {row['text']}" for number, row in enumerate(rows, 1))
    return ToolResult(
        {"query": query, "items": rows, "count": len(rows)},
        from_outside(f"Results for {query!r}", text) if text else f"Nothing was found for {query!r}; fewer or other words may find more.",
        tainted=True,
    )


def _rows(engine: str, found: Any) -> list[dict[str, str]]:
    rows = found.get("results", []) if engine == "searxng" else found.get("web", {}).get("results", [])
    body = "content" if engine == "searxng" else "description"
    return [
        {"title": str(row.get("title", "")), "url": str(row.get("url", "")), "text": str(row.get(body) or "")[:400]} for row in rows if isinstance(row, dict) and row.get("url")
    ]
