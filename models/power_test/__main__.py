"""``python -m models.power_test FILE.gguf``: play every exchange with one file now, and print each as it went with its verdict. Exit code 0 where it may work in the loop."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from core.errors import DeskhandError
from core.messages import Message, Usage
from core.turn.signals import needs_tool_test, works_in_loop
from models.llama.chat import LlamaModel
from models.power_test.exchanges import EXCHANGES, score_of
from models.power_test.play import Played, play

CONTEXT = 4096  # tokens; no exchange fills a quarter of it


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m models.power_test", description="Whether a model can act step by step in tools.")
    parser.add_argument("file", type=Path, metavar="FILE.gguf")
    file = parser.parse_args().file
    try:
        return asyncio.run(_play_all(file))
    except DeskhandError as error:
        print(f"{error.message} {error.hint}".strip(), file=sys.stderr)
        return 1


async def _play_all(file: Path) -> int:
    model, began = LlamaModel(file.stem, file, CONTEXT), time.monotonic()
    results, usage = dict[str, bool](), Usage(0)
    try:
        await model.worker.load()
        print(f"{file.name}: {model.profile.billions:g} B parameters, loaded in {time.monotonic() - began:.1f} s")
        began = time.monotonic()
        for exchange in EXCHANGES:
            if (played := await play(model, exchange)) is not None:
                print("\n".join(tell(played)), flush=True)
                results[exchange.name], usage = not played.fault, usage + played.usage
    finally:
        await model.worker.close()
    profile = replace(model.profile, tool_score=score_of(results))
    way = "the loop" if works_in_loop(profile) else "small strategies"
    print(f"\n{sum(results.values())} of {len(results)} in {time.monotonic() - began:.1f} s. {_read(usage)}")
    print(f"It would work in {way}{'' if needs_tool_test(profile) else ', by its size alone: it would not be tested'}.")
    return 0 if works_in_loop(profile) else 1


def tell(played: Played) -> Iterator[str]:
    """An exchange as lines: what was said and called, and the verdict."""
    yield f"\n{played.exchange.name}"
    for message in played.messages[1:]:
        yield from _lines(message)
    yield f"  → {'NOT PASSED: ' + played.fault if played.fault else 'passed'} ({played.seconds:.1f} s; {_read(played.usage)})"


def _lines(message: Message) -> Iterator[str]:
    if message.reasoning:
        yield f"  thinks: {message.reasoning.strip()}"
    if message.content or not message.tool_calls:
        yield f"  {message.role}: {message.content}"
    for call in message.tool_calls:
        yield f"  {message.role} calls {call.name} {json.dumps(call.arguments, ensure_ascii=False)}{' (cut)' if call.cut else ''}{' ' + call.fault if call.fault else ''}"


def _read(usage: Usage) -> str:
    return f"{usage.prompt_tokens - usage.cached_tokens} tokens read, {usage.cached_tokens} kept from before, {usage.completion_tokens} written"


if __name__ == "__main__":
    sys.exit(main())
