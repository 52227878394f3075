"""What a GGUF says about itself, and what that costs: layers, heads, caches for each layer, bytes of each part.

Source of the format: the GGUF specification, read by the ``gguf`` package; of the caches: ``llama.cpp``'s ``llama-hparams`` (which
layers look at a window, which are recurrent) as of the version that requirements-llama.lock names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import ModelError
from models.sources.store import files_of, size_of
from models.sources.verification import read_head, require_gguf

# layers that look at a window only, where the file does not say: every n-th looks at everything (llama.cpp: set_swa_pattern)
_WINDOW_PERIOD = {"gemma2": 2, "gemma3": 6, "gemma3n": 5, "gpt-oss": 2, "cohere2": 4, "llama4": 4, "exaone4": 4, "olmo2": 4, "smallthinker": 4, "mimo2": 6}
_WINDOW_DEFAULT = {"llama4": 8192}
_GLOBAL_FIRST = frozenset({"smallthinker"})
_RECURRENT = frozenset({"mamba", "mamba2", "rwkv6", "rwkv7", "rwkv6qwen2", "arwkv7"})
_TOOL_STYLES = (
    ("hermes", r"<tool_call>"), ("mistral", r"\[TOOL_CALLS\]"), ("llama", r"<\|python_tag\|>|\"parameters\":"), ("functionary", r">>>|<function="), ("gemma", r"tool_code|```tool"),
    ("harmony", r"<\|channel\|>"), ("deepseek", r"tool▁call"), ("command", r"<\|START_ACTION\|>|Action:"), ("glm", r"<arg_key>"), ("granite", r"<\|tool_call\|>|<response>"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layer:
    """What one layer keeps of a conversation. ``key`` and ``value`` in elements a token; ``window`` in tokens, 0: all; ``state`` in bytes, once."""

    key: int
    value: int
    window: int
    state: int
    weights: int  # bytes


@dataclass(frozen=True, slots=True)
class GgufInfo:
    """A model file. Sizes in bytes; ``embedding`` and ``output`` are the parts outside the layers."""

    path: Path
    architecture: str
    name: str
    size: int
    parameters: int
    quantisation: str
    context: int  # tokens it was trained on
    width: int
    inner: int
    heads: int
    vocabulary: int
    experts: int
    experts_used: int
    layers: tuple[Layer, ...]
    embedding: int
    output: int  # 0: the embedding serves as output
    template: str
    tool_style: str
    embeds: bool
    active: float  # share of the layers' weights that one token reads; 1 unless it is a mixture

    @property
    def weights(self) -> int:
        """Bytes of all tensors."""
        return self.embedding + self.output + sum(layer.weights for layer in self.layers)

    @property
    def read_per_token(self) -> int:
        """Bytes that are read to make one token: not what is only looked up, and of a mixture only what speaks."""
        return round(sum(layer.weights for layer in self.layers) * self.active) + (self.output or self.embedding)

    @property
    def kind(self) -> str:
        """``dense``, ``sliding window``, ``recurrent`` or ``hybrid``: what its cache is like."""
        state, keys = any(layer.state for layer in self.layers), any(layer.key for layer in self.layers)
        return "hybrid" if state and keys else "recurrent" if state else "sliding window" if any(layer.window for layer in self.layers) else "dense"


def read(path: Path) -> GgufInfo:
    """Read the header of a model, of all parts where it is split. Raises :class:`ModelError` for what is no GGUF, is cut short, or has no layers."""
    readers = [_open(file) for file in files_of(path)]
    try:
        fields = readers[0].fields
        architecture = str(fields["general.architecture"].contents())
        return _info(path, architecture, fields, [tensor for reader in readers for tensor in reader.tensors])
    except ModelError:
        raise
    except Exception as error:  # whatever a header that makes no sense leads to
        raise _damaged(path.name, f"its header makes no sense ({error})") from error


def require_whole(path: Path, name: str = "") -> None:
    """Raises :class:`ModelError` ``not_gguf`` where one file is something else or ends before its last tensor. ``name``: what it will be called."""
    _open(path, name)


def _open(path: Path, name: str = "") -> Any:
    """The reader of one file. It looks at each tensor's place, so that a file that ends too early is noticed."""
    from models.gguf_header import HeaderReader

    try:
        require_gguf(name or path.name, read_head(path))
        return HeaderReader(str(path))
    except FileNotFoundError as error:
        raise ModelError(f"{path.name} is missing.", code="not_whole", hint="A model in several parts needs all of them: fetch it again.") from error
    except OSError as error:
        raise ModelError(f"{path.name} cannot be read: {error.strerror}.", code="not_whole", hint="Look at its permissions and the disk.") from error
    except ModelError:
        raise
    except Exception as error:  # whatever the end of the file, or bytes that make no sense, lead the reader to
        raise _damaged(name or path.name, "it is cut short or damaged") from error


def _damaged(name: str, how: str) -> ModelError:
    return ModelError(f"{name} is not a whole GGUF file: {how}.", code="not_gguf", hint="Download it again, or choose another file.")


class _Fields:
    """Metadata of one architecture, with defaults; numbers may stand once or for each layer."""

    def __init__(self, architecture: str, fields: dict[str, Any]) -> None:
        self._architecture, self._fields = architecture, fields

    def get(self, name: str, default: Any = 0) -> Any:
        field = self._fields.get(name if "." in name and name.startswith(("general.", "tokenizer.")) else f"{self._architecture}.{name}")
        return default if field is None else field.contents()

    def number(self, name: str, default: int = 0) -> int:
        value = self.get(name, default)
        return max(map(int, value), default=default) if isinstance(value, list) else int(value)

    def each(self, name: str, count: int, default: int = 0) -> list[int]:
        value = self.get(name, default)
        return [int(item) for item in value][:count] if isinstance(value, list) else [int(value)] * count


