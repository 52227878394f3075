"""Which cards models can use: what llama.cpp was built for, what a worker is shown, what it is built with."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer import cards
from models.llama import backends, engine

HEADERS = "#define VK_HEADER_VERSION {0}\n#define VK_HEADER_VERSION_COMPLETE VK_MAKE_API_VERSION(0, 1, 3, VK_HEADER_VERSION)\n"


def test_backends_are_told_by_the_libraries_beside() -> None:
    assert backends.named(["libggml-base.so", "libggml-cpu.so.0", "libllama.so", "libggml.so"]) == frozenset()
    assert backends.named(["libggml-cuda.so.0.25.3", "libggml-cpu.so"]) == {"cuda"}
    assert backends.named(["ggml-vulkan.dll", "ggml-base.dll"]) == {"vulkan"} and backends.named(["libggml-metal.0.dylib"]) == {"metal"}


@pytest.mark.parametrize(
    ("vendor", "built", "backend"),
    [
        ("nvidia", {"vulkan", "cuda"}, "cuda"),
        ("nvidia", {"vulkan"}, "vulkan"),
        ("nvidia", set(), ""),
        ("amd", {"cuda"}, ""),
        ("amd", {"hip"}, "hip"),
        ("apple", {"metal"}, "metal"),
        ("?", {"cuda"}, ""),
    ],
)
def test_a_card_is_reached_through_what_its_maker_allows(vendor: str, built: set[str], backend: str) -> None:
    assert backends.backend_for(vendor, frozenset(built)) == backend


def test_a_worker_sees_one_card_or_none() -> None:
    assert backends.environment()["CUDA_VISIBLE_DEVICES"] == "" and backends.environment()["GGML_VK_VISIBLE_DEVICES"] == ""
    shown = backends.environment("cuda", "GPU-12")
    assert shown["CUDA_VISIBLE_DEVICES"] == "GPU-12" and shown["GGML_VK_VISIBLE_DEVICES"] == "" and shown["HIP_VISIBLE_DEVICES"] == "-1"
    assert "GGML_VK_VISIBLE_DEVICES" not in backends.environment("vulkan") and backends.environment("vulkan")["CUDA_VISIBLE_DEVICES"] == ""


def test_what_is_pinned_for_a_card_is_memory_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    said = [
        "load_tensors:   CPU_Mapped model buffer size =    10.00 MiB", "load_tensors:        CUDA0 model buffer size =   100.00 MiB", "llama_kv_cache:      CUDA0 KV buffer size =    20.00 MiB",
        "llama_context:  CUDA_Host  output buffer size =     1.00 MiB", "x:      CUDA0 compute buffer size =    30.00 MiB", "x:  CUDA_Host compute buffer size =     4.00 MiB",
    ]  # fmt: skip
    monkeypatch.setattr(engine, "_heard", said)
    found = engine.buffers("cuda3")
    assert {device: round(sum(parts.values()) / 2**20) for device, parts in found.items()} == {"cpu": 15, "cuda3": 150}


def program(folder: Path, name: str, says: str = "") -> None:
    """A program that says something and ends."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\necho '{says}'\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A path with nothing on it."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv(cards.CHOICE, raising=False)
    monkeypatch.delenv("CUDA_PATH", raising=False)
    monkeypatch.setattr(cards, "_NVCC_PLACES", ())
    monkeypatch.setattr(cards.sys, "platform", "linux")
    return tmp_path


def test_without_a_card_nothing_is_said_and_the_processor_is_built_for(bare: Path) -> None:
    assert cards.build_for(bare) == ("", "", "")


def test_a_card_with_its_compiler_is_built_for_in_just_its_kind(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(bare / "bin", "nvidia-smi", "8.6\n8.6\n12.0")
    kind, flags, said = cards.build_for(bare)
    assert kind == "" and flags == "" and "NVIDIA" in said and "nvcc" in said and "DESKHAND_GPU=cuda" in said
    program(bare / "bin", "nvcc")
    kind, flags, said = cards.build_for(bare)
    assert kind == "cuda" and "-DCMAKE_CUDA_ARCHITECTURES=120-real;86-real" in flags and said == ""
    monkeypatch.setenv(cards.CHOICE, "none")
    assert cards.build_for(bare) == ("", "", "")


def test_vulkan_takes_headers_that_are_new_enough(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (bare / "sys/class/drm/card0/device").mkdir(parents=True)
    (bare / "sys/class/drm/card0/device/vendor").write_text("0x1002\n")
    assert "AMD" in cards.build_for(bare)[2] and "glslc" in cards.build_for(bare)[2]
    program(bare / "bin", "glslc")
    header = bare / "sdk/include/vulkan/vulkan_core.h"
    header.parent.mkdir(parents=True)
    monkeypatch.setenv("VULKAN_SDK", str(bare / "sdk"))
    header.write_text(HEADERS.format(239))
    assert cards.build_for(bare)[0] == ""
    header.write_text(HEADERS.format(309))
    assert cards.build_for(bare) == ("vulkan", "-DGGML_VULKAN=ON", "")


def test_a_wish_that_cannot_be_meant_is_said(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cards.CHOICE, "quantum")
    kind, flags, said = cards.build_for(bare)
    assert (kind, flags) == ("", "") and "quantum" in said and "vulkan" in said
