"""The trained weights as a GGUF that llama.cpp runs: architecture ``llama``, byte-level BPE, Q8_0 or float16.

Source of the format: the GGUF specification in llama.cpp, written by the ``gguf`` package.
"""

from __future__ import annotations

import json
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType, quants

from models.starter.frames import ASK, END
from models.starter.training.network import EPSILON, ROPE_BASE, Llama

CONTEXT = 512  # tokens


def export(network: Llama, tokenizer: Path, target: Path, half: bool = False) -> None:
    """Write ``target``; Q8_0 unless ``half``. Norms stay in float32."""
    shape = network.shape
    writer = gguf.GGUFWriter(str(target), "llama")
    writer.add_name("deskhand-starter")
    writer.add_license("apache-2.0")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_rope_freq_base(ROPE_BASE)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16 if half else gguf.LlamaFileType.MOSTLY_Q8_0)
    _add_vocabulary(writer, json.loads(tokenizer.read_text(encoding="utf-8")), shape.vocabulary)
    for name, weight in network.state_dict().items():
        _add_weight(writer, name, weight.float().cpu().numpy(), half)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_vocabulary(writer: gguf.GGUFWriter, description: dict, size: int) -> None:
    texts, kinds = [""] * size, [gguf.TokenType.NORMAL] * size
    for text, number in description["model"]["vocab"].items():
        texts[number] = text
    for added in description["added_tokens"]:
        texts[added["id"]], kinds[added["id"]] = added["content"], gguf.TokenType.CONTROL
    writer.add_vocab_size(size)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(texts)
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in description["model"]["merges"]])
    writer.add_token_types(kinds)
    writer.add_bos_token_id(texts.index(ASK))
    writer.add_eos_token_id(texts.index(END))
    writer.add_pad_token_id(0)
    writer.add_add_bos_token(False)


def _add_weight(writer: gguf.GGUFWriter, name: str, weight: np.ndarray, half: bool) -> None:
    if weight.ndim == 1:
        writer.add_tensor(name, weight.astype(np.float32))
    elif half:
        writer.add_tensor(name, weight.astype(np.float16))
    else:
        writer.add_tensor(name, quants.quantize(weight.astype(np.float32), GGMLQuantizationType.Q8_0), raw_dtype=GGMLQuantizationType.Q8_0)
