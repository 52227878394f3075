"""Pages, feeds and mails of the web as readable text. Called in a box (:mod:`tools.sandbox.box`), as they come from anywhere."""

from __future__ import annotations

import json
import re

from tools.documents.hidden import mark_html

SECONDS = 30.0  # that reading one may take


def readable(page: str) -> tuple[str, str]:
    """Title and text of a page, with its links and tables."""
    import trafilatura

    title = (getattr(trafilatura.extract_metadata(page), "title", None)) or ""
    return title, trafilatura.extract(mark_html(page), include_links=True, include_tables=True) or page[:20_000]


def readable_mail(page: str) -> str:
    """The text of a mail that is written as a page."""
    import trafilatura

    return trafilatura.extract(page) or page


def feed_entries(content: str, kind: str) -> list[dict[str, str]]:
    """``id``, ``title``, ``link``, ``date`` and ``summary`` of each entry of a feed (RSS, Atom, JSON Feed), whose bytes come as letters of Latin-1; none where it is no feed."""
    body = content.encode("latin-1")
    if "json" in kind:
        try:
            items = json.loads(body).get("items", ())  # JSON Feed 1.1 (jsonfeed.org)
            return [
                {
                    "id": str(one.get("id") or one.get("url")),
                    "title": str(one.get("title") or one.get("summary") or "")[:300],
                    "link": str(one.get("url") or ""),
                    "date": str(one.get("date_published") or ""),
                    "summary": str(one.get("summary") or one.get("content_text") or "")[:2000],
                }
                for one in items
            ]
        except (ValueError, AttributeError, TypeError):
            return []
    import feedparser

    found = feedparser.parse(body, response_headers={"content-type": kind})
    return [
        {"id": one.get("id") or one.get("link") or one.get("title", ""), "title": one.get("title", "")[:300], "link": one.get("link", ""), "date": one.get("published") or one.get("updated", ""),
         "summary": _plain(one.get("summary", ""))[:2000]}
        for one in found.entries
    ]  # fmt: skip


def _plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())
