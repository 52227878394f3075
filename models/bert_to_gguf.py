"""Sentence-embedding weights of the BERT kind (safetensors) as a GGUF that llama.cpp runs.

Source of the formats: safetensors (an eight-byte length, a JSON header, raw values), the names of ``transformers``' BertModel, and
llama.cpp's ``bert`` architecture with its WordPiece vocabulary, in which words begin with ``▁`` and continuations carry no mark.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_LAYER = {
    "attention.self.query": "attn_q", "attention.self.key": "attn_k", "attention.self.value": "attn_v", "attention.output.dense": "attn_output", "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up", "output.dense": "ffn_down", "output.LayerNorm": "layer_output_norm",
}  # fmt: skip
_OUTSIDE = {
    "embeddings.word_embeddings.weight": "token_embd.weight", "embeddings.position_embeddings.weight": "position_embd.weight", "embeddings.token_type_embeddings.weight": "token_types.weight",
    "embeddings.LayerNorm.weight": "token_embd_norm.weight", "embeddings.LayerNorm.bias": "token_embd_norm.bias",
}  # fmt: skip
_KINDS = {"F32": "<f4", "F16": "<f2"}
_SPECIAL = {"bos": "[CLS]", "sep": "[SEP]", "eos": "[SEP]", "unk": "[UNK]", "pad": "[PAD]", "mask": "[MASK]"}


def convert(weights: Path, vocabulary: Path, config: dict[str, Any], target: Path, name: str) -> Path:
    """Write ``target``: matrices in float16, the rest in float32. Raises :class:`ValueError` for tensors that are no BERT's."""
    import gguf
    import numpy as np

    writer = gguf.GGUFWriter(str(target), "bert")
    _metadata(writer, config, vocabulary.read_text(encoding="utf-8").splitlines(), name)
    for tensor, values in tensors(weights):
        if mapped := _name(tensor):
            small = values.ndim == 1 or mapped.startswith(("position_embd", "token_types"))
            writer.add_tensor(mapped, values.astype(np.float32 if small else np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target


def tensors(path: Path) -> Iterator[tuple[str, Any]]:
    """Name and values of every tensor of a safetensors file, mapped, not copied. Raises :class:`ValueError` for a file that is none."""
    import numpy as np

    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= 100_000_000:
            raise ValueError("not a safetensors file")
        header = json.loads(file.read(length))
    data = np.memmap(path, np.uint8, "r", 8 + length)
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] in _KINDS:
            begin, end = entry["data_offsets"]
            yield name, data[begin:end].view(_KINDS[entry["dtype"]]).reshape(entry["shape"])


def _name(tensor: str) -> str:
    """llama.cpp's name; empty for what it does not need (the pooler, position ids)."""
    tensor = tensor.removeprefix("bert.")
    if tensor in _OUTSIDE:
        return _OUTSIDE[tensor]
    if match := re.fullmatch(r"encoder\.layer\.(\d+)\.(.+)\.(weight|bias)", tensor):
        if match[2] not in _LAYER:
            raise ValueError(f"{tensor} is not known in a BERT")
        return f"blk.{match[1]}.{_LAYER[match[2]]}.{match[3]}"
    return ""


def _metadata(writer: Any, config: dict[str, Any], words: list[str], name: str) -> None:
    import gguf

    writer.add_name(name)
    writer.add_license("apache-2.0")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_vocab_size(len(words))
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_type_count(config["type_vocab_size"])
    special = set(_SPECIAL.values())
    writer.add_token_list([word if word.startswith("[") and word.endswith("]") else word[2:] if word.startswith("##") else f"\u2581{word}" for word in words])
    writer.add_token_types([gguf.TokenType.CONTROL if word in special else gguf.TokenType.NORMAL for word in words])
    ids = {word: number for number, word in enumerate(words)}
    for kind, word in _SPECIAL.items():
        getattr(writer, f"add_{kind}_token_id")(ids[word])
