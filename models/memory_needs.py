"""How many bytes a model takes, where: weights, cache of the conversation, compute buffers, on each device.

Weights and cache follow from the file alone (llama.cpp: ``llama-kv-cache``, ``llama-kv-cache-iswa``, ``llama-memory-recurrent``).
Compute buffers depend on how the graph is laid out; where the file is here, llama.cpp is asked for them without loading anything
(``models.llama.engine``, ``measure``), else they are estimated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.gguf_file import GgufInfo, Layer

CELLS = 256  # the cache holds a multiple of so many tokens
ELEMENT = {"f32": 4.0, "f16": 2.0, "bf16": 2.0, "q8_0": 34 / 32, "q5_1": 24 / 32, "q5_0": 22 / 32, "q4_1": 20 / 32, "q4_0": 18 / 32}  # bytes of one element
PROCESS = 45_000_000  # a worker's interpreter and libraries, measured
DRIVER = 180_000_000  # bytes of RAM that a card's driver and libraries take in a worker, measured with CUDA 13
CONTEXT = 660_000_000  # bytes of a card that its driver takes for a worker (CUDA 13 on an H200: 550 for itself, up to 110 with the first prompts); learnt from each answer
CPU = "cpu"


@dataclass(frozen=True, slots=True)
class Choice:
    """How a model is to be loaded. ``offload``: layers on the card ``card``, ``batch``: tokens of a prompt at once, ``cache``: type of keys and values."""

    context: int
    offload: int = 0
    batch: int = 256
    cache: str = "f16"
    flash: bool = True
    card: str = ""

    def __post_init__(self) -> None:
        if self.cache not in ELEMENT:
            raise ValueError(f"{self.cache!r} is no type of cache: {', '.join(ELEMENT)}")


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes on one device. ``learnt``: what earlier loads took beyond (or below) the rest."""

    weights: int = 0
    cache: int = 0
    compute: int = 0
    other: int = 0
    learnt: int = 0

    @property
    def total(self) -> int:
        return self.weights + self.cache + self.compute + self.other + self.learnt

    def corrected(self, factor: float) -> Part:
        """With what was learnt: the memory of the device was ``factor`` times what was predicted (the process aside)."""
        return replace(self, learnt=round((factor - 1.0) * (self.total - self.other - self.learnt)))


def needs(info: GgufInfo, choice: Choice, compute: dict[str, int] | None = None) -> dict[str, Part]:
    """Bytes by device, the processor's RAM first. The card takes the last ``choice.offload`` layers; ``compute`` are known buffers."""
    card = choice.card if choice.offload else ""
    first = len(info.layers) - (min(choice.offload, len(info.layers)) if card else 0)
    known = compute or estimated_compute(info, choice, card)
    # what is looked up by token stays in RAM; what makes the logits goes to the card first: where both are one, it gets a copy
    here, there = (info.embedding, info.output or info.embedding) if card else (info.embedding + info.output, 0)
    found = {
        CPU: Part(
            sum(layer.weights for layer in info.layers[:first]) + here, cache(info.layers[:first], choice), known.get(CPU, 0), PROCESS + (DRIVER if card else 0)
        )
    }  # fmt: skip
    if card:
        found[card] = Part(sum(layer.weights for layer in info.layers[first:]) + there, cache(info.layers[first:], choice), known.get(card, 0), CONTEXT)
    return found


def cache(layers: tuple[Layer, ...], choice: Choice) -> int:
    """Bytes that these layers keep of one conversation."""
    size = ELEMENT[choice.cache]
    return round(sum(tokens(layer, choice) * (layer.key + layer.value) * size + layer.state for layer in layers))


def tokens(layer: Layer, choice: Choice) -> int:
    """Cells of a layer's cache: the whole context, or the window and one batch."""
    whole = _padded(choice.context)
    return min(whole, _padded(layer.window + choice.batch)) if layer.window else whole


def estimated_compute(info: GgufInfo, choice: Choice, card: str = "") -> dict[str, int]:
    """Compute buffers where llama.cpp cannot be asked: the widest moment of the graph, in float32, for each token of a batch.

    The widest moment is the logits, the inside of the feed-forward part, or attention; without flash attention every head has a row
    of scores as long as the context.
    """
    width = info.width
    attention = _padded(choice.context) * (0.5 if choice.flash else info.heads + 1)
    feed = 3 * info.inner * (info.experts_used or 1) + 4 * width
    floats = max(info.vocabulary + 5 * width, feed, 9 * width) + attention
    whole = round(choice.batch * 4 * floats)
    return {card: whole, CPU: round(choice.batch * 4 * 2 * width)} if card else {CPU: whole}


def _padded(count: int) -> int:
    return -(-count // CELLS) * CELLS
