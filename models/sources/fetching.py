"""Fetching models: one thread for each, resumed over restarts, checked, and shown while it goes.

A model comes into the models folder only when all of its files are whole and their checksums are right. Cores that share the folder take turns:
the second one waits while the first fetches, and finds the model there.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import DeskhandError, ModelError
from core.ids import new_id
from models import gguf_file
from models.sources import files, verification
from models.sources.http_fetch import fetch_over_http, plain
from models.sources.offers import Offer, RemoteFile
from models.sources.partial import PartialFile
from models.sources.registry import fetch_pieces
from models.sources.store import ModelStore, model_id_of
from models.sources.transfer import Cancelled, Transfer

log = logging.getLogger("deskhand.models")
SPARE = 500_000_000  # bytes of disk that stay free
WAIT_SECONDS = 0.3  # between two looks whether another core has finished
CLOSE_SECONDS = 2.0  # that stopped downloads are waited for
RUNNING, DONE, FAILED, CANCELLED = "running", "done", "failed", "cancelled"
Watcher = Callable[["Download"], None]


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
    had: int = 0  # of them, those that were there before
    stop: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def to_json(self) -> dict[str, Any]:
        """As the API shows it; sizes in bytes, ``rate`` in bytes a second."""
        offer = self.offer
        rate = (self.done - self.had) / max(0.001, time.monotonic() - self.began) if self.state == RUNNING else 0
        shown = {name: getattr(self, name) for name in ("id", "model", "state", "phase", "done", "problem", "hint")}
        file = offer.files[0].name if offer.files else ""
        words = {"repo": offer.repo, "file": file, "title": offer.title, "source": offer.source, "licence": offer.licence, "note": offer.note}
        return {**shown, **words, "bytes": offer.bytes, "rate": round(max(0.0, rate))}


class Downloads:
    """All downloads of this core into ``store``. ``headers`` gives what goes along to an address: the person's token for the hub, and nothing to others."""

    def __init__(self, store: ModelStore, headers: Callable[[str], Mapping[str, str]] = lambda address: {}) -> None:
        self._store, self._headers = store, headers
        self._known: dict[str, Download] = {}
        self._starting = threading.Lock()

    def start(self, offer: Offer, finished: Watcher = lambda download: None, progress: Watcher = lambda download: None) -> Download:
        """Begin, or go on where an earlier try stopped; a model that is there or on its way already is not fetched again.

        ``progress`` and ``finished`` are called in the download's thread. Raises :class:`ModelError` ``disk_full`` where there is no room for it,
        ``exists`` where another model has its name.
        """
        model = model_id_of(offer.files[0].name)
        with self._starting:
            if running := next((known for known in self._known.values() if known.model == model and known.state == RUNNING), None):
                return running
            download = Download(new_id("dl"), offer, model)
            if is_there := self._is_there(offer, model):
                download.state, download.done = DONE, offer.bytes
            else:
                self._require_room(offer)
            self._known[download.id] = download
        if is_there:
            download.ended.set()
            finished(download)
        else:
            threading.Thread(target=self._run, args=(download, finished, progress), name=f"download {model}", daemon=True).start()
        return download

    def wait(self, download_id: str, timeout_s: float | None = None) -> Download:
        """Block until it has ended or the time is over, and give it back. Raises :class:`KeyError` where there is none of that id."""
        download = self._known[download_id]
        download.ended.wait(timeout_s)
        return download

    def cancel(self, download_id: str) -> bool:
        """Stop one; what has come is kept for the next try. False where none of that id runs."""
        download = self._known.get(download_id)
        if download is None or download.state != RUNNING:
            return False
        download.stop.set()
        return True

    def forget(self, model: str) -> bool:
        """Stop fetching a model and throw away what has come of it. False where nothing has."""
        for download in self._known.values():
            if download.model == model and self.cancel(download.id):
                download.ended.wait(CLOSE_SECONDS)
        folder = self._store.incoming
        left = [path for path in folder.iterdir() if path.suffix in (".part", ".json") and model_id_of(path.stem) == model] if folder.is_dir() else []
        for path in left:
            path.unlink(missing_ok=True)
        return bool(left)

    def all(self) -> list[dict[str, Any]]:
        """Those of this session, newest first."""
        return [download.to_json() for download in reversed(self._known.values())]

    def close(self) -> None:
        """Stop them all; they go on after the next start when asked for again."""
        for download in self._known.values():
            download.stop.set()
        until = time.monotonic() + CLOSE_SECONDS
        for download in self._known.values():  # they end what they have started
            download.ended.wait(max(0.0, until - time.monotonic()))

    def _is_there(self, offer: Offer, model: str) -> bool:
        """Raises :class:`ModelError` ``exists`` where another model has the name."""
        stored = self._store.find(model)
        if stored is not None and offer.bytes and stored.bytes != offer.bytes:
            raise ModelError(f"Another model is called {model} here.", code="exists", hint=f"Remove it first with `deskhand model remove {model}`.")
        return stored is not None

    def _require_room(self, offer: Offer) -> None:
        folder = self._store.incoming
        files.make_folder(folder)
        missing = offer.bytes - sum(PartialFile(folder, file.name).size for file in offer.files)
        if (needed := missing + offer.scratch + SPARE) > (free := files.free_bytes(folder)):
            raise ModelError(
                f"{offer.title} takes {offer.bytes / 1e9:.1f} GB ({needed / 1e9:.1f} GB while it is fetched), and {free / 1e9:.1f} GB of disk are free.",
                code="disk_full",
                hint="Free some space, or choose a smaller one.",
            )

    def _run(self, download: Download, finished: Watcher, progress: Watcher) -> None:
        try:
            _Fetch(self._store, download, self._headers, progress).run()
            download.state = DONE
        except Cancelled:
            download.state = CANCELLED
        except DeskhandError as error:
            download.state, download.problem, download.hint, download.code = FAILED, error.message, error.hint, error.code
        except Exception as error:  # a thread's end is told where the download is shown
            log.exception("fetching %s failed", download.offer.id)
            download.state, download.problem, download.code = FAILED, plain(error), "download_failed"
        try:
            finished(download)
        finally:
            download.ended.set()


class _Fetch:
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
        self._download.phase, self._download.done = phase, done
        self._progress(self._download)
