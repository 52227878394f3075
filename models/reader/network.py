"""BERT's encoder in numpy, for one short text at a time: weights as bytes with a scale a row, computed in float32.

Source: Devlin et al. 2019; the weights began as sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0).
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy

HEADS, EPSILON = 12, 1e-12


class Encoder:
    """``run`` gives the logits of kinds and, for each token, of marks. About 25 ms and 60 MB of memory."""

    def __init__(self, path: Path) -> None:
        with numpy.load(path) as file:
            stored = {name: file[name] for name in file.files}
        self._table, self._table_scale = stored.pop("embeddings"), stored.pop("embeddings.scale")
        self._weights = {name: _wide(value, stored.get(name + ".scale")) for name, value in stored.items() if not name.endswith(".scale")}
        self._layers = sum(name.endswith(".query.weight") for name in self._weights)

    def run(self, ids: list[int], types: list[int]) -> tuple[Any, Any]:
        """``ids`` with those of ``[CLS]`` and ``[SEP]``; ``types`` is 1 where a token belongs to the request itself."""
        weights = self._weights
        x = self._table[ids].astype(numpy.float32) * self._table_scale[ids][:, None]
        x = _norm(x + weights["positions"][: len(ids)] + weights["types"][types], weights["norm.weight"], weights["norm.bias"])
        for layer in range(self._layers):
            x = self._layer(x, f"{layer}.")
        here = numpy.asarray(types, numpy.float32)[:, None]
        mean = (x * here).sum(0) / max(1.0, float(here.sum()))
        return self._linear(numpy.concatenate([x[0], mean]), "kind"), self._linear(x, "mark")

    def _linear(self, x: Any, name: str) -> Any:
        return x @ self._weights[name + ".weight"].T + self._weights[name + ".bias"]

    def _layer(self, x: Any, at: str) -> Any:
        count, width = x.shape
        query, key, value = (self._linear(x, at + name).reshape(count, HEADS, width // HEADS).transpose(1, 0, 2) for name in ("query", "key", "value"))
        scores = query @ key.transpose(0, 2, 1) / math.sqrt(width // HEADS)
        scores = numpy.exp(scores - scores.max(-1, keepdims=True))
        seen = (scores / scores.sum(-1, keepdims=True)) @ value
        x = _norm(x + self._linear(seen.transpose(1, 0, 2).reshape(count, width), at + "out"), self._weights[at + "norm1.weight"], self._weights[at + "norm1.bias"])
        return _norm(x + self._linear(_gelu(self._linear(x, at + "up")), at + "down"), self._weights[at + "norm2.weight"], self._weights[at + "norm2.bias"])


def _wide(value: Any, scale: Any) -> Any:
    return value.astype(numpy.float32) if scale is None else value.astype(numpy.float32) * scale.astype(numpy.float32)[:, None]


def _norm(x: Any, weight: Any, bias: Any) -> Any:
    centred = x - x.mean(-1, keepdims=True)
    return centred / numpy.sqrt((centred**2).mean(-1, keepdims=True) + EPSILON) * weight + bias


def _gelu(x: Any) -> Any:
    """``x Φ(x)``, with the error function by Abramowitz & Stegun 7.1.26 (error below 1.5e-7)."""
    z = numpy.abs(x) / math.sqrt(2)
    t = 1 / (1 + 0.3275911 * z)
    erf = 1 - (((((1.061405429 * t - 1.453152027) * t) + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t * numpy.exp(-z * z)
    return 0.5 * x * (1 + numpy.sign(x) * erf)
