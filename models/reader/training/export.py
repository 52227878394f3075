"""The trained network as ``reader.npz``: matrices as bytes with a scale a row, the rest in float16."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy

_OUTSIDE = {
    "encoder.embeddings.word_embeddings.weight": "embeddings", "encoder.embeddings.position_embeddings.weight": "positions", "encoder.embeddings.token_type_embeddings.weight": "types",
    "encoder.embeddings.LayerNorm.weight": "norm.weight", "encoder.embeddings.LayerNorm.bias": "norm.bias",
}  # fmt: skip
_LAYER = {
    "attention.self.query": "query", "attention.self.key": "key", "attention.self.value": "value", "attention.output.dense": "out", "attention.output.LayerNorm": "norm1",
    "intermediate.dense": "up", "output.dense": "down", "output.LayerNorm": "norm2",
}  # fmt: skip
POSITIONS = 160  # of the encoder's 512; more than a request has


def save(network: Any, path: Path) -> None:
    """Write what :class:`models.reader.network.Encoder` reads."""
    kept: dict[str, Any] = {}
    for name, tensor in network.state_dict().items():
        if mapped := _name(name):
            values = tensor.detach().cpu().numpy()
            kept |= _stored(mapped, values[:POSITIONS] if mapped == "positions" else values)
    numpy.savez_compressed(path, **kept)


def _name(name: str) -> str:
    if name in _OUTSIDE:
        return _OUTSIDE[name]
    if name.startswith(("kind.", "mark.")):
        return name
    parts = name.split(".")
    if parts[:3] != ["encoder", "encoder", "layer"]:
        return ""
    inner, last = ".".join(parts[4:-1]), parts[-1]
    return f"{parts[3]}.{_LAYER[inner]}.{last}" if inner in _LAYER else ""


def _stored(name: str, values: Any) -> dict[str, Any]:
    if values.ndim < 2 or name in ("positions", "types"):
        return {name: values.astype(numpy.float16)}
    scale = numpy.abs(values).max(-1) / 127 + 1e-12
    return {name: numpy.round(values / scale[:, None]).astype(numpy.int8), f"{name}.scale": scale.astype(numpy.float32)}
