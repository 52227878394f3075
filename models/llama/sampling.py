"""Choosing a token: the likeliest, or by chance among the likely ones."""

from __future__ import annotations

from typing import Any

import numpy

TOP_K, TOP_P, MIN_P = 40, 0.95, 0.05  # llama.cpp's own defaults
_LOOK_BACK, _LONGEST, _SENTENCE = 192, 96, 16  # tokens that are looked at; of the longest stretch; of a stretch from which it counts as sentences
_TIMES = 3  # that sentences come in a row


class Sampler:
    """``temperature`` 0 is greedy; ``seed`` for tests."""

    def __init__(self, temperature: float, seed: int | None = None) -> None:
        self._temperature = temperature
        self._chance = numpy.random.default_rng(seed)

    def choose(self, logits: Any) -> int:
        """A token by its logits; -inf is never chosen."""
        if self._temperature <= 0:
            return int(logits.argmax())
        likely = numpy.argpartition(logits, -min(TOP_K, len(logits)))[-TOP_K:]
        likely = likely[numpy.argsort(-logits[likely])]
        chances = numpy.exp(logits[likely].astype(numpy.float64) - float(logits[likely[0]]))
        chances /= chances.sum()
        keep = ((numpy.cumsum(chances) - chances < TOP_P) & (chances >= MIN_P * chances[0])).nonzero()[0]
        warm = chances[keep] ** (1 / self._temperature)
        return int(self._chance.choice(likely[keep], p=warm / warm.sum()))


def chance_of(token: int, logits: Any) -> float:
    """How likely a token is among all whose logit is not -inf, 0 to 1."""
    highest = float(logits.max())
    return float(numpy.exp(float(logits[token]) - highest) / numpy.exp(logits - highest, dtype=numpy.float64).sum())


def is_repeating(tokens: list[int]) -> bool:
    """Whether the last tokens are one stretch again and again: a short one for long, whole sentences three times."""
    for period in range(1, min(_LONGEST, len(tokens) // _TIMES) + 1):
        length = _length_of_run(tokens, period)
        if length >= max(_LOOK_BACK // 2, _TIMES * period) and (period >= _SENTENCE or length > _LOOK_BACK):
            return True
        if period < _SENTENCE and length > _TIMES * _SENTENCE:
            return False  # short ones, not yet for long: longer stretches would be the same
    return False


def _length_of_run(tokens: list[int], period: int) -> int:
    """How many of the last tokens repeat with a period, up to as many as are looked at."""
    tail = numpy.asarray(tokens[-max(_LOOK_BACK, _TIMES * period) - 1 :])
    differing = numpy.flatnonzero(tail[period:] != tail[:-period])
    return len(tail) if not len(differing) else len(tail) - 1 - int(differing[-1])
