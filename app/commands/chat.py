"""``chat``: a conversation in the terminal."""

from __future__ import annotations

import argparse
import contextlib
import re
import sys
from pathlib import Path

from app.client import connect
from app.commands.ask import run_body, start_and_follow
from app.commands.model_offer import bring_model, need_text, show_fetching
from app.commands.output import is_terminal
from app.commands.run_printer import RunPrinter
from core.errors import DeskhandError

HELP = """Type a request and press Enter; it is carried out in the workspace, and what would be asked is asked here.
  1, 2, …        choose, where a question has choices
  /help          this
  exit, /exit, /quit, Ctrl+D    end the conversation
  Ctrl+C         stop what is under way"""
_ENDS = frozenset({"exit", "quit", "/exit", "/quit"})


def chat(arguments: argparse.Namespace) -> int:
    """One request a line, until ``exit`` or the end of input."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  # arrow keys and history for input()
    client = connect()
    bring_model(client, arguments)
    if is_terminal():
        show_fetching(client)
    print("Deskhand. /help says what can be typed; exit ends the conversation.", file=sys.stderr)
    choices: list[str] = []
    while (text := _read_line()) is not None:
        if text in _ENDS:
            return 0
        if not text or _answer_command(text):
            continue
        choices = _take_turn(arguments, _choose(text, choices))
    return 0


def _read_line() -> str | None:
    """The next line, stripped; None at the end of input."""
    try:
        return input("> " if is_terminal() else "").strip()
    except EOFError:
        if is_terminal():
            print()
        return None
    except KeyboardInterrupt:
        print("\n(exit or Ctrl+D ends the conversation.)", file=sys.stderr)
        return ""


def _answer_command(text: str) -> bool:
    """Whether a line is a command of the chat, which is then answered. A path that begins a request is none."""
    match = re.match(r"(/\w[\w-]*)(?:\s|$)", text)
    if not match or (match[1] != text and Path(match[1]).exists()):
        return False
    print(HELP if match[1] == "/help" else f"There is no {match[1]}. /help says what can be typed.", file=sys.stderr)
    return True


def _choose(text: str, choices: list[str]) -> str:
    """The choice that a number stands for, else the text itself."""
    return choices[int(text) - 1] if re.fullmatch(r"\d{1,3}", text) and 1 <= int(text) <= len(choices) else text


def _take_turn(arguments: argparse.Namespace, text: str) -> list[str]:
    """Carry out one request and go on with its conversation; the choices that it ends with. Errors are told, and end nothing."""
    printer = RunPrinter()
    try:
        result = start_and_follow(run_body(arguments, text), "/api/runs", is_terminal(), printer)
    except DeskhandError as error:
        printer.line(f"deskhand: {error.code}: {error.message} {error.hint}".rstrip())
        return []
    arguments.conversation = result.get("conversation_id") or arguments.conversation
    printer.end(result)
    if result.get("needs_model"):
        printer.line(need_text(connect(), arguments))
    question = result.get("question") or {}
    return [str(choice) for choice in question.get("choices") or ()] if result["status"] == "asked" else []
