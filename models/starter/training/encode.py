"""Examples as token ids: ``<|tool|> …`` for each tool in the prompt, ``<|ask|> request <|out|> <|move|> <|o:|> span <|t:|> span <|end|>``, in padded batches of like length."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

from models.starter import foreign
from models.starter.foreign import Foreign
from models.starter.frames import END, IT, Frame
from models.starter.training.compose import Composer, Example

LONGEST = 180  # tokens; longer examples are left out


class Encoder:
    """Texts and frames to ids with one tokenizer."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.encode_special_tokens = True  # what a person writes is never read as a mark
        self._tokenizer = tokenizer

    def _id(self, mark: str) -> int:
        found = self._tokenizer.token_to_id(mark)
        if found is None:
            raise ValueError(f"the tokenizer has no {mark}")
        return int(found)

    def prompt(self, request: str, tools: tuple[Foreign, ...] = ()) -> list[int]:
        """What the model sees before it writes."""
        return [token for mark, text in foreign.prompt(request, tools) for token in ([self._id(text)] if mark else self._tokenizer.encode(text).ids)]

    def answer(self, request: str, frames: tuple[Frame, ...]) -> list[int]:
        """What it is to write. Spans keep the space before them, so that their tokens are those of the request."""
        text, at, ids = " " + request, 0, []
        for frame in frames:
            ids.append(self._id(f"<|{frame.intent}|>"))
            for slot, span in frame.slots:
                ids.append(self._id(f"<|{slot}:|>"))
                if span == IT:
                    ids.append(self._id(IT))
                    continue
                found = text.find(span, at) if text.find(span, at) >= 0 else text.find(span)
                start = found - 1 if text[found - 1] == " " else found
                ids += self._tokenizer.encode(text[start : found + len(span)]).ids
        return [*ids, self._id(END)]

    def example(self, example: Example) -> tuple[list[int], int]:
        """``(ids, length of the prompt)``."""
        prompt = self.prompt(example.request, example.tools)
        return prompt + self.answer(example.request, example.frames), len(prompt)


def batches(composer: Composer, encoder: Encoder, tokens: int = 8192, pool: int = 4096) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Endless batches of about ``tokens`` tokens, padded, each of examples of like length; the answer is learnt."""
    order = np.random.default_rng(0)
    source = iter(composer)
    while True:
        rows = sorted((row for row in (encoder.example(next(source)) for _ in range(pool)) if len(row[0]) <= LONGEST), key=lambda row: len(row[0]))
        groups, at = [], 0
        while at < len(rows):
            end = at + 1
            while end < len(rows) and (end - at + 1) * len(rows[end][0]) <= tokens:
                end += 1
            groups.append(rows[at:end])
            at = end
        for which in order.permutation(len(groups)):
            yield _padded(groups[which])


def fed(tokenizer: Path, seed: int, fragments: tuple[str, ...], tokens: int, feeders: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """The same from ``feeders`` processes, each with a seed of its own, taken in turn so that a seed and a number give the same again. For a GPU, which one process cannot feed."""
    context = multiprocessing.get_context("spawn")
    queues = [context.Queue(16) for _ in range(feeders)]
    people = [
        context.Process(target=_feed, args=(queue, str(tokenizer), seed * 100 + number, fragments, tokens), daemon=True) for number, queue in enumerate(queues)
    ]  # fmt: skip
    for process in people:
        process.start()
    try:
        while True:
            for queue, process in zip(queues, people, strict=True):
                ids, wanted = _next(queue, process)
                yield torch.from_numpy(ids.astype(np.int64)), torch.from_numpy(wanted)
    finally:
        for process in people:
            process.kill()


def _next(queue: Any, process: Any) -> tuple[np.ndarray, np.ndarray]:
    """The next batch of one process. Raises :class:`RuntimeError` where it has died, since waiting for it would last for ever."""
    while True:
        try:
            return queue.get(timeout=5)  # type: ignore[no-any-return]
        except Empty:
            if not process.is_alive():
                raise RuntimeError(f"a process that writes examples ended with {process.exitcode}") from None


def _feed(queue: Any, tokenizer: str, seed: int, fragments: tuple[str, ...], tokens: int) -> None:
    torch.set_num_threads(1)
    for ids, wanted in batches(Composer(seed, fragments=fragments), Encoder(Tokenizer.from_file(tokenizer)), tokens):
        queue.put((ids.numpy().astype(np.uint16), wanted.numpy()))


def _padded(rows: list[tuple[list[int], int]]) -> tuple[torch.Tensor, torch.Tensor]:
    length = max(len(ids) for ids, _ in rows)
    ids, wanted = np.zeros((len(rows), length), np.int64), np.zeros((len(rows), length), bool)
    for at, (row, prompt) in enumerate(rows):
        ids[at, : len(row)] = row
        wanted[at, prompt - 1 : len(row) - 1] = True
    return torch.from_numpy(ids), torch.from_numpy(wanted)
