"""llama-cpp-python inside the worker. The only module that imports ``llama_cpp``."""

from __future__ import annotations

import ctypes
import math
import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import llama_cpp
from llama_cpp import Llama

from models.llama.context import Context
from models.llama.prompt_states import PromptStates
from models.llama.reply import Replies
from models.llama.threads import Threads, usual

Emit = Callable[[dict[str, Any]], None]
_BUFFER = re.compile(r"(\S+)\s+(model|output|KV|RS|compute)\s+buffer size =\s+([\d.]+) MiB")
_PARTS = {"model": "weights", "output": "compute", "KV": "cache", "RS": "cache", "compute": "compute"}
_TYPES = {"f32": 0, "f16": 1, "q4_0": 2, "q4_1": 3, "q5_0": 6, "q5_1": 7, "q8_0": 8, "bf16": 30}  # ggml_type
BATCH = 256  # tokens; small enough for a quick stop where the abort callback is not served (GPU backends)


class Engine:
    """One model and one context. Calls are serial: a llama.cpp context makes one answer at a time."""

    def __init__(self, path: str, options: dict[str, Any], stop_wanted: Callable[[], bool]) -> None:
        _listen()
        threads = options.get("threads") or usual()
        self._llm = Llama(
            model_path=path, n_ctx=options.get("context", 0), n_batch=options.get("batch", BATCH), n_ubatch=options.get("batch", BATCH), n_threads=threads, n_threads_batch=threads,
            n_gpu_layers=options.get("gpu_layers", 0), embedding=bool(options.get("embedding")), verbose=False, swa_full=False,
            split_mode=llama_cpp.LLAMA_SPLIT_MODE_NONE, flash_attn=options.get("flash", False), type_k=_TYPES[options.get("cache", "f16")], type_v=_TYPES[options.get("cache", "f16")],
        )  # fmt: skip
        self._buffers = buffers(options.get("card", ""))
        self._stop = llama_cpp.ggml_abort_callback(lambda _: stop_wanted())
        llama_cpp.llama_set_abort_callback(self._llm._ctx.ctx, self._stop, ctypes.c_void_p(None))
        self._threads = Threads(threads, lambda count: llama_cpp.llama_set_n_threads(self._llm._ctx.ctx, count, count))
        self._planner: Any = None
        self._context = Context(self._llm)
        file = Path(options["state"]) if options.get("state") else None
        self._states = PromptStates(self._context, file, f"{llama_cpp.__version__} {options.get('cache', 'f16')} {bool(options.get('flash'))}")
        self._came_back = self._states.load(file) if file else 0
        self._replies = Replies(self._llm, self._context, self._states, self._threads)

    @property
    def facts(self) -> dict[str, Any]:
        """What the parent wants to know after loading."""
        metadata = self._llm.metadata
        return {
            "context": self._llm.n_ctx(), "vocabulary": self._llm.n_vocab(), "architecture": metadata.get("general.architecture", ""),
            "name": metadata.get("general.name", ""), "template": bool(metadata.get("tokenizer.chat_template")), "width": self._llm.n_embd(),
            "buffers": self._buffers, "restored": self._came_back, "parameters": self._llm._model.n_params(),
        }  # fmt: skip

    def chat(self, job: dict[str, Any], emit: Emit) -> None:
        """Stream a reply: ``progress`` of reading, ``delta`` of text, ``done``. See :class:`models.llama.reply.Replies`."""
        self._threads.look(force=True)
        emit({"done": self._replies.reply(job, emit)})

    def save(self, job: dict[str, Any], emit: Emit) -> None:
        """Write what the model has read to a file, for when it comes back."""
        emit({"done": {"tokens": self._states.save(Path(job["path"]))}})

    def plan(self, job: dict[str, Any], emit: Emit) -> None:
        """The starter's own decoding: see ``models.starter.decoding``."""
        if self._planner is None:
            from models.starter.decoding import Decoder

            self._planner = Decoder(Vocabulary(self._llm), self._logits)
        emit({"done": self._planner.decode(job["request"], job.get("tools", ()))})

    def _logits(self, tokens: list[int], kept: int) -> Any:
        """Log-probabilities after ``tokens``, put behind the first ``kept`` of what was read before; behind all of it where that is negative."""
        import numpy

        if kept == 0:
            self._llm.reset()
        elif kept > 0:
            self._llm.n_tokens = kept  # what lies behind is taken out of the cache before more is read
        self._llm.eval(tokens)
        raw = numpy.ctypeslib.as_array(self._llm._ctx.get_logits(), shape=(self._llm.n_vocab(),))
        top = float(raw.max())
        return raw - (top + math.log(float(numpy.exp(raw - top).sum())))

    def embed(self, job: dict[str, Any], emit: Emit) -> None:
        """One unit vector for each text; where the model gives one a token, their mean."""
        vectors = []
        self._threads.look(force=True)
        for text in job["texts"]:
            self._threads.look()
            emit({"delta": ""})
            vector = self._llm.embed(text, normalize=True)
            vectors.append(_mean(vector) if vector and isinstance(vector[0], list) else vector)
        emit({"done": {"vectors": vectors, "prompt_tokens": sum(len(self._llm.tokenize(text.encode())) for text in job["texts"])}})

    def tokenize(self, job: dict[str, Any], emit: Emit) -> None:
        """The number of tokens in a text."""
        emit({"done": {"count": len(self._llm.tokenize(job["text"].encode(), add_bos=False))}})


