"""Trains the reader on ``data/*.tsv`` and writes ``reader.npz``; ``--leave-out NAME`` keeps one voice and measures on it instead."""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path
from typing import Any

import torch
from torch import nn

from models.reader.labels import KINDS, MARKS
from models.reader.reader import MOST, MOST_BEFORE
from models.reader.training.data import DATA, Example, read_examples
from models.reader.training.export import save
from models.reader.training.network import ReaderNetwork
from models.reader.wordpiece import Piece, split_pieces

EPOCHS, BATCH, RATES = 6, 32, (2e-4, 2e-3)  # rates of the encoder and of what is new
Row = tuple[list[int], list[int], list[int], int]  # ids, types, marks (-100: not counted), kind


def noisy(example: Example, chance: random.Random) -> Example:
    """The example as somebody else may type it: without capitals or marks, with a slip. Its letters stay where they are."""
    text = example.text
    if chance.random() < 0.15:
        text = "".join(letter if letter not in ",?!;" else " " for letter in text)
    if chance.random() < 0.12 and len(text) > 8:
        at = chance.randrange(1, len(text) - 2)
        if text[at].isalpha() and text[at + 1].isalpha():
            text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return Example(example.kind, example.before, text, example.spans)


def row_of(example: Example, vocabulary: dict[str, int]) -> Row:
    """An example in numbers."""
    past, here = split_pieces(example.before, vocabulary)[-MOST_BEFORE:], split_pieces(example.text, vocabulary)[:MOST]
    ids = [vocabulary["[CLS]"], *(piece.id for piece in past), vocabulary["[SEP]"], *(piece.id for piece in here), vocabulary["[SEP]"]]
    first = len(past) + 2
    return ids, [0] * first + [1] * (len(here) + 1), [-100] * first + _marks(here, example) + [-100], KINDS.index(example.kind)


def _marks(pieces: list[Piece], example: Example) -> list[int]:
    found, before = [], None
    for piece in pieces:
        inside = next((span for span in example.spans if span[1] <= piece.start < span[2]), None)
        found.append(0 if inside is None else MARKS.index(("i" if inside == before else "b") + inside[0]))
        before = inside
    return found


def batch_of(rows: list[Row]) -> tuple[Any, ...]:
    """Tensors filled up to the longest: ids, mask, types, marks, kinds."""
    most = max(len(row[0]) for row in rows)
    ids, types, marks = (
        torch.tensor([part + [rest] * (most - len(part)) for part in parts])
        for parts, rest in (([row[0] for row in rows], 0), ([row[1] for row in rows], 0), ([row[2] for row in rows], -100))
    )
    mask = torch.tensor([[1] * len(row[0]) + [0] * (most - len(row[0])) for row in rows])
    return ids, mask, types, marks, torch.tensor([row[3] for row in rows])


def train(examples: list[Example], vocabulary: dict[str, int], weights: Path, epochs: int, seed: int = 1) -> ReaderNetwork:
    """A network that has read ``examples`` so many times, each time a little different."""
    torch.manual_seed(seed)
    chance, began = random.Random(seed), time.monotonic()
    network = ReaderNetwork(weights)
    parts = [{"params": network.encoder.parameters()}, {"params": [*network.kind.parameters(), *network.mark.parameters()]}]
    rule = torch.optim.AdamW(parts, RATES[0], weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(rule, list(RATES), total_steps=epochs * (len(examples) // BATCH + 1) + 1, pct_start=0.1)
    for epoch in range(epochs):
        chance.shuffle(examples)
        network.train()
        for start in range(0, len(examples), BATCH):
            ids, mask, types, marks, kinds = batch_of([row_of(noisy(example, chance), vocabulary) for example in examples[start : start + BATCH]])
            kind, mark = network(ids, mask, types)
            loss = nn.functional.cross_entropy(kind, kinds, label_smoothing=0.05) + 0.5 * nn.functional.cross_entropy(mark.flatten(0, 1), marks.flatten(), ignore_index=-100)
            rule.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            rule.step()
            schedule.step()
        print(f"read {epoch + 1} of {epochs} times, loss {loss.item():.2f}, {time.monotonic() - began:.0f} s", flush=True)
    return network.eval()


def measure(network: ReaderNetwork, examples: list[Example], vocabulary: dict[str, int]) -> dict[str, float]:
    """Shares: kinds right, right among the first two, how many are read with at least .8, how many of these are right; marked tokens that are found, and marks that are right."""
    chances, right, marked, said_marked = [], 0, 0, 0
    for start in range(0, len(examples), 64):
        ids, mask, types, marks, _ = batch_of([row_of(example, vocabulary) for example in examples[start : start + 64]])
        with torch.no_grad():
            kind, mark = network(ids, mask, types)
        chances.append(torch.softmax(kind, -1))
        said, wanted = mark.argmax(-1), marks > 0
        right += int(((said == marks) & wanted).sum())
        marked += int(wanted.sum())
        said_marked += int(((said > 0) & (marks >= 0)).sum())
    all_, kinds = torch.cat(chances), torch.tensor([KINDS.index(example.kind) for example in examples])
    top, best = all_.max(-1)
    sure = top >= 0.8
    return {
        "kind": float((best == kinds).float().mean()), "first two": float((all_.topk(2).indices == kinds[:, None]).any(-1).float().mean()), "sure": float(sure.float().mean()),
        "right where sure": float((best == kinds)[sure].float().mean()), "marks found": right / max(1, marked), "marks right": right / max(1, said_marked),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True, help="folder of all-MiniLM-L6-v2: model.safetensors, config.json, vocab.txt")
    parser.add_argument("--leave-out", default="", help="name of a voice that is measured on instead")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--out", type=Path, default=DATA.parent / "reader.npz")
    chosen = parser.parse_args()
    vocabulary = {piece: number for number, piece in enumerate((chosen.weights / "vocab.txt").read_text(encoding="utf-8").split("\n"))}
    files = sorted(DATA.glob("*.tsv"))
    left = [example for file in files if file.stem == chosen.leave_out for example in read_examples(file)]
    network = train([example for file in files if file.stem != chosen.leave_out for example in read_examples(file)], vocabulary, chosen.weights, chosen.epochs)
    if left:
        print(chosen.leave_out, {name: round(value, 3) for name, value in measure(network, left, vocabulary).items()})
    else:
        save(network, chosen.out)
        print(f"{chosen.out}: {chosen.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
