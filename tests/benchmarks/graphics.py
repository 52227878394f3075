"""The models' tables from a GPU build: what was predicted and what the card really held, loads under a tight budget, coming back.

Says so and ends where no card is at hand that this llama.cpp can use. Made-up models with the shapes of real ones; the card's memory is
read from its driver, by process. ``python -m tests.benchmarks.graphics``; takes some two minutes on one card.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from gguf import GGMLQuantizationType as Kind

from core.errors import ModelError
from models import gguf_file, hardware
from models.hardware import Card
from models.keeper import Keeper
from models.llama.process import Worker
from models.memory_needs import CPU, Choice, needs
from models.pool import _measure, on_card
from tests.benchmarks.run import table
from tests.helpers.gguf_models import Shape, write

GRID = {
    "dense": Shape(layers=8, width=512, inner=1024),
    "many heads share": Shape(heads=16, shared=2, width=512),
    "untied, f16": Shape(tied=False, kind=Kind.F16),
    "4 bits": Shape(kind=Kind.Q4_0, width=512, inner=1024),
    "experts": Shape(experts=8),
    "large vocabulary": Shape(vocabulary=32000),
    "qwen3": Shape("qwen3", head=64),
    "gemma3": Shape("gemma3", layers=7, window=512),
    "recurrent": Shape("mamba"),
    "hybrid": Shape("lfm2", layers=6),
}
CHOICES = [Choice(2048), Choice(8192, cache="q8_0"), Choice(5000, flash=False), Choice(16384, batch=512)]
SHAPES = {
    "like a 1 B": Shape("llama", 16, 2048, 8192, 32, 8, 64, 32000, 131072, kind=Kind.Q8_0),
    "like an 8 B": Shape("llama", 32, 4096, 14336, 32, 8, 128, 32000, 131072, kind=Kind.Q4_0, tied=False),
}
AT_ONCE, MIB = 6, 2**20
WHOLE = ("model", "load", "layers there", "card, MB", "RAM less weights, MB", "load, s", "tokens/s", "first token after 4,000, s")
BACK = ("model", "tokens", "state, MB", "load, s", "load and read again, s", "load and take the state, s", "times faster", "of load and file", "reading beside taking")
WORDS = 590  # some seven tokens each with the made-up vocabulary: about 4,000


class Asked:
    """A keeper's view of a model on the card: how it is loaded, and what came of it."""

    def __init__(self, folder: Path) -> None:
        self.keeper = Keeper(folder / "cache", _measure)

    @asynccontextmanager
    async def loaded(self, name: str, path: Path, context: int, choice: Choice | None = None) -> AsyncIterator[tuple[Worker, Any, float]]:
        """The worker, the plan, and the seconds that the load took."""
        admission = await self.keeper.admit(name, path, context, choice)
        plan = admission.fit
        worker = Worker(path, options(plan.choice, self.keeper.card(plan.choice)))
        began = time.monotonic()
        try:
            await worker.load()
            seconds = time.monotonic() - began
            self.keeper.loaded(name, path, worker.facts, seconds)
            yield worker, plan, seconds
        finally:
            await worker.close()
            self.keeper.gone(name)
            self.keeper._seen = None


def options(choice: Choice, card: Card | None) -> dict[str, Any]:
    """As the pool gives them to a worker."""
    return {"context": choice.context, "batch": choice.batch, "cache": choice.cache, "flash": choice.flash, **on_card(choice, card)}


def prompt(words: int) -> list[dict[str, str]]:
    """A conversation of about seven tokens for each word."""
    return [{"role": "system", "content": " ".join(f"w{number % 900}" for number in range(words))}, {"role": "user", "content": "go on"}]


async def answer(worker: Worker, words: int, tokens: int) -> tuple[float, float, dict[str, Any]]:
    """Seconds to the first token, tokens a second after it, and what the worker says at the end."""
    began, first, done = time.monotonic(), 0.0, dict[str, Any]()
    async with contextlib.aclosing(worker.call("chat", messages=prompt(words), max_tokens=tokens, temperature=0.0)) as parts:
        async for part in parts:
            first = first or time.monotonic()
            done = part.get("done", done)
    after = time.monotonic() - first
    return first - began, (done.get("completion_tokens", 1) - 1) / after if after > 0.001 else 0.0, done


