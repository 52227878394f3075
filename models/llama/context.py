"""One llama.cpp context as a list of tokens it has read: cut it, read more, look at the logits. Only the engine's process uses this module."""

from __future__ import annotations

import ctypes
from typing import Any

import llama_cpp
import numpy
from llama_cpp import Llama

SEQUENCE = 0
_BUFFER = 64 * 1024  # bytes; longer than any token's text


class Context:
    """The tokens stay where llama-cpp-python keeps them (``input_ids``, ``n_tokens``), since its other calls read them there."""

    def __init__(self, llm: Llama) -> None:
        self._llm = llm
        self.raw = llm._ctx.ctx
        self.vocab = llm._model.vocab
        self.size = llm.n_ctx()
        model = llm._model.model
        self.can_cut = not (llama_cpp.llama_model_is_recurrent(model) or llama_cpp.llama_model_is_hybrid(model))
        self._window = int(llama_cpp.llama_model_n_swa(model))  # tokens; 0: every layer sees all
        self._buffer = ctypes.create_string_buffer(_BUFFER)
        self._pieces: dict[int, bytes] = {}

    # -- what has been read -----------------------------------------------------------------------------------------

    @property
    def held(self) -> list[int]:
        """The tokens that the context has read."""
        return [int(token) for token in self._llm.input_ids[: self._llm.n_tokens]]

    def is_holding(self, count: int) -> bool:
        """Whether exactly the first ``count`` tokens have been read."""
        return bool(self._llm.n_tokens == count)

    def set_held(self, tokens: list[int]) -> None:
        """A state was put back: the context has read ``tokens``, but has no logits yet."""
        self._llm.input_ids[: len(tokens)] = tokens
        self._llm.n_tokens = len(tokens)
        self._llm._requires_eval = True

    def clear(self) -> None:
        """Forget everything."""
        self._llm.reset()
        self._llm._ctx.kv_cache_clear()

    def cut(self, keep: int) -> int:
        """Keep the first ``keep`` tokens; how many are left, 0 where the model's memory cannot be cut there."""
        if keep <= 0 or not self._llm._ctx.kv_cache_seq_rm(SEQUENCE, keep, -1) or not self._reaches_back(keep):
            self.clear()
            return 0
        self._llm.n_tokens = keep
        self._llm._requires_eval = True
        return keep

    def _reaches_back(self, keep: int) -> bool:
        """Whether the layers that look at a window only still hold what the next token looks at."""
        first = llama_cpp.llama_memory_seq_pos_min(self._llm._ctx.memory, SEQUENCE)
        return not self._window or first <= max(0, keep - self._window)

    def read(self, tokens: list[int]) -> None:
        """Read ``tokens`` (one batch) behind what is held. Raises :class:`RuntimeError`, then nothing more is held than before."""
        past = self._llm.n_tokens
        self._llm._batch.set_batch(batch=tokens, n_past=past, logits_all=False)
        try:
            self._llm._ctx.decode(self._llm._batch)
        except RuntimeError:
            self.cut(past)  # a stop leaves behind what it has computed
            raise
        self._llm.input_ids[past : past + len(tokens)] = tokens
        self._llm.n_tokens = past + len(tokens)
        self._llm._requires_eval = False

    @property
    def batch(self) -> int:
        """The most tokens of one :meth:`read`."""
        return int(self._llm.n_batch)

    def logits(self) -> Any:
        """After the last token, one float for each of the vocabulary; a view that the next :meth:`read` overwrites."""
        return numpy.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(self.raw, -1), shape=(self._llm.n_vocab(),))

    # -- tokens and texts -------------------------------------------------------------------------------------------

    def tokenize(self, text: str, is_start: bool = False) -> list[int]:
        """Marks of the vocabulary are read as such. ``is_start``: the model's own first token is put before, unless it stands there."""
        bos = is_start and llama_cpp.llama_vocab_get_add_bos(self.vocab) and not (self.bos and text.startswith(self.bos))
        return list(self._llm.tokenize(text.encode(), add_bos=bool(bos), special=True))

    @property
    def bos(self) -> str:
        """The text of the token that begins a text; empty where there is none."""
        return self._mark(llama_cpp.llama_vocab_bos(self.vocab))

    @property
    def eos(self) -> str:
        """The text of the token that ends a turn; empty where there is none."""
        end = llama_cpp.llama_vocab_eot(self.vocab)
        return self._mark(end if end >= 0 else llama_cpp.llama_vocab_eos(self.vocab))

    def _mark(self, token: int) -> str:
        return self.piece(token).decode(errors="replace") if token >= 0 else ""

    def piece(self, token: int) -> bytes:
        """A token's bytes, those of control tokens too."""
        if token not in self._pieces:
            count = llama_cpp.llama_token_to_piece(self.vocab, token, self._buffer, _BUFFER, 0, True)
            self._pieces[token] = self._buffer.raw[: max(0, count)]
        return self._pieces[token]

    def is_end(self, token: int) -> bool:
        """Whether the model ends its turn with this token."""
        return bool(llama_cpp.llama_vocab_is_eog(self.vocab, token))

    def is_control(self, token: int) -> bool:
        """Whether the token is a mark that no text can hold."""
        return bool(llama_cpp.llama_vocab_is_control(self.vocab, token))
