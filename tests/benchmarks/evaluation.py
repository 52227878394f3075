"""Deskhand's parts under the names that the evaluation kit's scripts take: ``evaluation:parse`` and so on."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from core.calls.reader import read_calls, schemas_of
from tools.finding.finder import Described, ToolFinder


def parse(text: str, tools: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The calls in a model's text."""
    return [{"name": call.name, "arguments": call.arguments} for call in read_calls(text, schemas_of(tools))]


def tools(docs: list[str], queries: list[str], k: int, meta: list[dict[str, Any]]) -> list[list[int]]:
    """The tools for each request, best first."""
    described = [Described(row["name"], row["description"], row.get("server", ""), row.get("server_description", ""), tuple(row["params"])) for row in meta]
    return asyncio.run(_ranked(described, queries, k))


async def _ranked(described: list[Described], queries: list[str], k: int) -> list[list[int]]:
    async with embedder() as embed:
        finder = ToolFinder(embed)
        await finder.index(described)
        return [await finder.ranked(query, k) for query in queries]


def fits(request: str, offered: list[dict[str, Any]]) -> float:
    """How well any of these tools fits the request; higher is better."""
    described = [Described(row["name"], row.get("description") or "", parameters=tuple((row.get("parameters") or {}).get("properties") or {})) for row in offered]
    return asyncio.run(_fits(described, request))


async def _fits(described: list[Described], request: str) -> float:
    async with embedder() as embed:
        finder = ToolFinder(embed)
        await finder.index(described)
        return await finder.fits(request)


@asynccontextmanager
async def embedder() -> AsyncIterator[Any]:
    """Vectors as the product makes them, kept on disk between runs; None where the weights cannot be had."""
    from models.llama.chat import LlamaModel
    from tests.benchmarks.embeddings import gguf

    model = LlamaModel("embedder", gguf(), 512, {"embedding": True})

    async def embed(texts: list[str]) -> list[list[float]]:
        found: list[list[float]] = []
        for start in range(0, len(texts), 64):
            found += (await model.embed(texts[start : start + 64]))[0]
        return found

    try:
        yield embed
    finally:
        await model.worker.close()


def gate(call: Any, context: dict[str, Any]) -> bool:
    """Whether a call goes through with nobody there to be asked: it stands in the plan that was agreed to, or the permission rules allow it by themselves.

    The suite's tools are what a server's tools without hints are; what a model wants after it has read results is tainted.
    """
    if any(call.function == planned.function and call.args == planned.args for planned in context["plan"]):
        return True
    from core.ports import Intent, Scope
    from tools.mcp.config import ServerConfig
    from tools.mcp.lookups import HeardWords, teaches_nothing
    from tools.mcp.offered import risk_of

    server = ServerConfig(context["suite"], command="suite")
    risk = risk_of(server, {}, call.function)
    args, heard = dict(call.args), HeardWords()
    for text in context["results"]:
        heard.add(text)
    tainted = bool(context["results"])
    risk = "reads" if risk == "leaves" and teaches_nothing(args, context["request"], tainted, heard, {}) else risk
    intent = Intent(call.function, dict(call.args), risk, (Scope("app", f"mcp:{server.name}"),))
    return _policy().decide(intent, "", tainted=tainted).verdict == "allow"


@functools.cache
def _policy() -> Any:
    import tempfile
    from pathlib import Path

    from core.clock import SystemClock
    from core.gate.policy import PermissionPolicy
    from core.settings import Settings
    from core.storage.database import Database

    folder = Path(tempfile.mkdtemp())
    settings = Settings(folder / "settings.toml")
    return PermissionPolicy(Database(folder / "d.sqlite", folder / "backups"), settings, SystemClock())


def memory(docs: list[str], queries: list[str], k: int, meta: list[dict[str, Any]]) -> list[list[int]]:
    """The turns that answer each question, best first: kept and found as the product keeps and finds them."""
    return asyncio.run(_recalled(docs, queries, k, meta))


async def _recalled(docs: list[str], queries: list[str], k: int, meta: list[dict[str, Any]]) -> list[list[int]]:
    import tempfile
    from pathlib import Path

    from core.clock import SystemClock
    from core.journal import Journal
    from core.memory.recall import Recall
    from core.memory.store import Memories
    from core.storage.database import Database

    with tempfile.TemporaryDirectory() as folder:
        database, clock = Database(Path(folder) / "d.sqlite"), SystemClock()
        memories = Memories(database, Journal(database, clock), clock)
        with database.transaction():
            for text, row in zip(docs, meta, strict=True):
                place = f"{row.get('group', '')}/{row.get('session', row.get('persona', ''))}"
                memories.add(row.get("text") or text or " . ", "turn", str(row.get("speaker") or "person"), place=place, receipt=False)
        async with embedder() as embed:
            recall = Recall(database, memories, embed)
            await recall.index()
            found = [[number - 1 for number in await recall.numbers(query, k)] for query in queries]
        database.close()
    return found
