"""GGUF files made up for tests: real metadata and tensors of the right shapes, with nothing learnt in them; llama.cpp loads and runs them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Kind

_LARGE = 8_000_000  # elements of a matrix


@dataclass(frozen=True)
class Shape:
    """A made-up model. ``kind`` is how the matrices are stored."""

    architecture: str = "llama"
    layers: int = 4
    width: int = 256
    inner: int = 512
    heads: int = 8
    shared: int = 4  # heads of keys and values
    head: int = 0  # 0: width / heads
    vocabulary: int = 1024
    context: int = 4096
    window: int = 0
    experts: int = 0
    tied: bool = True
    kind: Kind = Kind.Q8_0
    label: str = ""  # how large its publisher says that it is ("3B")
    extra: dict[str, Any] = field(default_factory=dict)


def write(path: Path, shape: Shape, template: str = "") -> Path:
    """Write the file; the weights are small random numbers, the same every time."""
    writer = gguf.GGUFWriter(str(path), shape.architecture)
    _metadata(writer, shape, template)
    _Tensors(writer, shape).all()
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _metadata(writer: gguf.GGUFWriter, shape: Shape, template: str) -> None:
    head = shape.head or shape.width // shape.heads
    writer.add_name(f"made-up {shape.architecture}")
    if shape.label:
        writer.add_size_label(shape.label)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.inner)
    writer.add_vocab_size(shape.vocabulary)
    writer.add_layer_norm_rms_eps(1e-5)
    if shape.architecture == "mamba":
        writer.add_ssm_conv_kernel(4)
        writer.add_ssm_inner_size(shape.width * 2)
        writer.add_ssm_state_size(16)
        writer.add_ssm_time_step_rank(max(1, shape.width // 16))
        writer.add_head_count(0)
    else:
        writer.add_head_count(shape.heads)
        writer.add_head_count_kv(_lfm_heads(shape) if shape.architecture == "lfm2" else shape.shared)
        writer.add_key_length(head)
        writer.add_value_length(head)
        writer.add_rope_dimension_count(head)
        writer.add_rope_freq_base(10000.0)
    if shape.architecture == "lfm2":
        writer.add_uint32("lfm2.shortconv.l_cache", 3)
    if shape.window:
        writer.add_sliding_window(shape.window)
    if shape.experts:
        writer.add_expert_count(shape.experts)
        writer.add_expert_used_count(2)
    for key, value in shape.extra.items():
        writer.add_uint32(f"{shape.architecture}.{key}", value)
    _vocabulary(writer, shape.vocabulary, template)


def _lfm_heads(shape: Shape) -> list[int]:
    return [shape.shared if number % 3 == 2 else 0 for number in range(shape.layers)]


def _vocabulary(writer: gguf.GGUFWriter, size: int, template: str) -> None:
    tokens = [b"<unk>", b"<s>", b"</s>", *(f"<0x{byte:02X}>".encode() for byte in range(256))]
    tokens += ["\u2581".encode(), *(f"\u2581w{number}".encode() for number in range(size - len(tokens) - 1))]
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL, *[gguf.TokenType.BYTE] * 256]
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens[:size])
    writer.add_token_scores([0.0] * size)
    writer.add_token_types([*kinds, *[gguf.TokenType.NORMAL] * (size - len(kinds))][:size])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    if template:
        writer.add_chat_template(template)


class _Tensors:
    """The tensors of one architecture, by the names that llama.cpp looks for."""

    def __init__(self, writer: gguf.GGUFWriter, shape: Shape) -> None:
        self._writer, self._s, self._random = writer, shape, np.random.default_rng(0)

    def all(self) -> None:
        s = self._s
        self._matrix("token_embd.weight", s.vocabulary, s.width)
        self._norm("token_embd_norm.weight" if s.architecture == "lfm2" else "output_norm.weight", s.width)
        if not s.tied:
            self._matrix("output.weight", s.vocabulary, s.width)
        for number in range(s.layers):
            getattr(self, f"_{s.architecture.replace('-', '_')}", self._llama)(f"blk.{number}", number)

    def _matrix(self, name: str, rows: int, columns: int, *more: int) -> None:
        made = rows if rows * columns < _LARGE else 64  # of large matrices the first rows come again and again: quantising takes long
        values = (self._random.standard_normal((*more, made, columns)) * 0.02).astype(np.float32)
        packed = gguf.quantize(values, self._s.kind)
        whole = packed if made == rows else np.resize(packed.reshape(-1, packed.shape[-1]), (*more, rows, packed.shape[-1]))
        self._writer.add_tensor(name, whole, raw_dtype=self._s.kind)

    def _plain(self, name: str, *sizes: int) -> None:
        self._writer.add_tensor(name, (self._random.standard_normal(sizes) * 0.02).astype(np.float32))

    def _norm(self, name: str, width: int) -> None:
        self._writer.add_tensor(name, np.ones(width, np.float32))

    def _attention(self, block: str, shared: int) -> None:
        s, head = self._s, self._s.head or self._s.width // self._s.heads
        self._norm(f"{block}.attn_norm.weight", s.width)
        self._matrix(f"{block}.attn_q.weight", s.heads * head, s.width)
        self._matrix(f"{block}.attn_k.weight", shared * head, s.width)
        self._matrix(f"{block}.attn_v.weight", shared * head, s.width)
        self._matrix(f"{block}.attn_output.weight", s.width, s.heads * head)
        if s.architecture in ("qwen3", "gemma3", "lfm2"):
            self._norm(f"{block}.attn_q_norm.weight", head)
            self._norm(f"{block}.attn_k_norm.weight", head)

    def _forward(self, block: str) -> None:
        s = self._s
        self._norm(f"{block}.ffn_norm.weight", s.width)
        if s.experts:
            self._plain(f"{block}.ffn_gate_inp.weight", s.experts, s.width)
        suffix, more = ("_exps", (s.experts,)) if s.experts else ("", ())
        self._matrix(f"{block}.ffn_gate{suffix}.weight", s.inner, s.width, *more)
        self._matrix(f"{block}.ffn_up{suffix}.weight", s.inner, s.width, *more)
        self._matrix(f"{block}.ffn_down{suffix}.weight", s.width, s.inner, *more)

    def _llama(self, block: str, number: int) -> None:
        self._attention(block, self._s.shared)
        self._forward(block)

    def _qwen2(self, block: str, number: int) -> None:
        s, head = self._s, self._s.head or self._s.width // self._s.heads
        self._llama(block, number)
        for name, size in (("q", s.heads * head), ("k", s.shared * head), ("v", s.shared * head)):
            self._plain(f"{block}.attn_{name}.bias", size)

    def _gemma3(self, block: str, number: int) -> None:
        self._llama(block, number)
        self._norm(f"{block}.post_attention_norm.weight", self._s.width)
        self._norm(f"{block}.post_ffw_norm.weight", self._s.width)

    _gemma2 = _gemma3

    def _mamba(self, block: str, number: int) -> None:
        s, inner, rank = self._s, self._s.width * 2, max(1, self._s.width // 16)
        self._norm(f"{block}.attn_norm.weight", s.width)
        self._matrix(f"{block}.ssm_in.weight", inner * 2, s.width)
        self._plain(f"{block}.ssm_conv1d.weight", inner, 4)
        self._plain(f"{block}.ssm_conv1d.bias", inner)
        self._matrix(f"{block}.ssm_x.weight", rank + 32, inner)
        self._plain(f"{block}.ssm_dt.weight", inner, rank)
        self._plain(f"{block}.ssm_dt.bias", inner)
        self._writer.add_tensor(f"{block}.ssm_a", -np.ones((inner, 16), np.float32))
        self._norm(f"{block}.ssm_d", inner)
        self._matrix(f"{block}.ssm_out.weight", s.width, inner)

    def _lfm2(self, block: str, number: int) -> None:
        s, shared = self._s, _lfm_heads(self._s)[number]
        if shared:
            self._attention(block, shared)
        else:
            self._norm(f"{block}.attn_norm.weight", s.width)
            self._plain(f"{block}.shortconv.conv.weight", s.width, 3)
            self._matrix(f"{block}.shortconv.in_proj.weight", s.width * 3, s.width)
            self._matrix(f"{block}.shortconv.out_proj.weight", s.width, s.width)
        self._forward(block)
