"""Vectors of a made-up world with a few ideas in it, in place of an embedding model."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable


def meanings_of(ideas: tuple[str, ...]) -> Callable[[list[str]], Awaitable[list[list[float]]]]:
    """An embedder whose unit vectors say how much of each idea (words that mean it) a text holds."""

    async def meanings(texts: list[str]) -> list[list[float]]:
        found = []
        for text in texts:
            counts = [sum(word in text.lower() for word in idea.split()) + 0.01 for idea in ideas]
            length = math.sqrt(sum(count * count for count in counts))
            found.append([count / length for count in counts])
        return found

    return meanings
