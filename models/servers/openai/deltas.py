"""Tool calls put together from their pieces, as servers send them.

That is without index, with one index for all, with the name or the arguments again and again, whole or in letters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.messages import ToolCall
from core.storage.json_text import clean_json
from models.cleaning import clean_text
from models.servers.arguments import MOST_LETTERS, ReplyTooLong, dump_arguments, find_fault, parse_arguments, read_python, repair_arguments
from models.servers.history import new_call_id

MOST_CALLS = 128  # of one reply that are taken, and one more, which tells that there were more
MOST_LOOKS = 2000  # at whether a call is whole: each reads all of it
_OURS = frozenset({"index", "id", "type", "function"})


@dataclass
class _Row:
    """A call in the making.

    ``pieces`` of its arguments stand behind each other; ``grown`` is the last piece while each repeats the one before and adds to
    it.
    """

    index: int | None
    id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list)
    grown: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    looks: int = 0

    @property
    def text(self) -> str:
        """All pieces in one. They are joined when they are asked for: joined with each new one, a long call would hold up everything else."""
        if len(self.pieces) > 1:
            self.pieces = ["".join(self.pieces)]
        return self.pieces[0] if self.pieces else ""

    @property
    def arguments(self) -> dict[str, Any] | None:
        """The arguments, where they are whole. Nothing at all is no arguments."""
        whole = parse_arguments(self.text)
        return whole if whole is not None or self.grown == self.text else parse_arguments(self.grown)

    def add_name(self, name: str) -> None:
        """The name may come in pieces before the arguments; later it can only be the same again."""
        if not self.pieces:
            self.name = name if name.startswith(self.name) else self.name + name

    def add_arguments(self, piece: Any) -> None:
        if isinstance(piece, dict):
            self.grown = dump_arguments(piece)
            self.pieces = [self.grown]
        elif isinstance(piece, str) and piece:
            self.grown = piece if piece.startswith(self.grown) else "\0"  # nothing begins with it any more
            if _is_object(piece) and self._is_whole():
                self.pieces = [piece]
            else:
                self.pieces.append(piece)

    def _is_whole(self) -> bool:
        """Whether what came so far is an object already, so that another one can only be the same again or grown; asked a few times at most."""
        self.looks += 1
        return self.looks <= MOST_LOOKS and _is_object(self.text)


class CallAssembler:
    """The calls of one reply, in the order in which they began."""

    def __init__(self) -> None:
        self._rows: list[_Row] = []
        self._letters = 0

    @property
    def is_full(self) -> bool:
        """Whether there is more than any reply should hold: too many calls, or too long ones."""
        return len(self._rows) > MOST_CALLS or self._letters > MOST_LETTERS

    def feed(self, piece: Mapping[str, Any]) -> None:
        """One entry of ``tool_calls`` in a delta or message. Raises :class:`ReplyTooLong` where nothing more is taken."""
        if self.is_full:
            raise ReplyTooLong("the calls of a reply are too many or too long")
        function = piece.get("function")
        function = function if isinstance(function, Mapping) else {}
        name, arguments = function.get("name") or "", function.get("arguments")
        index, id_ = _index(piece.get("index")), str(piece.get("id") or "")
        row = self._find(index, id_, str(name), arguments)
        if row is None:
            row = _Row(index)
            self._rows.append(row)
        row.id = row.id or id_
        row.add_name(str(name))
        row.add_arguments(arguments)
        self._letters += len(arguments) if isinstance(arguments, str) else len(row.text)
        row.extra.update({key: clean_json(value) for key, value in piece.items() if key not in _OURS and value is not None})

    def finish(self, is_cut: bool) -> list[ToolCall]:
        """The calls.

        ``is_cut``: the reply ended early, so that a last call without arguments may have been about to get some.
        """
        rows = [row for row in self._rows if row.name]
        used: set[str] = set()
        return [_call(row, is_cut and number == len(rows), used) for number, row in enumerate(rows, 1)]

    def __bool__(self) -> bool:
        return bool(self._rows)

    def _find(self, index: int | None, id_: str, name: str, arguments: Any) -> _Row | None:
        """The call that a piece goes on with; None where a new one begins."""
        row = next(
            (row for row in reversed(self._rows) if id_ and row.id == id_ and (index is None or row.index in (None, index))),
            None,
        )
        row = row or next((row for row in reversed(self._rows) if index is None or row.index == index), None)
        return None if row is None or (name and _begins_anew(row, index, id_, name, arguments)) else row


def _begins_anew(row: _Row, index: int | None, id_: str, name: str, arguments: Any) -> bool:
    """Whether a piece with a name is another call than ``row``, although nothing else tells them apart for certain."""
    if id_ and row.id and id_ != row.id:
        # in the middle of the arguments it is only another id
        return not (row.text and row.name == name and row.arguments is None)
    whole = row.arguments
    if row.text and whole is not None and (isinstance(arguments, dict) or _is_object(arguments)):
        return whole != (arguments if isinstance(arguments, dict) else parse_arguments(arguments))
    if index is None and not id_ and not row.text:
        return bool(row.name) and not name.startswith(row.name)
    return bool(row.text) and whole is not None and name != row.name


def _call(row: _Row, is_last_of_cut: bool, used: set[str]) -> ToolCall:
    arguments = row.arguments
    if arguments is None and not is_last_of_cut:
        arguments = read_python(row.text)
    fault = "" if arguments is not None or is_last_of_cut else find_fault(row.text)
    is_cut = (arguments is None and not fault) or (is_last_of_cut and not row.text.strip())
    id_ = clean_text(row.id)
    id_ = id_ if id_ and id_ not in used else new_call_id()
    used.add(id_)
    known = repair_arguments(row.text) if arguments is None else arguments
    return ToolCall(clean_text(row.name).strip(), clean_json(known), id_, is_cut, row.extra, fault)


def _is_object(text: Any) -> bool:
    """Cheap first, for this is asked of every piece."""
    return isinstance(text, str) and text.lstrip().startswith("{") and text.rstrip().endswith("}") and parse_arguments(text) is not None


def _index(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    return value if isinstance(value, int) else int(value) if isinstance(value, str) and value.isdigit() else None
