"""The whole recipe: tokenizer, plain English, task, GGUF, checksum. ``make starter`` runs it; so does ``python -m models.starter.training``.

An hour and a half on two cores that multiply in bfloat16 (AMX), about three hours on two that do not. On a GPU the task is read for longer by default, in batches twice the
size, written by several processes: about five minutes. The same seed and the same number of processes give the same data in the same order.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from models.starter.model import GGUF
from models.starter.training import corpus, encode, export, tokenizer, train, wording
from models.starter.training.compose import Composer
from models.starter.training.voices import DATA

TEXT_TOKENS = 10e6
ON_GPU = train.DEVICE == "cuda"
TASK_TOKENS, BATCH, FEEDERS = (52e6, 16384, max(1, min(14, (os.cpu_count() or 2) - 2))) if ON_GPU else (20e6, 8192, 0)


def main() -> None:
    """Read the options and train."""
    options = argparse.ArgumentParser(prog="models.starter.training", description=__doc__)
    options.add_argument("--out", type=Path, default=GGUF, help="the GGUF to write")
    options.add_argument("--work", type=Path, default=Path(".cache/starter"), help="where weights and logs are kept; what is there is not made again")
    options.add_argument("--text-tokens", type=float, default=TEXT_TOKENS, help="tokens of plain English")
    options.add_argument("--task-tokens", type=float, default=TASK_TOKENS, help="tokens of requests and frames")
    options.add_argument("--batch", type=int, default=BATCH, help="tokens of requests in one step")
    options.add_argument("--feeders", type=int, default=FEEDERS, help="processes that write requests; 0 is this one")
    options.add_argument("--shape", default="384,6,6,1152", help="width, layers, heads, inner width")
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    chosen.work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(chosen.seed)
    words = chosen.work / "tokenizer.json"
    text = list(corpus.sentences())
    known = tokenizer.Tokenizer.from_file(str(words)) if words.exists() else tokenizer.train(_for_tokenizer(text), words)
    width, layers, heads, inner = (int(size) for size in chosen.shape.split(","))
    network = train.Llama(train.Shape(tokenizer.SIZE, width, layers, heads, inner))
    network = _stage(chosen.work / "english.pt", network, lambda: train.text_batches(_ids(known, text), seed=chosen.seed), chosen.text_tokens)
    network = _stage(chosen.work / "task.pt", network, lambda: _requests(chosen, known, words, _fragments(text)), chosen.task_tokens)
    wording.write()
    export.export(network, words, chosen.out)
    checksum = hashlib.sha256(chosen.out.read_bytes()).hexdigest()
    chosen.out.with_name(chosen.out.name + ".sha256").write_text(f"{checksum}  {chosen.out.name}\n", encoding="ascii")
    print(f"{chosen.out}: {chosen.out.stat().st_size / 1e6:.1f} MB, SHA-256 {checksum}")


def _requests(chosen: argparse.Namespace, known: Tokenizer, words: Path, fragments: tuple[str, ...]) -> Iterator[train.Batch]:
    """Endless batches of the task."""
    if chosen.feeders:
        return encode.fed(words, chosen.seed, fragments, chosen.batch, chosen.feeders)
    return encode.batches(Composer(chosen.seed, fragments=fragments), encode.Encoder(known), chosen.batch)


def _stage(kept: Path, network: train.Llama, batches: train.Batches, tokens: float) -> train.Llama:
    """Train, or take what an earlier run of the recipe kept."""
    if kept.exists():
        return train.load(kept)
    train.train(network, batches(), tokens, kept.with_suffix(".log"), keep=kept.with_suffix(".part"))
    train.save(network, kept)
    return network


def _for_tokenizer(text: list[str]) -> Iterator[str]:
    """Nine million characters of prose, and the words of requests often enough to become tokens."""
    order = random.Random(0)
    shuffled = text[:]
    order.shuffle(shuffled)
    seen = 0
    for paragraph in shuffled:
        seen += len(paragraph)
        if seen > 9e6:
            break
        yield " " + paragraph
    for word in (DATA / "everyday.txt").read_text(encoding="utf-8").split():
        yield from [f" {word}"] * 200 + [word.capitalize(), word, f" {word.capitalize()}"] * 20
    for line in (DATA / "fillers.txt").read_text(encoding="utf-8").splitlines():
        if line and line[0] not in "#@":
            yield from [f" {line}"] * 100 + [line] * 10


def _fragments(text: list[str]) -> tuple[str, ...]:
    """Sentences of the prose, as contents that nobody made up for this."""
    return tuple(sentence for paragraph in text[::5] for sentence in re.findall(r"[A-Z][^.!?\[\]{}<>|]{30,160}[.]", paragraph))


def _ids(known: tokenizer.Tokenizer, text: list[str]) -> np.ndarray:
    shuffled = text[:]
    random.Random(0).shuffle(shuffled)
    return np.array([token for found in known.encode_batch([f" {paragraph}\n" for paragraph in shuffled]) for token in found.ids], dtype=np.uint16)


if __name__ == "__main__":
    main()
