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
Losses = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def train(network: Llama, batches: Iterator[Batch], tokens: float, log: Path, rate: float = 1.0, final: float = 0.02, keep: Path | None = None) -> Llama:
    """Train on ``tokens`` tokens, padding included; the rate falls along a cosine to ``final`` of its height.

    Writes one line of ``log`` every half minute and, where ``keep`` is given, the weights as they stand every ten minutes.
    """
    network.to(DEVICE).train()
    losses_of = _fused(network)
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
        losses.append(_step(losses_of, network, optimizers, ids.to(DEVICE), wanted.to(DEVICE)))
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
        Muon(matrices, lr=0.02 * rate, momentum=0.95, weight_decay=0.01, kind=torch.bfloat16 if _half_is_faster() else torch.float32),
        torch.optim.AdamW(others, lr=2e-3 * rate, betas=(0.9, 0.98), weight_decay=0.0, fused=True),
    ]


def _fused(network: Llama) -> Losses:
    """The loss of ``(tokens, positions, targets)``, compiled block by block where the machine has what that needs (a C++ compiler): half the time of a step."""

    def loss(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(logits.float(), targets)

    compiled = _can_compile()
    if compiled:
        for block in network.blk:
            block.compile(dynamic=True)
    final = torch.compile(loss, dynamic=True) if compiled else loss

    def losses(tokens: torch.Tensor, positions: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        with torch.autocast(DEVICE, dtype=torch.bfloat16, enabled=_half_is_faster()):
            logits = network(tokens, positions)
        return final(logits, targets)

    return losses


@functools.cache
def _can_compile() -> bool:
    try:
        torch.compile(lambda x: x.sin() + 1)(torch.ones(8, device=DEVICE))
    except Exception as error:  # whatever is missing: compiler, headers, a driver
        print(f"torch.compile does not work here ({type(error).__name__}); training takes about twice as long", flush=True)
        return False
    return True


def _step(losses: Losses, network: Llama, optimizers: list[torch.optim.Optimizer], tokens: torch.Tensor, wanted: torch.Tensor) -> float:
    positions = wanted.reshape(-1).nonzero()[:, 0]
    targets = torch.roll(tokens, -1, 1).reshape(-1)[positions]
    loss = losses(tokens, positions, targets)
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
        left, right = torch.ones(2048, 256, dtype=kind, device=DEVICE), torch.ones(256, 768, dtype=kind, device=DEVICE)
        spent = []
        for _ in range(9):  # the first calls make the kernels, and another program may take the processor for one of them
            began = time.perf_counter()
            left @ right
            spent.append(time.perf_counter() - began)
        return min(spent)

    return DEVICE == "cuda" or seconds(torch.bfloat16) < seconds(torch.float32)


def text_batches(ids: np.ndarray, length: int = 128, rows: int = 64, seed: int = 0) -> Iterator[Batch]:
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
