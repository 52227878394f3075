"""What this machine can run: graphics cards with free memory now, RAM, processor, disk. Read anew whenever it is asked for.

NVIDIA through NVML; AMD and Intel through what their Linux drivers show in ``/sys/class/drm``; Apple's memory is shared with the
graphics part. Limits of a container (cgroup v2) count as the machine's RAM.
"""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from models.llama.backends import backend_for
from models.sources.files import free_bytes

GIB = 1024**3
CROWDED = 1.5  # processes that want to run for each core
_INSTRUCTIONS = ("avx", "avx2", "fma", "f16c", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "neon", "asimd", "i8mm", "sve")
_VENDORS = {"0x1002": "amd", "0x8086": "intel", "0x10de": "nvidia"}


@dataclass(frozen=True, slots=True)
class Card:
    """A graphics card. ``total`` and ``free`` in bytes; ``bandwidth`` in bytes a second, 0 where unknown.

    ``backend`` is how the llama.cpp here reaches it (``cuda``, ``vulkan`` …), empty where it was built without; ``address`` is its name there.
    """

    id: str
    name: str
    vendor: str
    total: int
    free: int
    bandwidth: float = 0.0
    unified: bool = False  # its memory is the machine's RAM
    backend: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """Everything that decides which models fit. Sizes in bytes."""

    ram: int
    ram_free: int
    cores: int
    threads: int
    processor: str
    instructions: tuple[str, ...]
    disk_free: int
    system: str
    cards: tuple[Card, ...] = ()

    @property
    def usable(self) -> tuple[Card, ...]:
        """The cards that models can use."""
        return tuple(card for card in self.cards if card.backend)

    def to_json(self) -> dict[str, Any]:
        """As the API and ``--json`` show it."""
        return {**asdict(self), "instructions": list(self.instructions), "cards": [asdict(card) for card in self.cards]}


def probe(models_folder: Path | None = None, root: Path = Path("/")) -> Machine:
    """This machine, now; its free disk is that of ``models_folder``, which need not be there yet. ``root`` is where ``/proc`` and ``/sys`` are looked for. Takes some ten milliseconds; NVML the first time 100."""
    import psutil

    memory = psutil.virtual_memory()
    limit, used = _container(root)
    total = min(memory.total, limit) if limit else memory.total
    free = min(memory.available, max(0, limit - used)) if limit else memory.available
    name, instructions = _processor(root)
    return Machine(
        total, free, psutil.cpu_count(logical=False) or psutil.cpu_count() or 1, psutil.cpu_count() or 1, name, instructions,
        free_bytes(models_folder or Path.home()), f"{platform.system()} {platform.machine()}", tuple(_cards(root, total, free)),
    )  # fmt: skip


def _container(root: Path) -> tuple[int, int]:
    """``(limit, used)`` of this control group in bytes; zeros where there is none."""
    try:
        limit = (root / "sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
        return (0, 0) if limit == "max" else (int(limit), int((root / "sys/fs/cgroup/memory.current").read_text(encoding="ascii")))
    except (OSError, ValueError):
        return 0, 0


def _processor(root: Path) -> tuple[str, tuple[str, ...]]:
    name, flags = platform.processor() or platform.machine(), set()
    try:
        for line in (root / "proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                name = value.strip()
            elif key.strip() in ("flags", "Features"):
                flags |= set(value.split())
    except OSError:
        name = _sysctl("machdep.cpu.brand_string") or name
    return name, tuple(flag for flag in _INSTRUCTIONS if flag in flags)


def _cards(root: Path, ram: int, ram_free: int) -> Iterator[Card]:
    yield from _nvidia()
    yield from _drm(root)
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        # Metal may hold about three quarters of the memory (recommendedMaxWorkingSetSize)
        yield Card("metal0", _sysctl("machdep.cpu.brand_string") or "Apple", "apple", ram * 3 // 4, min(ram_free, ram * 3 // 4), unified=True, backend=backend_for("apple"))


def _nvidia() -> Iterator[Card]:
    try:
        import pynvml

        pynvml.nvmlInit()
    except Exception:  # no library, no driver, no card: all mean none
        return
    try:
        for number in range(pynvml.nvmlDeviceGetCount()):
            handle = pynvml.nvmlDeviceGetHandleByIndex(number)
            memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
            name = pynvml.nvmlDeviceGetName(handle)
            uuid = pynvml.nvmlDeviceGetUUID(handle)
            yield Card(
                f"cuda{number}", _string(name), "nvidia", int(memory.total), int(memory.free), _nvidia_bandwidth(handle), backend=backend_for("nvidia"), address=_string(uuid)
            )  # fmt: skip
    finally:
        pynvml.nvmlShutdown()


def held(card: Card, process: int) -> int:
    """Bytes of a card that a process has, as its driver counts them (contexts and libraries included); 0 where it does not tell."""
    if card.vendor != "nvidia":
        return 0
    try:
        import pynvml

        pynvml.nvmlInit()
        try:
            running = pynvml.nvmlDeviceGetComputeRunningProcesses(pynvml.nvmlDeviceGetHandleByUUID(card.address))
            return next((int(one.usedGpuMemory or 0) for one in running if one.pid == process), 0)
        finally:
            pynvml.nvmlShutdown()
    except Exception:  # no library, no driver, no right: all mean that it is not known
        return 0


def _string(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _nvidia_bandwidth(handle: Any) -> float:
    """Bytes a second: twice the memory clock (both edges) times the width of the bus."""
    import pynvml

    try:
        return 2.0 * pynvml.nvmlDeviceGetMaxClockInfo(handle, pynvml.NVML_CLOCK_MEM) * 1e6 * pynvml.nvmlDeviceGetMemoryBusWidth(handle) / 8
    except pynvml.NVMLError:
        return 0.0


def _drm(root: Path) -> Iterator[Card]:
    """AMD (``mem_info_vram_*``) and Intel (``lmem_total_bytes``); what NVML has shown is passed over."""
    for number, folder in enumerate(sorted((root / "sys/class/drm").glob("card[0-9]*/device"))):
        vendor = _VENDORS.get(_text(folder / "vendor"), "")
        total = _text(folder / "mem_info_vram_total") or _text(folder / "lmem_total_bytes") or _text(folder.parent / "lmem_total_bytes")
        if vendor in ("amd", "intel") and total.isdigit() and int(total):
            used = _text(folder / "mem_info_vram_used")
            name = _text(folder / "product_name") or f"{vendor.upper() if vendor == 'amd' else 'Intel'} graphics"
            yield Card(f"{'rocm' if vendor == 'amd' else 'xe'}{number}", name, vendor, int(total), int(total) - int(used or 0), backend=backend_for(vendor))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _sysctl(name: str) -> str:
    try:
        return subprocess.run(["sysctl", "-n", name], capture_output=True, text=True, timeout=5, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def is_crowded() -> bool:
    """Whether other programs want so much of the processor that a speed measured now tells little; a model at work alone loads each core once at most."""
    return hasattr(os, "getloadavg") and os.getloadavg()[0] > CROWDED * (os.cpu_count() or 1)
