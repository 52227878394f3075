"""Training: plain English first, then the task. Bounded by tokens, so that a seed gives the same again; Muon for the matrices, AdamW for the rest; bfloat16 where the machine has it; a GPU when there is one.

Source of the optimiser: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks".
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from models.starter.training.muon import Muon
from models.starter.training.network import Llama, Shape

Batch = tuple[torch.Tensor, torch.Tensor]  # token ids, and which positions' next tokens are to be learnt
Batches = Callable[[], Iterator[Batch]]
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def train(network: Llama, batches: Iterator[Batch], tokens: float, log: Path, rate: float = 1.0, final: float = 0.02, keep: Path | None = None) -> Llama:
    """Train on ``tokens`` tokens, padding included; the rate falls along a cosine to ``final`` of its height.

    Writes one line of ``log`` every half minute and, where ``keep`` is given, the weights as they stand every ten minutes.
    """
    network.to(DEVICE).train()
    optimizers = _optimizers(network, rate)
    heights = [[group["lr"] for group in optimizer.param_groups] for optimizer in optimizers]
    began, seen, step, losses, next_line = time.time(), 0, 0, [], 0.0
    for ids, wanted in batches:
        elapsed, done = time.time() - began, seen / tokens
        if done >= 1:
            break
        scale = min(1.0, (step + 1) / 40) * (final + (1 - final) * 0.5 * (1 + math.cos(math.pi * done)))
        for optimizer, rates in zip(optimizers, heights, strict=True):
            for group, height in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = height * scale
        losses.append(_step(network, optimizers, ids.to(DEVICE), wanted.to(DEVICE)))
        seen, step = seen + ids.numel(), step + 1
        if elapsed >= next_line:
            with log.open("a") as file:
                print(f"{elapsed:.0f} s, step {step}, {seen / 1e6:.2f} M tokens, loss {np.mean(losses):.4f}, {seen / (elapsed + 1e-9):.0f} tokens/s", file=file)
            losses, next_line = [], next_line + 30
            if keep and int(next_line) % 600 == 0:
                save(network, keep)
    return network


def _optimizers(network: Llama, rate: float) -> list[torch.optim.Optimizer]:
    matrices = [weight for name, weight in network.named_parameters() if weight.ndim == 2 and name.startswith("blk")]
    others = [weight for name, weight in network.named_parameters() if not (weight.ndim == 2 and name.startswith("blk"))]
    return [
        Muon(matrices, lr=0.02 * rate, momentum=0.95, weight_decay=0.01),
        torch.optim.AdamW(others, lr=2e-3 * rate, betas=(0.9, 0.98), weight_decay=0.0, fused=True),
    ]


def _step(network: Llama, optimizers: list[torch.optim.Optimizer], tokens: torch.Tensor, wanted: torch.Tensor) -> float:
    positions = wanted.reshape(-1).nonzero()[:, 0]
    targets = torch.roll(tokens, -1, 1).reshape(-1)[positions]
    with torch.autocast(DEVICE, dtype=torch.bfloat16, enabled=_half_is_faster()):
        logits = network(tokens, positions)
    loss = F.cross_entropy(logits.float(), targets)
    for optimizer in optimizers:
        optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    for optimizer in optimizers:
        optimizer.step()
    return float(loss.detach())


@functools.cache
def _half_is_faster() -> bool:
    """Whether this machine multiplies in bfloat16 at least as fast: without the instructions it is a hundred times slower."""

    def seconds(kind: torch.dtype) -> float:
        left, right = torch.ones(256, 256, dtype=kind, device=DEVICE), torch.ones(256, 256, dtype=kind, device=DEVICE)
        left @ right
        began = time.perf_counter()
        for _ in range(3):
            left @ right
        return time.perf_counter() - began

    return DEVICE == "cuda" or seconds(torch.bfloat16) < seconds(torch.float32)


def text_batches(ids: np.ndarray, length: int = 128, rows: int = 48, seed: int = 0) -> Iterator[Batch]:
    """Random windows of a long text; every second token is learnt, which halves the cost of the vocabulary's logits."""
    random = np.random.default_rng(seed)
    while True:
        wanted = torch.from_numpy(random.random((rows, length)) < 0.5)
        wanted[:, -1] = False
        starts = random.integers(0, len(ids) - length, rows)
        yield torch.from_numpy(np.stack([ids[start : start + length] for start in starts]).astype(np.int64)), wanted


def save(network: Llama, path: Path) -> None:
    """Shape and weights."""
    torch.save({"shape": network.shape, "weights": {name: weight.cpu() for name, weight in network.state_dict().items()}}, path)


def load(path: Path) -> Llama:
    """What :func:`save` kept."""
    kept = torch.load(path, weights_only=False)
    network = Llama(kept["shape"])
    network.load_state_dict(kept["weights"])
    return network


__all__ = ["DEVICE", "Batch", "Batches", "Llama", "Shape", "load", "save", "text_batches", "train"]
