"""Texts by which models of each family begin a tool call. Data only: a new family is a new row.

Sources: the families' chat templates, and the parsers of llama.cpp (``common/chat.cpp``) and vLLM (``tool_parsers``).
"""

from __future__ import annotations

MARKERS: tuple[str, ...] = (
    "<tool_call>",  # Hermes, Qwen 2.5 and 3, Granite 4, GLM, SmolLM 3
    "<|tool_call|>",  # Granite 3, Phi 4
    "<|tool_call>",  # Gemma 4
    "<|tool_call_start|>",  # LFM 2
    "<|tool_calls_section_begin|>",  # Kimi K2
    "<tool_calls>",
    "<toolcall>",
    "<function_call>",
    "<function=",  # Qwen 3 Coder without its outer tag, Llama with custom functions
    "<start_function_call>",  # FunctionGemma
    "<invoke name=",
    "<minimax:tool_call>",
    "[TOOL_CALLS]",  # Mistral
    "<|python_tag|>",  # Llama 3
    "<|START_ACTION|>",  # Command R 7B
    "<｜tool▁calls▁begin｜>",  # DeepSeek
    "<｜tool▁call▁begin｜>",
    "<｜DSML｜function_calls>",
    "<|channel|>commentary to=",  # gpt-oss; the recipient may stand before the channel
    "<|channel|>analysis to=",
    "<|start|>assistant to=",
)
# how a whole call ends, where it ends with something of its own
CLOSERS: tuple[str, ...] = (
    "</tool_call>", "<|/tool_call|>", "<tool_call|>", "<|tool_call_end|>", "<|tool_calls_section_end|>", "</tool_calls>", "</toolcall>", "</function_call>", "</function>",
    "<end_function_call>", "</invoke>", "</minimax:tool_call>", "<|END_ACTION|>", "<｜tool▁calls▁end｜>", "<｜tool▁call▁end｜>", "</｜DSML｜function_calls>", "<|call|>",
)  # fmt: skip
# what a model writes when it goes on to invent the tool's result or another's turn: nothing from here on is its reply
INVENTED: tuple[str, ...] = ("<tool_response>", "<|tool_response|>", "<|tool_response>", "[TOOL_RESULTS]", "<|START_TOOL_RESULT|>", "<｜tool▁outputs▁begin｜>", "<|im_start|>")


def overlap(text: str, mark: str) -> int:
    """Letters at the end of ``text`` that may be the beginning of ``mark`` (never all of it)."""
    return next((size for size in range(min(len(text), len(mark) - 1), 0, -1) if mark.startswith(text[-size:])), 0)


def held_back(text: str, marks: tuple[str, ...]) -> int:
    """Letters at the end of ``text`` that may be the beginning of any of ``marks``."""
    return max((overlap(text, mark) for mark in marks), default=0)


def first_of(text: str, marks: tuple[str, ...], start: int = 0) -> tuple[int, str]:
    """Where the first of ``marks`` begins at or after ``start``, and which it is; ``(-1, "")`` where there is none. The longest wins a tie."""
    found = [(text.find(mark, start), -len(mark), mark) for mark in marks]
    at, _, mark = min((row for row in found if row[0] >= 0), default=(-1, 0, ""))
    return at, mark
