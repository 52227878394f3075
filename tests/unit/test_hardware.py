"""What the machine has: cards of each maker from what their drivers show, limits of a container, and a machine without anything."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from models import hardware


def card(root: Path, number: int, **files: str) -> None:
    folder = root / f"sys/class/drm/card{number}/device"
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text + "\n")


@pytest.fixture(autouse=True)
def no_nvidia(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = types.ModuleType("pynvml")
    monkeypatch.setitem(sys.modules, "pynvml", broken)


def test_a_machine_without_cards(tmp_path: Path) -> None:
    found = hardware.probe(root=tmp_path)
    assert found.cards == () and found.ram >= found.ram_free > 0 and found.cores >= 1 and found.disk_free > 0
    assert found.to_json()["cards"] == []


def test_amd_and_intel_from_what_their_drivers_show(tmp_path: Path) -> None:
    card(tmp_path, 0, vendor="0x1002", mem_info_vram_total="17163091968", mem_info_vram_used="1163091968", product_name="Radeon RX 7800 XT")
    card(tmp_path, 1, vendor="0x8086", lmem_total_bytes="8589934592")
    card(tmp_path, 2, vendor="0x1234", mem_info_vram_total="1")
    card(tmp_path, 3, vendor="0x1002", mem_info_vram_total="broken")
    amd, intel = hardware.probe(root=tmp_path).cards
    assert (amd.id, amd.name, amd.vendor, amd.total, amd.free) == ("rocm0", "Radeon RX 7800 XT", "amd", 17163091968, 16000000000)
    assert (intel.id, intel.vendor, intel.total) == ("xe1", "intel", 8589934592)


def test_nvidia_through_nvml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = types.ModuleType("pynvml")

    class NVMLError(Exception):
        pass

    answers = {
        "NVMLError": NVMLError, "NVML_CLOCK_MEM": 2, "nvmlInit": lambda: None, "nvmlShutdown": lambda: None, "nvmlDeviceGetCount": lambda: 1, "nvmlDeviceGetHandleByIndex": lambda number: number,
        "nvmlDeviceGetMemoryInfo": lambda handle: types.SimpleNamespace(total=24 * 10**9, free=20 * 10**9), "nvmlDeviceGetName": lambda handle: b"GeForce RTX 4090",
        "nvmlDeviceGetMaxClockInfo": lambda handle, kind: 10501, "nvmlDeviceGetMemoryBusWidth": lambda handle: 384,
    }  # fmt: skip
    for name, value in answers.items():
        setattr(nvml, name, value)
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    (found,) = hardware.probe(root=tmp_path).cards
    assert found.id == "cuda0" and found.name == "GeForce RTX 4090" and found.free == 20 * 10**9
    assert found.bandwidth == pytest.approx(1.008e12, rel=0.01)  # the published bandwidth of that card


def test_the_limit_of_a_container_counts(tmp_path: Path) -> None:
    folder = tmp_path / "sys/fs/cgroup"
    folder.mkdir(parents=True)
    (folder / "memory.max").write_text("1000000000\n")
    (folder / "memory.current").write_text("400000000\n")
    found = hardware.probe(root=tmp_path)
    assert found.ram == 1000000000 and found.ram_free <= 600000000
    (folder / "memory.max").write_text("max\n")
    assert hardware.probe(root=tmp_path).ram > 1000000000


def test_instructions_are_those_that_matter(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text("model name\t: A Processor\nflags\t\t: fpu avx avx2 fma avx512f sse\n")
    found = hardware.probe(root=tmp_path)
    assert found.processor == "A Processor" and found.instructions == ("avx", "avx2", "fma", "avx512f")
