"""Finding tools: public tasks and functions, where their data lie beside the repository (or where ``DESKHAND_EVAL`` says); nothing of them is kept here.

Recall is the share of a request's tools among the first k. Peers, from the same loaders: plain Chroma with MiniLM and stemmed BM25, as in the kit's own table. The second table is the
receiver operating characteristic of "no tool here can do that": how many hopeless requests are recognised when so many good ones are refused wrongly.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.evaluation import embedder
from tests.benchmarks.run import table
from tools.finding.finder import Described, ToolFinder

ROOT = Path(__file__).parents[2]
PEERS = {"task -> all its tools": (".470", ".425"), "step -> its tool": (".787", ".689"), "bfcl tools": (".927", ".921")}  # R@10 of Chroma + MiniLM, BM25
WANTED = {"task -> all its tools": ".65", "step -> its tool": ".90", "bfcl tools": ".97"}
REFUSED = (0.01, 0.02, 0.05, 0.1, 0.2)


def main() -> None:
    """Print both tables and the time of a search among 5,000 tools."""
    folder = Path(os.environ.get("DESKHAND_EVAL", ROOT.parent / "shared/eval")) / "retrieval"
    if not (folder / "suites.py").is_file():
        print("The public tasks are not here; DESKHAND_EVAL names the folder that holds retrieval/suites.py.")
        return
    sys.path.insert(0, str(folder))
    import suites

    asyncio.run(_measured(suites))


async def _measured(suites: Any) -> None:
    async with embedder() as embed:
        tasks, steps, _ = suites.livemcp()
        rows = [("set", "requests", "tools", "R@5", "R@10", "Chroma + MiniLM R@10", "BM25 R@10", "wanted R@10", "ms a search")]
        for group in (tasks, steps, suites.bfcl_tools()):
            rows.append(await _recall(group, embed))
        table(rows)
        print()
        await _roc(suites, embed)
        print()
        await _many(embed)


def _described(group: Any) -> list[Described]:
    return [Described(row["name"], row["description"], row.get("server", ""), row.get("server_description", ""), tuple(row["params"])) for row in group.meta]


async def _recall(group: Any, embed: Any) -> tuple[str, ...]:
    finder, times, found = ToolFinder(embed), list[float](), {5: list[float](), 10: list[float]()}
    await finder.index(_described(group))
    for query, gold in zip(group.queries, group.gold, strict=True):
        began = time.perf_counter()
        ranked = await finder.ranked(query, 10)
        times.append((time.perf_counter() - began) * 1000)
        for count, shares in found.items():
            shares.append(sum(any(at in ranked[:count] for at in item) for item in gold) / len(gold))
    name = str(group.name)
    figures = [f"{statistics.mean(found[count]):.3f}" for count in (5, 10)]
    return (name, str(len(group.queries)), str(len(group.docs)), *figures, *PEERS[name], WANTED[name], f"{statistics.median(times):.1f}")


async def _roc(suites: Any, embed: Any) -> None:
    finder, scores = ToolFinder(embed), {True: list[float](), False: list[float]()}
    for good, categories in ((True, ("simple_python", "multiple")), (False, ("irrelevance",))):
        for category in categories:
            for item in suites.lines(suites.DATA / f"bfcl/BFCL_v4_{category}.json"):
                if item["function"]:
                    offered = [
                        Described(row["name"], row.get("description") or "", parameters=tuple((row.get("parameters") or {}).get("properties") or {})) for row in item["function"]
                    ]
                    await finder.index(offered)
                    scores[good].append(await finder.fits(suites.user_text(item)))
    good, bad = sorted(scores[True]), scores[False]
    area = sum((one > other) + 0.5 * (one == other) for one in good for other in bad) / (len(good) * len(bad))
    rows = [("refused wrongly", "hopeless ones recognised")]
    for share in REFUSED:
        least = good[int(share * len(good))]
        rows.append((f"{share:.0%}", f"{sum(score < least for score in bad) / len(bad):.1%}"))
    table(rows)
    print(f"\nArea under the curve {area:.3f} ({len(good)} requests that an offered tool can do, {len(bad)} that none can); a MiniLM cosine alone has .929.")


async def _many(embed: Any) -> None:
    """The time of one search among 5,000 tools, with and without making the request's vector."""
    finder = ToolFinder(embed)
    words = ("read", "write", "list", "find", "convert", "book", "play", "send", "count", "plot", "sort", "merge", "fetch", "price", "map", "note", "task", "mail", "photo", "song")
    await finder.index(
        [Described(f"s{at % 70}.{words[at % 20]}_{words[at // 20 % 20]}_{at}", f"{words[at % 20]} a {words[at // 20 % 20]} of kind {at}", f"s{at % 70}") for at in range(5000)]
    )
    spans = {"the first time": list[float](), "again": list[float]()}
    for number in range(30):
        for name, kept in spans.items():
            began = time.perf_counter()
            await finder.find(f"please {words[number % 20]} the {words[(number * 7) % 20]} number {number} for me", 10)
            kept.append((time.perf_counter() - began) * 1000)
            del name
    print("Among 5,000 tools, median ms: " + ", ".join(f"{name} {statistics.median(kept):.1f}" for name, kept in spans.items()) + " (limit 20).")


if __name__ == "__main__":
    main()
