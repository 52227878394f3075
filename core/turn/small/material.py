"""What a strategy reads before it asks: the files that are meant, found by name or by what they hold, and the parts that bear on the request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.execution.run_state import StepState
from core.language.marks import without_hidden
from core.language.words import content_stems
from core.turn.small.evidence import search_contents
from core.turn.small.hands import CannotDo, SmallTurn
from core.turn.small.passages import Excerpt, excerpt, is_to_machine, rank, split_passages
from core.turn.small.request import SmallRequest
from core.turn.small.sources import Sources
from core.turn.small.workspace_files import TABLES

MOST_FILES = 40  # that are read for one request


@dataclass(frozen=True, slots=True)
class Document:
    """``text`` is the whole file as a person sees it."""

    path: str
    text: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def orders(self) -> list[str]:
        """Paragraphs that speak to a machine."""
        return [passage for passage in split_passages(self.text) if is_to_machine(passage)]


async def read_documents(turn: SmallTurn, paths: Sequence[str]) -> list[Document]:
    """The files that can be read, in order. Raises :class:`CannotDo` where none can."""
    state = await turn.do("files.read", path=list(paths)[:MOST_FILES])
    if state.status != "done":
        raise CannotDo(str((state.error or {}).get("message") or "That file could not be read."))
    read = [_as_seen(turn, str(row["path"]), str(row.get("text") or "")) for row in files_of(state)]
    if not read:
        raise CannotDo(f"{', '.join(paths)} could not be read.")
    return read


def _as_seen(turn: SmallTurn, path: str, text: str) -> Document:
    """A document as the person sees it: what is hidden in it is left out, and they are told; a small model takes it for the text."""
    seen = without_hidden(text)
    if seen != text:
        turn.notes.append(f"({path.rpartition('/')[2]} holds text that a person cannot see. I left it out.)")
    return Document(path.removeprefix(f"{turn.run.workspace}/"), seen)


def files_of(state: StepState) -> list[dict[str, Any]]:
    """What a step of ``files.read`` read, whether it was one file or several."""
    value = state.value or {}
    return list(value["files"]) if "files" in value else [value] if "text" in value else []


async def find_material(turn: SmallTurn, request: SmallRequest) -> list[Document]:
    """The documents that a request means. Raises :class:`CannotDo` where a file is named that is not there."""
    if request.missing:
        raise CannotDo(f"There is no {request.missing[0]} here.")
    sources = request.sources
    if sources.how == "described" and len(sources.files) == 1 and not request.only and not sources.files[0].lower().endswith(TABLES):
        also = [path for path in await search_contents(turn, request) if path not in sources.files][:1]
        return await read_documents(turn, [*sources.files, *also])
    if sources.files:
        return _nearest(await read_documents(turn, sources.files), request, sources)
    found = await search_contents(turn, request)
    return await read_documents(turn, found) if found else []


def _nearest(documents: list[Document], request: SmallRequest, sources: Sources) -> list[Document]:
    """Of files whose names fit equally, those that say most of the request's words; all where the request speaks of all."""
    if not sources.rivals or len(documents) < 2 or request.is_plural:
        return documents
    scores = [max(rank(split_passages(document.text) or [""], request.question), default=0.0) for document in documents]
    best = max(scores)
    return [document for document, score in zip(documents, scores, strict=True) if score >= 0.6 * best] if best else documents


def show_documents(documents: Sequence[Document], question: str, letters: int) -> tuple[str, bool]:
    """The documents as a model reads them, each with its name; the second says whether they are whole."""
    parts, whole = [], True
    left = letters
    for number, document in enumerate(sorted(documents, key=lambda one: len(one.text))):
        share = max(300, left // (len(documents) - number))
        found: Excerpt = excerpt(document.text, question, share)
        left -= len(found.text)
        whole = whole and found.is_whole
        parts.append((documents.index(document), f"{document.name}:\n{found.text}"))
    return "\n\n".join(text for _, text in sorted(parts)), whole


def line_of(documents: Sequence[Document], answer: str) -> str:
    """Where the answer stands: "lease.txt, line 12"; the file alone where no line says most of it."""
    said = set(content_stems(answer))
    best, place = 0.0, ""
    for document in documents:
        for number, line in enumerate(document.text.splitlines(), 1):
            words = set(content_stems(line))
            score = len(said & words) + 2 * sum(word.isdigit() and len(word) > 1 for word in said & words)
            if score > best:
                best, place = score, f"{document.name}, line {number}"
    return place if best >= 2 else ", ".join(document.name for document in documents[:3])


def note_orders(turn: SmallTurn, documents: Sequence[Document]) -> None:
    """Tell the person of a document in which something speaks to a machine."""
    if name := next((document.name for document in documents if document.orders), ""):
        turn.notes.append(f"({name} holds a passage with orders to whatever program reads it. I did not follow it.)")
