"""A BERT in numpy, as its paper says it (Devlin et al. 2018), mean over tokens, unit length: what converted weights are compared with."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

Weights = dict[str, Any]


def made_up(folder: Path, words: list[str], layers: int = 2, width: int = 64, heads: int = 4, inner: int = 128) -> Path:
    """A folder with random weights, a vocabulary and a configuration, as the hub has them."""
    random, positions = np.random.default_rng(1), 64
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    tensors = {
        "embeddings.word_embeddings.weight": (len(vocabulary), width), "embeddings.position_embeddings.weight": (positions, width), "embeddings.token_type_embeddings.weight": (2, width),
        "embeddings.LayerNorm.weight": (width,), "embeddings.LayerNorm.bias": (width,), "pooler.dense.weight": (width, width),
    }  # fmt: skip
    for layer in range(layers):
        for name, out, size in (
            ("attention.self.query", width, width), ("attention.self.key", width, width), ("attention.self.value", width, width), ("attention.output.dense", width, width),
            ("intermediate.dense", inner, width), ("output.dense", width, inner),
        ):  # fmt: skip
            tensors |= {f"encoder.layer.{layer}.{name}.weight": (out, size), f"encoder.layer.{layer}.{name}.bias": (out,)}
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            tensors |= {f"encoder.layer.{layer}.{name}.weight": (width,), f"encoder.layer.{layer}.{name}.bias": (width,)}
    values = {name: (random.standard_normal(shape) * (0.3 if len(shape) > 1 else 0.1) + ("LayerNorm.weight" in name)).astype("<f4") for name, shape in tensors.items()}
    _write_safetensors(folder / "model.safetensors", values)
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    config = {
        "max_position_embeddings": positions,
        "hidden_size": width,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "layer_norm_eps": 1e-12,
        "type_vocab_size": 2,
    }
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def _write_safetensors(path: Path, values: Weights) -> None:
    header, at = {}, 0
    for name, array in values.items():
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [at, at + array.nbytes]}
        at += array.nbytes
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(array.tobytes() for array in values.values()))


def tokenizer(vocabulary: list[str]) -> Tokenizer:
    """WordPiece as ``bert-base-uncased`` does it."""
    from tokenizers import models, normalizers, pre_tokenizers, processors

    ids = {word: number for number, word in enumerate(vocabulary)}
    made = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))
    made.normalizer, made.pre_tokenizer = normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.BertProcessing(("[SEP]", ids["[SEP]"]), ("[CLS]", ids["[CLS]"]))
    return made


def embed(weights: Weights, config: dict[str, Any], ids: list[int]) -> Any:
    """The unit vector of one text."""
    heads, eps = config["num_attention_heads"], config["layer_norm_eps"]

    def norm(x: Any, name: str) -> Any:
        mean, spread = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        return (x - mean) / np.sqrt(spread + eps) * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def linear(x: Any, name: str) -> Any:
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    x = weights["embeddings.word_embeddings.weight"][ids] + weights["embeddings.position_embeddings.weight"][: len(ids)] + weights["embeddings.token_type_embeddings.weight"][0]
    x = norm(x, "embeddings.LayerNorm")
    for layer in range(config["num_hidden_layers"]):
        block = f"encoder.layer.{layer}"
        q, k, v = (linear(x, f"{block}.attention.self.{part}").reshape(len(ids), heads, -1).transpose(1, 0, 2) for part in ("query", "key", "value"))
        scores = q @ k.transpose(0, 2, 1) / math.sqrt(q.shape[-1])
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = ((scores / scores.sum(-1, keepdims=True)) @ v).transpose(1, 0, 2).reshape(len(ids), -1)
        x = norm(x + linear(mixed, f"{block}.attention.output.dense"), f"{block}.attention.output.LayerNorm")
        inner = linear(x, f"{block}.intermediate.dense")
        inner = inner * 0.5 * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
        x = norm(x + linear(inner, f"{block}.output.dense"), f"{block}.output.LayerNorm")
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)
