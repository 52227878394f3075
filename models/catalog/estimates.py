"""What a file takes of which no more is known than its size: for files that were not read yet, of the catalogue or of the hub.

Weights: the size of the file and a twentieth (as Llama-macOS reckons). Cache: ``CACHE · billions ** 0.4`` bytes a token, above what nine
of ten models of the catalogue take whose shape is known (a test says so): too much is asked for rather than too little.
"""

from __future__ import annotations

from pathlib import Path

from models.gguf_file import GgufInfo, Layer

CACHE = 90_000  # bytes a token, in f16, of a model of a billion parameters
WEIGHTS = 1.05
_LAYERS = 32  # how many there are is not known, nor how large the output is: all parts are taken as equal
_WIDTH, _VOCABULARY = 2048, 151_936  # of a model of a billion parameters, for the compute buffers


def cache_bytes(parameters: float) -> int:
    """Bytes of cache a token in f16 for so many parameters."""
    return round(CACHE * (parameters / 1e9) ** 0.4)


def estimated_file(
    name: str, architecture: str, size: int, parameters: float, context: int, quantisation: str, cache_token: int = 0, looked_up: int = 0, active: float = 1.0
) -> GgufInfo:
    """A file of ``size`` bytes as it would describe itself; ``parameters`` 0: some 4.85 bits each. ``active``: the share that one token reads."""
    parameters = parameters or size * 8 / 4.85
    token = cache_token or cache_bytes(parameters)
    weights = round((size * WEIGHTS - looked_up) / (_LAYERS + 1))
    width = round(_WIDTH * (parameters / 1e9) ** 0.35 / 256) * 256
    layer = Layer(round(token / _LAYERS / 4), round(token / _LAYERS / 4), 0, 0, weights)
    return GgufInfo(
        Path(f"{name}.gguf"), architecture, name, size, round(parameters), quantisation, context, width, 4 * width, 32,
        _VOCABULARY, 0, 0, (layer,) * _LAYERS, looked_up, weights, "", "", False, active,
    )  # fmt: skip
