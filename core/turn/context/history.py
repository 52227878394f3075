"""Trimmed history of a long conversation: the recent turns whole, what was before them as a running summary, all within a share of the model's context.

The summary is made by code, a line a turn, oldest dropped first; nothing is asked of a model, so it cannot loop. What is left out can still be found with ``memory.search``.
"""

from __future__ import annotations

from collections.abc import Iterable

from core.messages import Message

SHARE = 0.3  # of the context, for the conversation so far
LETTERS = 4  # of a token, about
SUMMARY = 0.25  # of that share, for what is only summed up
LINE = 120  # letters of a turn in the summary
HEAD = "(Earlier in this conversation, in short; the tool memory.search finds it in full:\n"


def trim_history(history: tuple[Message, ...], context: int) -> tuple[Message, ...]:
    """Return ``history`` as far as it fits a context of so many tokens, with a summary of the rest in front of it."""
    room = round(context * SHARE * LETTERS)
    if sum(len(message.content) for message in history) <= room:
        return history
    recent, left = list[Message](), round(room * (1 - SUMMARY))
    for message in reversed(history):
        if len(message.content) > left:
            break
        recent.insert(0, message)
        left -= len(message.content)
    if not recent and history:  # one turn alone is too long: its end is what the next request is about
        last = history[-1]
        recent = [Message(last.role, "… " + last.content[-max(200, round(room * (1 - SUMMARY))) :], tainted=last.tainted)]
    older = history[: len(history) - len(recent)]
    return (*_summarize(older, round(room * SUMMARY)), *recent)


def _summarize(older: Iterable[Message], room: int) -> tuple[Message, ...]:
    """Sum up messages in one; marked where one of them was tainted."""
    messages = list(older)
    lines: list[str] = []
    left = room - len(HEAD) - 1
    for message in reversed(messages):
        line = f"- {'the person' if message.role == 'user' else 'you'}: {' '.join(message.content.split())[:LINE]}\n"
        if len(line) > left:
            break
        lines.insert(0, line)
        left -= len(line)
    if not lines:
        return ()
    return (Message("user", f"{HEAD}{''.join(lines)})", tainted=any(message.tainted for message in messages)),)
