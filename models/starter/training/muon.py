"""Muon in the precision that is given: torch's own computes in bfloat16, which takes seconds a step where the processor has no instructions for it.

Source: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks": momentum, orthogonalised by a quintic Newton-Schulz iteration.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

COEFFICIENTS = (3.4445, -4.7750, 2.0315)


class Muon(torch.optim.Optimizer):
    """For matrices only. ``lr`` is per step, relative to the square root of the larger side over the smaller; ``kind`` is what the iteration computes in."""

    def __init__(self, matrices: Iterable[Tensor], lr: float = 0.02, momentum: float = 0.95, weight_decay: float = 0.01, kind: torch.dtype = torch.float32) -> None:
        super().__init__(matrices, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        self._kind = kind

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One step; matrices of one shape are orthogonalised together."""
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[Tensor]] = {}
            for matrix in group["params"]:
                if matrix.grad is not None:
                    by_shape.setdefault(matrix.shape, []).append(matrix)
            for shape, matrices in by_shape.items():
                updates = orthogonal(torch.stack([self._momentum(matrix, group["momentum"]) for matrix in matrices]).to(self._kind)).float()
                for matrix, update in zip(matrices, updates, strict=True):
                    matrix.mul_(1 - group["lr"] * group["weight_decay"])
                    matrix.add_(update, alpha=-group["lr"] * max(1.0, shape[0] / shape[1]) ** 0.5)

    def _momentum(self, matrix: Tensor, momentum: float) -> Tensor:
        state = self.state[matrix]
        if "buffer" not in state:
            state["buffer"] = torch.zeros_like(matrix)
        state["buffer"].lerp_(matrix.grad, 1 - momentum)
        return matrix.grad.lerp(state["buffer"], momentum)


def orthogonal(x: Tensor, rounds: int = 5) -> Tensor:
    """The nearest thing with all singular values near 1; ``x`` is ``(batch, rows, columns)``."""
    a, b, c = COEFFICIENTS
    tall = x.shape[1] > x.shape[2]
    x = x.transpose(1, 2) if tall else x
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(rounds):
        square = x @ x.transpose(1, 2)
        x = a * x + (b * square + c * square @ square) @ x
    return x.transpose(1, 2) if tall else x
