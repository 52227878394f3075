"""For which graphics card llama.cpp is built: what is there, and whether what building for it takes is there too. Standard library only.

``DESKHAND_GPU`` decides where the machine shall not: ``off``, ``cuda``, ``vulkan`` or ``hip``. macOS needs nothing: Metal is always built.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

CHOICE = "DESKHAND_GPU"
OFF, KINDS = ("off", "none", "cpu"), ("cuda", "vulkan", "hip")
_NVCC_PLACES = ("/usr/local/cuda/bin", "/opt/cuda/bin")
_VULKAN_PACKAGES, _VULKAN_HEADERS = "libvulkan-dev glslc spirv-headers", (1, 3, 272)  # llama.cpp uses VK_EXT_layer_settings; Debian 12's are 1.3.239
_VENDORS = {"0x1002": "AMD", "0x10de": "NVIDIA"}


def build_for(root: Path = Path("/")) -> tuple[str, str, str]:
    """``(kind, CMake options, what is to be said)``; the kind is empty for the processor alone. ``root`` is where ``/sys`` is looked for."""
    wish = wished()
    if sys.platform == "darwin" or wish == "off":
        return "", "-DGGML_METAL=OFF" if sys.platform == "darwin" and wish == "off" else "", ""
    if wish and wish not in KINDS:
        return "", "", f"{CHOICE} is {wish!r}; it can be {', '.join(('off', *KINDS))}. Models run on the processor."
    capabilities = _nvidia()
    vendor = "NVIDIA" if capabilities else _vendor(root)
    if (wish or ("cuda" if capabilities else "")) == "cuda" and (compiler := _nvcc()):
        return "cuda", _cuda(compiler, capabilities), ""
    if (wish == "vulkan" or (not wish and vendor)) and _vulkan():
        return "vulkan", "-DGGML_VULKAN=ON", ""
    if wish == "hip" and shutil.which("hipcc"):
        return "hip", "-DGGML_HIP=ON", ""
    return "", "", _missing(wish, vendor)


def wished() -> str:
    """What ``DESKHAND_GPU`` says; ``off`` for each of its spellings, empty where it is not set."""
    wish = os.environ.get(CHOICE, "").strip().lower()
    return "off" if wish in OFF else wish


def _missing(wish: str, vendor: str) -> str:
    """What would have to be installed for a card that is there or was asked for."""
    if not wish and not vendor:
        return ""
    needed = {
        "cuda": "the CUDA toolkit (nvcc)",
        "hip": "ROCm (hipcc)",
        "vulkan": f"what Vulkan programs are built with, {'.'.join(map(str, _VULKAN_HEADERS))} or newer (from Debian 13 on: sudo apt-get install {_VULKAN_PACKAGES})",
    }
    kinds = [wish] if wish else ["cuda", "vulkan"] if vendor == "NVIDIA" else ["vulkan"]
    ways = ", or ".join(f"{needed[kind]} and then {CHOICE}={kind} ./deskhand" for kind in kinds)
    return f"Models run on the processor. For {f'the {vendor} card' if vendor else wish} it takes {ways}."


def _cuda(compiler: str, capabilities: list[str]) -> str:
    """For the cards that are here: all kinds that llama.cpp knows would take an hour."""
    kinds = ";".join(f"{capability.replace('.', '')}-real" for capability in capabilities) or "native"
    return f"-DGGML_CUDA=ON -DGGML_CUDA_NCCL=OFF -DCMAKE_CUDA_COMPILER={compiler} -DCMAKE_CUDA_ARCHITECTURES={kinds}"


def _nvidia() -> list[str]:
    """Compute capabilities of the NVIDIA cards, ``["8.6"]``; none without card or driver."""
    try:
        said = subprocess.run(["nvidia-smi", "--query-gpu=compute_cap", "--format=csv,noheader"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return sorted({line.strip() for line in said.splitlines() if line.strip().replace(".", "").isdigit()})


def _nvcc() -> str:
    places = [*([str(Path(given) / "bin")] if (given := os.environ.get("CUDA_PATH")) else []), *_NVCC_PLACES]
    found = shutil.which("nvcc") or shutil.which("nvcc", path=os.pathsep.join(places))
    return Path(found).as_posix() if found else ""


def _vulkan() -> bool:
    """Whether there is a compiler for shaders, and headers that are new enough."""
    folders = [*([Path(given)] if (given := os.environ.get("VULKAN_SDK")) else []), Path("/usr/local"), Path("/usr")]
    headers = [folder / kind / "vulkan" / "vulkan_core.h" for folder in folders for kind in ("include", "Include")]
    found = next((header for header in headers if header.is_file()), None)
    return bool(shutil.which("glslc")) and found is not None and header_version(found.read_text(encoding="utf-8", errors="replace")) >= _VULKAN_HEADERS


def header_version(text: str) -> tuple[int, int, int]:
    """The version that ``vulkan_core.h`` states of itself; zeros where it states none."""
    whole = re.search(r"#define VK_HEADER_VERSION_COMPLETE VK_MAKE_API_VERSION\(0, (\d+), (\d+), VK_HEADER_VERSION\)", text)
    last = re.search(r"#define VK_HEADER_VERSION (\d+)", text)
    return (int(whole[1]), int(whole[2]), int(last[1])) if whole and last else (0, 0, 0)


def _vendor(root: Path) -> str:
    """Whose card with memory of its own the system shows; Linux only."""
    for device in sorted((root / "sys/class/drm").glob("card[0-9]*/device")):
        try:
            vendor = _VENDORS.get((device / "vendor").read_text(encoding="ascii").strip(), "")
        except (OSError, ValueError):
            continue
        if vendor:
            return vendor
    return ""