class Vocabulary:
    """Tokens by text and texts by token, read from the GGUF (llama-cpp-python's own detokenizer drops texts of 32 bytes or more)."""

    def __init__(self, llm: Llama) -> None:
        self._llm = llm
        vocab = llm._model.vocab
        raw = [llama_cpp.llama_vocab_get_text(vocab, token) for token in range(llm.n_vocab())]
        self.texts = [_plain(text) for text in raw]
        self.ids = {text: token for token, text in reversed(list(enumerate(self.texts)))}

    def encode(self, text: str) -> list[int]:
        """Tokens of what a person wrote: marks of the vocabulary inside it are read as plain text."""
        return self._llm.tokenize(text.encode(), add_bos=False, special=False)


def _plain(raw: bytes) -> str:
    """A GPT-2 byte-level token as text; bytes that are no whole character stay as replacement marks."""
    table = _byte_table()
    text = raw.decode("utf-8", errors="replace")
    if any(letter not in table for letter in text):
        return text
    return bytes(table[letter] for letter in text).decode("utf-8", errors="replace")


def _byte_table() -> dict[str, int]:
    """GPT-2's printable stand-ins for bytes (Radford et al. 2019, ``bytes_to_unicode``)."""
    if not _TABLE:
        printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
        _TABLE.update({chr(byte): byte for byte in printable})
        _TABLE.update({chr(256 + number): byte for number, byte in enumerate(byte for byte in range(256) if byte not in printable)})
    return _TABLE


_TABLE: dict[str, int] = {}


def _mean(rows: list[list[float]]) -> list[float]:
    mean = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    length = math.sqrt(sum(value * value for value in mean)) or 1.0
    return [value / length for value in mean]


def measure(path: str, choices: list[dict[str, Any]]) -> list[dict[str, dict[str, float]]]:
    """Bytes by device and part for each way of loading, without loading: llama.cpp lays its graphs out and allocates nothing.

    Weights and cache are 0 in the answer, since nothing was allocated; what counts is ``compute``. Raises :class:`ValueError` for a
    file that llama.cpp cannot read.
    """
    _listen()
    llama_cpp.llama_backend_init()
    parameters = llama_cpp.llama_model_default_params()
    parameters.no_alloc, parameters.load_mode, found = True, llama_cpp.LLAMA_LOAD_MODE_NONE, []
    for choice in choices:
        parameters.n_gpu_layers, parameters.split_mode = choice.get("gpu_layers", 0), llama_cpp.LLAMA_SPLIT_MODE_NONE
        model = llama_cpp.llama_model_load_from_file(path.encode(), parameters)
        if not model:
            raise ValueError("llama.cpp cannot read this file")
        _heard.clear()
        context = llama_cpp.llama_init_from_model(model, _context_parameters(choice))
        found.append(buffers(choice.get("card", "")))
        if context:
            llama_cpp.llama_free(context)
        llama_cpp.llama_model_free(model)
    return found


def _context_parameters(choice: dict[str, Any]) -> Any:
    parameters = llama_cpp.llama_context_default_params()
    parameters.n_ctx, parameters.n_batch, parameters.n_ubatch = choice["context"], choice.get("batch", BATCH), choice.get("batch", BATCH)
    parameters.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED if choice.get("flash") else llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
    parameters.type_k = parameters.type_v = _TYPES[choice.get("cache", "f16")]
    parameters.swa_full = False
    return parameters


def buffers(card: str = "") -> dict[str, dict[str, float]]:
    """What llama.cpp said it allocated since :func:`_listen`: bytes by device and part (``weights``, ``cache``, ``compute``).

    ``card`` is what the only card that this process sees is called by its parent. Of weights that were rearranged for this processor
    (``_REPACK``) and the mapped file, whose pages the system takes back, the larger counts.
    """
    found: dict[str, dict[str, float]] = {}
    for raw, what, size in _BUFFER.findall("".join(_heard)):
        # what a card's driver pinned for copying (CUDA_Host) is RAM
        device = "cpu" if raw.startswith(("CPU", "AMX", "BLAS")) or raw.endswith("_Host") else card or raw.removesuffix("_Mapped").lower()
        part, name, count = found.setdefault(device, {}), _PARTS[what], float(size) * 2**20
        part[name] = max(part.get(name, 0.0), count) if raw.endswith("_REPACK") else part.get(name, 0.0) + count
    return found


def loadable_architectures(names: Sequence[str]) -> dict[str, bool]:
    """Which of these words of ``general.architecture`` this llama.cpp knows how to load.

    It is asked with a file that holds nothing else: of an architecture that it can load it says what else is missing, as it does for ``llama``,
    which every build has; of any other that it cannot.
    """
    llama_cpp.llama_backend_init()
    with tempfile.TemporaryDirectory() as folder:
        known = _complaint("llama", Path(folder))
        return {name: _complaint(name, Path(folder)) == known for name in names}


def _complaint(architecture: str, folder: Path) -> str:
    """The last that llama.cpp says when it is to load a file which holds the name of an architecture and no more."""
    import gguf

    path = folder / "header.gguf"
    writer = gguf.GGUFWriter(path, architecture)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    said: list[str] = []
    parameters = llama_cpp.llama_model_default_params()
    parameters.vocab_only = True
    hear = llama_cpp.llama_log_callback(lambda level, text, data: said.append(text.decode(errors="replace")))
    llama_cpp.llama_log_set(hear, ctypes.c_void_p(None))
    try:
        if model := llama_cpp.llama_model_load_from_file(str(path).encode(), parameters):
            llama_cpp.llama_model_free(model)
    finally:
        _listen()
    return next((line for line in reversed(said) if "error loading model" in line), "")


_heard: list[str] = []


@llama_cpp.llama_log_callback
def _hear(level: int, text: bytes, data: Any) -> None:
    if b"buffer size" in text:
        _heard.append(text.decode(errors="replace"))


def _listen() -> None:
    """llama.cpp says on its log only what it allocates; nothing of it is printed."""
    _heard.clear()
    llama_cpp.llama_log_set(_hear, ctypes.c_void_p(None))