def _info(path: Path, architecture: str, fields: dict[str, Any], tensors: list[Any]) -> GgufInfo:
    found = _Fields(architecture, fields)
    count = found.number("block_count")
    if not count:
        raise ModelError(f"{path.name} has no layers: it is not a language model.", code="not_a_language_model", hint="Projectors and adapters cannot be used alone.")
    template = str(found.get("tokenizer.chat_template", ""))
    weights, embedding, output, experts = [0] * count, 0, 0, 0
    kinds: dict[str, int] = {}
    for tensor in tensors:
        if match := re.match(r"blk\.(\d+)\.", tensor.name):
            weights[min(int(match[1]), count - 1)] += int(tensor.n_bytes)
            experts += int(tensor.n_bytes) if "_exps." in tensor.name else 0
        elif tensor.name == "output.weight":
            output += int(tensor.n_bytes)
        else:
            embedding += int(tensor.n_bytes)
        kinds[tensor.tensor_type.name] = kinds.get(tensor.tensor_type.name, 0) + int(tensor.n_bytes)
    tokens = fields.get("tokenizer.ggml.tokens")
    return GgufInfo(
        path, architecture, str(found.get("general.name", path.stem)), size_of(path), sum(int(tensor.n_elements) for tensor in tensors), max(kinds, key=lambda kind: kinds[kind]),
        found.number("context_length"), found.number("embedding_length"), found.number("feed_forward_length"), found.number("attention.head_count"),
        found.number("vocab_size") or (len(tokens.data) if tokens is not None else 0), found.number("expert_count"), found.number("expert_used_count"),
        tuple(_layers(architecture, found, count, weights)), embedding, output, template, tool_style(template), bool(found.get("pooling_type", 0)) or "bert" in architecture,
        _active(found, sum(weights), experts),
    )  # fmt: skip


def _active(found: _Fields, weights: int, experts: int) -> float:
    """The share of the layers' bytes that one token reads: of the experts only those that are chosen for it."""
    idle = 1 - found.number("expert_used_count") / count if (count := found.number("expert_count")) else 0.0
    return round(1 - idle * experts / weights, 4) if weights else 1.0


def _layers(architecture: str, found: _Fields, count: int, weights: list[int]) -> list[Layer]:
    heads = found.each("attention.head_count", count)
    shared = found.each("attention.head_count_kv", count) if found.get("attention.head_count_kv", None) is not None else heads
    size = found.number("embedding_length") // max(1, max(heads))
    key, value = found.number("attention.key_length", size), found.number("attention.value_length", size)
    windows, states = _windows(architecture, found, count), _states(architecture, found, count, shared)
    keeps = count - found.number("attention.shared_kv_layers")
    layers = []
    for number in range(count):
        attends = architecture not in _RECURRENT and shared[number] > 0 and number < keeps and not (states[number] and architecture != "falcon-h1")
        layers.append(Layer(*_widths(found, shared[number], key, value) if attends else (0, 0), windows[number] if attends else 0, states[number], weights[number]))
    return layers


def _widths(found: _Fields, shared: int, key: int, value: int) -> tuple[int, int]:
    """Elements of key and value a token; latent attention (DeepSeek) keeps one compressed vector and no value."""
    if rank := found.number("attention.kv_lora_rank"):
        return (rank + found.number("rope.dimension_count"), 0) if found.number("attention.key_length_mla") else (shared * key, shared * value)
    return shared * key, shared * value


def _windows(architecture: str, found: _Fields, count: int) -> list[int]:
    window = found.number("attention.sliding_window", _WINDOW_DEFAULT.get(architecture, 0))
    pattern = found.get("attention.sliding_window_pattern", None)
    if isinstance(pattern, list):
        return [window if bool(looks) else 0 for looks in pattern][:count]
    period = int(pattern) if pattern else _WINDOW_PERIOD.get(architecture, 0)
    if not window or not period:
        return [0] * count  # other architectures that name a window are run without one by llama.cpp
    if architecture in _GLOBAL_FIRST:
        return [0 if number % period == 0 else window for number in range(count)]
    return [window if number % period < period - 1 else 0 for number in range(count)]


def _states(architecture: str, found: _Fields, count: int, shared: list[int]) -> list[int]:
    """Bytes of recurrent state for each layer, in float32, for one sequence."""
    if size := found.number("wkv.head_size"):
        width = found.number("embedding_length")
        return [4 * (found.number("token_shift_count", 2) * width + width * size)] * count
    if kernel := found.number("shortconv.l_cache"):
        return [0 if heads else 4 * (kernel - 1) * found.number("embedding_length") for heads in shared]
    inner, state, kernel = found.number("ssm.inner_size"), found.number("ssm.state_size"), found.number("ssm.conv_kernel")
    if not inner:
        return [0] * count
    groups = found.number("ssm.group_count")
    bytes_ = 4 * ((kernel - 1) * (inner + 2 * groups * state) + state * inner)
    if architecture in _RECURRENT or architecture == "falcon-h1":
        return [bytes_] * count
    if interval := found.number("full_attention_interval", 4 if architecture == "qwen3next" else 0):
        return [0 if (number + 1) % interval == 0 else bytes_ for number in range(count)]
    return [0 if heads else bytes_ for heads in shared]


def tool_style(template: str) -> str:
    """How the template writes calls of tools; empty where it knows none."""
    if not re.search(r"\btools?\b", template):
        return ""
    return next((name for name, pattern in _TOOL_STYLES if re.search(pattern, template)), "json")
