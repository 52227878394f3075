"""Which graphics cards the llama.cpp here was built for, and how a worker is given one card or none.

Told by the libraries that lie beside it: nothing is loaded, so that this costs the core neither time nor memory of a card.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from functools import cache
from pathlib import Path

KNOWN = ("cuda", "hip", "metal", "sycl", "vulkan")
# by vendor, the better one first
_SUITS = {"nvidia": ("cuda", "vulkan"), "amd": ("hip", "vulkan"), "intel": ("sycl", "vulkan"), "apple": ("metal",)}
# The variable by which each backend's runtime shows a process only some cards. Vulkan numbers its devices in an order of its own.
_SHOWN_BY = {"cuda": "CUDA_VISIBLE_DEVICES", "hip": "HIP_VISIBLE_DEVICES"}
# An empty list hides every card; a backend that sees none takes no memory on any (CUDA: some 500 MB for its context alone).
_HIDDEN = {"CUDA_VISIBLE_DEVICES": "", "HIP_VISIBLE_DEVICES": "-1", "GGML_VK_VISIBLE_DEVICES": ""}


@cache
def built() -> frozenset[str]:
    """The backends of the installed llama.cpp, beside the processor's own."""
    return named(path.name for path in _libraries())


@cache
def build() -> str:
    """What tells one build of llama.cpp from another: sizes and times of its libraries. Empty where none is installed."""
    files = [(path.name, path.stat()) for path in _libraries() if "llama" in path.name]
    return " ".join(f"{name}:{file.st_size}:{file.st_mtime_ns}" for name, file in sorted(files, key=lambda pair: pair[0]))


def _libraries() -> list[Path]:
    found = importlib.util.find_spec("llama_cpp")
    folders = [Path(place) / "lib" for place in (found.submodule_search_locations or ())] if found else []
    return [path for folder in folders if folder.is_dir() for path in folder.iterdir()]


def named(libraries: Iterable[str]) -> frozenset[str]:
    """Backends by the names of their libraries: ``libggml-cuda.so``, ``ggml-vulkan.dll``, ``libggml-metal.0.dylib``."""
    stems = {name.removeprefix("lib").partition(".")[0].removeprefix("ggml-") for name in libraries if "ggml-" in name}
    return frozenset(stems & set(KNOWN))


def backend_for(vendor: str, known: frozenset[str] | None = None) -> str:
    """How this llama.cpp reaches a card of ``vendor``; empty where it cannot."""
    known = built() if known is None else known
    return next((backend for backend in _SUITS.get(vendor, ()) if backend in known), "")


def environment(backend: str = "", address: str = "") -> dict[str, str]:
    """Variables for a worker that may use one card (``address``: as the backend's runtime knows it), or none where ``backend`` is empty."""
    if not backend:
        return dict(_HIDDEN)
    shown = _SHOWN_BY.get(backend)
    hidden = {name: value for name, value in _HIDDEN.items() if name != shown and not (backend == "vulkan" and name.startswith("GGML_VK"))}
    return {**hidden, **({shown: address} if shown and address else {})}