async def grid(folder: Path, card: Card) -> list[tuple[str, ...]]:
    """Predicted and allocated, over shapes, ways of loading, and layers on the card."""
    turn, errors = asyncio.Semaphore(AT_ONCE), dict[str, list[tuple[float, str]]]()

    async def one(name: str, path: Path, choice: Choice) -> None:
        async with turn:
            info = gguf_file.read(path)
            predicted = needs(info, choice, await _measure(path, choice, card))
            worker = Worker(path, options(choice, card))
            actual = (await worker.load())["buffers"]
            held = hardware.held(card, worker.pid or 0)
            await worker.close()
        where = f"{name}, {choice.offload} layers, {choice.context}, {choice.cache}"
        for device in (card.id, CPU):
            was, part = actual.get(device, {}), predicted[device]
            total = (part.total - part.other, sum(was.values()))
            for what, (said, really) in {"weights": (part.weights, was.get("weights", 0)), "cache": (part.cache, was.get("cache", 0)), "all": total}.items():
                off = abs(said - really) if abs(said - really) > MIB * 0.04 else 0.0  # llama.cpp says hundredths of a MiB
                errors.setdefault(f"{what} on {'the card' if device == card.id else 'the processor'}", []).append((off / max(really, MIB), where))
        if held:
            errors.setdefault("the driver's own, MB", []).append(((held - sum(actual.get(card.id, {}).values())) / 1e6, where))

    jobs = []
    for name, shape in GRID.items():
        path = write(folder / f"{name}.gguf", shape)
        jobs += [one(name, path, replace(choice, offload=count, card=card.id)) for choice in CHOICES for count in (shape.layers, shape.layers // 2)]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    failed = [str(result) for result in results if isinstance(result, BaseException)]
    rows: list[tuple[str, ...]] = [("predicted beside allocated", "loads", "mean", "worst", "where")]
    for what, found in sorted(errors.items()):
        worst = max(found)
        unit = (lambda value: f"{value:.0f}") if "MB" in what else (lambda value: f"{value:.1%}")
        rows.append((what, str(len(found)), unit(statistics.mean(value for value, _ in found)), unit(worst[0]), worst[1] if worst[0] else ""))
    return [*rows, ("loads that failed", str(len(failed)), "", "", (failed or [""])[0])]


async def whole(asked: Asked, name: str, path: Path, card: Card) -> list[tuple[str, ...]]:
    """One model of a real size, all of it on the card: memory after an answer, seconds, tokens a second, predicted beside measured; twice, to see it learn."""
    rows = []
    for turn in ("first", "again"):
        async with asked.loaded(name, path, 8192) as (worker, plan, seconds):
            first, speed, _ = await answer(worker, WORDS, 128)
            held = hardware.held(card, worker.pid or 0)
            memory = _own(worker.pid or 0)
            asked.keeper.spoke(name, path, worker.pid, 128, 128 / speed if speed else 0.0)
            here, there = plan.parts[card.id], plan.parts[CPU]
            rows.append(
                (
                    name, turn, str(plan.choice.offload), f"{here.total / 1e6:.0f} / {held / 1e6:.0f}", f"{(there.total - there.weights) / 1e6:.0f} / {memory / 1e6:.0f}",
                    f"{plan.load_seconds:.2f} / {seconds:.2f}", f"{plan.decode_speed:.0f} / {speed:.0f}", f"{first:.2f}",
                )
            )  # fmt: skip
    return rows


def _own(process: int) -> int:
    """Bytes of RAM of a process that are no file's."""
    import psutil

    with contextlib.suppress(psutil.Error):
        info = psutil.Process(process).memory_info()
        return int(info.rss - info.shared)
    return 0


@asynccontextmanager
async def balloon(card: Card, leave: int) -> AsyncIterator[None]:
    """Another program that takes the card's memory until ``leave`` bytes are free."""
    free = next(one.free for one in hardware.probe().cards if one.id == card.id)
    script = (
        "import ctypes, sys\n"
        "lib = ctypes.CDLL('libcudart.so.13'); at = ctypes.c_void_p(); free = ctypes.c_size_t(); total = ctypes.c_size_t()\n"
        "lib.cudaFree(None); lib.cudaMemGetInfo(ctypes.byref(free), ctypes.byref(total))\n"
        f"print(lib.cudaMalloc(ctypes.byref(at), ctypes.c_size_t(free.value - {leave})), flush=True); sys.stdin.read()\n"
    )
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        said = (await asyncio.wait_for(other.stdout.readline(), 60)).decode().strip()
        if said != "0":
            raise RuntimeError(f"the card's memory could not be taken ({said}); {free} bytes were free")
        yield
    finally:
        other.kill()
        await other.wait()


async def tight(folder: Path, paths: dict[str, Path], card: Card) -> list[tuple[str, ...]]:
    """Loads and long prompts where little of the card is left: what the planner accepts must load and answer."""
    rows: list[tuple[str, ...]] = [("free on the card", "model", "planned", "on the card, predicted / held, MB", "loaded and answered")]
    for leave in (1800, 2400, 3200, 4500, 5500, 7500):
        async with balloon(card, leave * MIB):
            for name, path in paths.items():
                asked = Asked(folder / f"tight-{leave}-{name}")
                try:
                    async with asked.loaded(name, path, 16384) as (worker, plan, _):
                        part = plan.parts.get(card.id)
                        _, _, done = await answer(worker, WORDS // 2 if part else 10, 8)
                        held = hardware.held(card, worker.pid or 0)
                        said = f"{part.total / 1e6:.0f} / {held / 1e6:.0f}" if part else "none"
                        rows.append((f"{leave} MiB", name, plan.reason, said, f"yes, {done.get('prompt_tokens')} tokens"))
                except ModelError as error:
                    rows.append((f"{leave} MiB", name, "", "", f"{'refused' if error.code == 'does_not_fit' else 'FAILED'}: {error.message}"))
    return rows


async def yields(folder: Path, path: Path, card: Card) -> list[tuple[str, ...]]:
    """Another program takes the memory of the card while a model idles there: it is let go of. And: how soon a long prompt stops."""
    asked = Asked(folder / "yields")
    async with asked.loaded("idle", path, 8192) as (worker, _, _):
        calm = asked.keeper.pressed(())
        async with balloon(card, 100 * MIB):
            asked.keeper._seen = None
            pressed = asked.keeper.pressed(())
        reading = asyncio.create_task(answer(worker, WORDS * 2, 1))
        await asyncio.sleep(0.1)
        began = time.monotonic()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        stopped = time.monotonic() - began
        alive = worker.pid is not None
    return [
        ("what", "value"), ("let go of while nobody needs the card", str(calm)), ("let go of when another program left 100 MiB", str(pressed)),
        ("a prompt of 8,000 tokens stopped after, s", f"{stopped:.3f}"), ("its process lives", "yes" if alive else "no"),
    ]  # fmt: skip


async def back(folder: Path, name: str, path: Path, card: Card) -> list[tuple[str, ...]]:
    """Coming back to a conversation of 4,000 tokens after a swap; the same rows as ``swap`` on the processor."""
    info = gguf_file.read(path)
    given = options(Choice(8192, len(info.layers), card=card.id), card)
    found: dict[str, list[float]] = {"load": [], "again": [], "back": [], "file": []}
    tokens = size = 0
    for _ in range(3):
        plain = Worker(path, given)
        began = time.monotonic()
        await plain.load()
        found["load"].append(time.monotonic() - began)
        await plain.close()
        found["again"].append((await answer(plain, WORDS, 1))[0])
        await plain.close()
        state = folder / f"{name}.state"
        kept = Worker(path, given, state=state)
        await answer(kept, WORDS, 1)
        await kept.retire()
        size, began = state.stat().st_size, time.monotonic()
        state.read_bytes()
        found["file"].append(time.monotonic() - began)
        found["back"].append((await answer(kept, WORDS, 1))[0])
        tokens = kept.facts["restored"]
        await kept.close()
    load, again, come, read = (statistics.median(found[what]) for what in ("load", "again", "back", "file"))
    reading = max(1e-9, again - load)
    return [
        (
            name,
            str(tokens),
            f"{size / 1e6:.0f}",
            f"{load:.2f}",
            f"{again:.2f}",
            f"{come:.2f}",
            f"{again / come:.2f}",
            f"{come / (load + read):.2f}",
            f"{reading / max(0.001, come - load):.1f}",
        )
    ]


async def rounds(path: Path, card: Card) -> list[tuple[str, ...]]:
    """Planner and Reviewer in turn, one model: which tokens of each prompt were read again."""
    info = gguf_file.read(path)
    worker = Worker(path, options(Choice(8192, len(info.layers), card=card.id), card))
    rows: list[tuple[str, ...]] = [("round", "role", "tokens of the prompt", "not read again")]
    talk = {"planner": prompt(200), "reviewer": [{"role": "system", "content": " ".join(f"w{(number * 7) % 900}" for number in range(150))}]}
    for number in range(3):
        for role, messages in talk.items():
            messages.append({"role": "user", "content": f"w{number} w{number + 1} go on"})
            async for part in worker.call("chat", messages=messages, max_tokens=8, temperature=0.0):
                if done := part.get("done"):
                    rows.append((str(number + 1), role, str(done["prompt_tokens"]), str(done["cached_tokens"])))
    await worker.close()
    return rows


async def measure(folder: Path, card: Card, names: Sequence[str]) -> None:
    """The named tables, or all."""
    print(f"{card.name}: {card.total / 1e9:.1f} GB, {card.bandwidth / 1e12:.2f} TB/s as its driver says, through {card.backend}", flush=True)
    paths = {name: write(folder / f"{name}.gguf", shape) for name, shape in SHAPES.items()}
    small, large = paths.values()
    asked = Asked(folder)
    tables: dict[str, Callable[[], Awaitable[list[tuple[str, ...]]]]] = {
        "grid": lambda: grid(folder, card), "whole": lambda: each(WHOLE, [whole(asked, *item, card) for item in paths.items()]),
        "back": lambda: each(BACK, [back(folder, *item, card) for item in paths.items()]), "rounds": lambda: rounds(small, card),
        "yields": lambda: yields(folder, large, card), "tight": lambda: tight(folder, paths, card),
    }  # fmt: skip
    for name in names or tables:
        print(flush=True)
        table(await tables[name]())


async def each(head: tuple[str, ...], parts: list[Awaitable[list[tuple[str, ...]]]]) -> list[tuple[str, ...]]:
    """The rows of all parts, one after the other, under one head."""
    rows = [head]
    for part in parts:
        rows += await part
    return rows


def main() -> None:
    """Print the tables, or that there is no card."""
    card = max(hardware.probe().usable, key=lambda card: card.free, default=None)
    if card is None:
        print("No card that this llama.cpp can use.")
        return
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder), card, sys.argv[1:] if __name__ == "__main__" else ()))


if __name__ == "__main__":
    main()
