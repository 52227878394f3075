"""The starter's network, a llama as llama.cpp runs it: RMSNorm, rotary positions in interleaved pairs, SwiGLU, tied embeddings.

Source: Touvron et al. 2023, "LLaMA"; the interleaved rotation is llama.cpp's NORM layout, so that no weight is permuted on export.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MAX_POSITIONS = 1024
EPSILON = 1e-5
ROPE_BASE = 10000.0


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes. ``width`` is a multiple of ``heads``."""

    vocabulary: int = 8192
    width: int = 256
    layers: int = 6
    heads: int = 4
    inner: int = 768


class Block(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width, inner = shape.width, shape.inner
        self.heads = shape.heads
        self.attn_norm, self.ffn_norm = nn.RMSNorm(width, eps=EPSILON), nn.RMSNorm(width, eps=EPSILON)
        self.attn_q, self.attn_k, self.attn_v, self.attn_output = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.ffn_gate, self.ffn_up, self.ffn_down = nn.Linear(width, inner, bias=False), nn.Linear(width, inner, bias=False), nn.Linear(inner, width, bias=False)

    def forward(self, x: Tensor, rotation: tuple[Tensor, Tensor], dropout: float) -> Tensor:
        batch, length, width = x.shape
        y = self.attn_norm(x)
        query, key, value = (layer(y).view(batch, length, self.heads, -1).transpose(1, 2) for layer in (self.attn_q, self.attn_k, self.attn_v))
        query, key = _rotate(query, *rotation), _rotate(key, *rotation)
        mixed = _attend(query.to(value.dtype), key.to(value.dtype), value)
        x = x + F.dropout(self.attn_output(mixed.transpose(1, 2).reshape(batch, length, width)), dropout, self.training)
        y = self.ffn_norm(x)
        return x + F.dropout(self.ffn_down(F.silu(self.ffn_gate(y)) * self.ffn_up(y)), dropout, self.training)


class Llama(nn.Module):
    """Token ids ``(batch, length)`` to logits ``(positions, vocabulary)`` at the flat ``positions``, or at all."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape, self.dropout = shape, 0.0
        self.token_embd = nn.Embedding(shape.vocabulary, shape.width)
        self.blk = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.output_norm = nn.RMSNorm(shape.width, eps=EPSILON)
        nn.init.normal_(self.token_embd.weight, std=0.02)
        for name, weight in self.named_parameters():
            if weight.ndim == 2 and name.startswith("blk"):
                deep = "output" in name or "down" in name
                nn.init.normal_(weight, std=0.03 / (2 * shape.layers) ** 0.5 if deep else 0.03)
        size = shape.width // shape.heads
        angles = torch.arange(MAX_POSITIONS).float()[:, None] * ROPE_BASE ** (-torch.arange(0, size, 2).float() / size)
        self.register_buffer("cosine", angles.cos(), persistent=False)
        self.register_buffer("sine", angles.sin(), persistent=False)

    def forward(self, tokens: Tensor, positions: Tensor | None = None) -> Tensor:
        x = self.token_embd(tokens)
        rotation = self.cosine[: tokens.shape[1]], self.sine[: tokens.shape[1]]
        for block in self.blk:
            x = block(x, rotation, self.dropout)
        x = self.output_norm(x).reshape(-1, self.shape.width)
        if positions is not None:
            x = x[positions]
        return F.linear(x, self.token_embd.weight.to(x.dtype))


def _attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Causal attention, ``(batch, heads, length, size)``. Written out on a processor: torch's fused one takes twice as long backwards at the lengths of requests."""
    if query.is_cuda:
        return F.scaled_dot_product_attention(query, key, value, is_causal=True)
    seen = torch.ones(query.shape[2], query.shape[2], dtype=torch.bool, device=query.device).tril()
    scores = (query @ key.transpose(-1, -2)) * query.shape[-1] ** -0.5
    return scores.masked_fill(~seen, float("-inf")).softmax(-1).to(value.dtype) @ value


def _rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cosine - odd * sine, even * sine + odd * cosine), -1).flatten(-2)
