"""One download: what is shown of it, and its way from the lock to the models folder."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import ModelError
from models import gguf_file
from models.sources import files, verification
from models.sources.http_fetch import fetch_over_http
from models.sources.offers import Offer, RemoteFile
from models.sources.origins import Origins
from models.sources.partial import PartialFile
from models.sources.registry import fetch_pieces
from models.sources.store import ModelStore
from models.sources.transfer import Cancelled, Transfer

WAIT_SECONDS = 0.3  # between two looks whether another core has finished
RUNNING, DONE, FAILED, CANCELLED = "running", "done", "failed", "cancelled"
LASTING = ("not_found", "not_gguf", "not_whole", "wrong_size", "checksum", "exists", "hub_refused")  # failures that another try meets again
Watcher = Callable[["Download"], object]


@dataclass(slots=True)
class Download:
    """One on its way. ``state``: running, done, failed or cancelled; ``phase`` of a running one: waiting (for another core), fetching or verifying."""

    id: str
    offer: Offer
    model: str  # its id, once it is there
    state: str = RUNNING
    phase: str = "fetching"
    done: int = 0  # bytes that are on the disk
    problem: str = ""
    hint: str = ""
    code: str = ""
    began: float = field(default_factory=time.monotonic)
    entered: float = field(default_factory=time.monotonic)  # the steady clock's second at which its phase began
    had: int = 0  # of them, those that were there before
    stop: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def to_json(self) -> dict[str, Any]:
        """As the API shows it; sizes in bytes, ``rate`` in bytes a second, ``seconds`` since its phase began."""
        offer, now = self.offer, time.monotonic()
        rate = (self.done - self.had) / max(0.001, now - self.began) if self.state == RUNNING else 0
        shown = {name: getattr(self, name) for name in ("id", "model", "state", "phase", "done", "problem", "hint", "code")}
        file = offer.files[0].name if offer.files else ""
        words = {"pull": offer.id, "repo": offer.repo, "file": file, "title": offer.title, "source": offer.source, "licence": offer.licence, "note": offer.note}
        return {**shown, **words, "bytes": offer.bytes, "rate": round(max(0.0, rate)), "seconds": round(now - self.entered)}


class Fetch:
    """One download's way from the lock to the models folder."""

    def __init__(self, store: ModelStore, download: Download, headers: Callable[[str], Mapping[str, str]], progress: Watcher) -> None:
        self._store, self._download, self._headers, self._progress = store, download, headers, progress
        self._parts = [PartialFile(store.incoming, file.name) for file in download.offer.files]

    def run(self) -> None:
        """Raises :class:`ModelError` and :class:`Cancelled`."""
        lock = files.make_lock(self._store.incoming / f"{self._download.model}.lock")
        while not files.try_lock(lock):
            self._show("waiting", sum(part.size for part in self._parts))
            if self._download.stop.wait(WAIT_SECONDS):
                raise Cancelled
        try:
            if self._store.find(self._download.model) is None:  # the other core may have fetched it meanwhile
                self._fetch_all()
            self._show("verifying", self._download.offer.bytes or self._download.done)
        finally:
            lock.release()

    def _fetch_all(self) -> None:
        self._parts = [PartialFile(self._store.incoming, file.name) for file in self._download.offer.files]
        self._download.had = sum(part.size for part in self._parts)
        for number, (file, part) in enumerate(zip(self._download.offer.files, self._parts, strict=True)):
            before = sum(earlier.size for earlier in self._parts[:number])
            self._fetch_one(file, part, before)
        for part in reversed(self._parts):  # the first is loaded: with it the model is there, and not before
            files.replace(part.path, self._store.folder / part.name)
            part.discard()
        self._note_origin()

    def _note_origin(self) -> None:
        offer = self._download.offer
        for file in offer.files:
            if file.sha256:
                Origins(self._store.origins).note(self._store.folder / file.name, file.sha256, offer.repo or offer.id)

    def _fetch_one(self, file: RemoteFile, part: PartialFile, before: int) -> None:
        transfer = Transfer(lambda done: self._show("fetching", before + done), self._download.stop)
        if file.pieces:
            fetch_pieces(file, part, transfer)
        else:
            fetch_over_http(file, part, transfer, self._headers(file.address))
        self._show("verifying", before + part.size)
        try:
            verification.require_as_told(part.path, file)
            if not file.sha256:
                gguf_file.require_whole(part.path, file.name)
        except ModelError:
            part.discard()  # damaged: the next try begins anew
            raise

    def _show(self, phase: str, done: int) -> None:
        if phase != self._download.phase:
            self._download.entered = time.monotonic()
        self._download.phase, self._download.done = phase, done
        self._progress(self._download)
