"""Fetching models: one thread for each, resumed over restarts, checked, and shown while it goes.

A model comes into the models folder only when all of its files are whole and their checksums are right. Cores that share the folder take turns:
the second one waits while the first fetches, and finds the model there.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from core.errors import DeskhandError, ModelError
from core.ids import new_id
from models.sources import files
from models.sources.download import CANCELLED, DONE, FAILED, RUNNING, Download, Fetch, Watcher
from models.sources.http_fetch import plain
from models.sources.offers import Offer
from models.sources.origins import Origins
from models.sources.partial import PartialFile
from models.sources.store import ModelStore, StoredModel, model_id_of
from models.sources.transfer import Cancelled

__all__ = ["CANCELLED", "DONE", "FAILED", "RUNNING", "Download", "Downloads"]

log = logging.getLogger("deskhand.models")
CLOSE_SECONDS = 2.0  # that stopped downloads are waited for


def require_room(offer: Offer, missing: int, free: int, hint: str) -> None:
    """Raises :class:`ModelError` ``disk_full`` where ``free`` bytes are too few for the ``missing`` ones and what is needed while they come."""
    if (needed := missing + offer.scratch + files.SPARE) > free:
        takes = (
            f"{offer.title} takes {files.size_text(offer.bytes)} ({files.size_text(needed)} while it is fetched), and"
            if offer.bytes
            else f"Nobody tells the size of {offer.title}, and only"
        )
        raise ModelError(f"{takes} {files.size_text(free)} of disk are free.", code="disk_full", hint=hint)


def require_same(stored: StoredModel, offer: Offer, origins: Origins) -> None:
    """Raises :class:`ModelError` ``exists`` where the model of that name here is another one than is offered: by size, or by SHA-256 as far as it is known."""
    known = [origins.of(path) for path in stored.files]
    is_other = bool(offer.bytes) and stored.bytes != offer.bytes
    is_other |= any(origin and file.sha256 and origin.sha256 != file.sha256 for origin, file in zip(known, offer.files, strict=False))
    if is_other:
        whose = known[0].publisher if known[0] else ""
        said = f"Another model is called {stored.id} here{f', from {whose}' if whose else ''}: it is not the file of {offer.repo or offer.id}."
        raise ModelError(said, code="exists", hint=f"Remove it first with `deskhand model remove {stored.id}`.")


class Downloads:
    """All downloads of this core into ``store``. ``headers`` gives what goes along to an address: the person's token for the hub, and nothing to others."""

    def __init__(self, store: ModelStore, headers: Callable[[str], Mapping[str, str]] = lambda address: {}) -> None:
        self._store, self._headers = store, headers
        self._known: dict[str, Download] = {}
        self._starting = threading.Lock()

    def start(self, offer: Offer, arrived: Watcher = lambda download: None, progress: Watcher = lambda download: None, ended: Watcher = lambda download: None) -> Download:
        """Begin, or go on where an earlier try stopped; a model that is there or on its way already is not fetched again.

        The watchers are called in the download's thread: ``progress`` while it goes, ``arrived`` once the model is here, before anybody else is told so,
        ``ended`` when it is over, however that came.
        Raises :class:`ModelError` ``disk_full`` where there is no room for it, ``exists`` where another model has its name.
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
                download.done = self._come(offer)
            self._known[download.id] = download
        if is_there:
            download.ended.set()
        else:
            threading.Thread(target=self._run, args=(download, arrived, progress, ended), name=f"download {model}", daemon=True).start()
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
        if (stored := self._store.find(model)) is None:
            return False
        require_same(stored, offer, Origins(self._store.origins))
        return True

    def recognise(self, offer: Offer) -> None:
        """Find out whose file it is that has an offer's name here, where a checksum tells it. Reads the whole file once; blocks."""
        stored = self._store.find(model_id_of(offer.files[0].name))
        if stored is not None and stored.bytes == offer.bytes:
            for path, file in zip(stored.files, offer.files, strict=False):
                if file.sha256:
                    Origins(self._store.origins).recognise(path)

    def _require_room(self, offer: Offer) -> None:
        folder = self._store.incoming
        files.make_folder(folder)
        missing = offer.bytes - self._come(offer)
        require_room(offer, missing, files.free_bytes(folder), "Free some space, or choose a smaller one.")

    def _come(self, offer: Offer) -> int:
        """Bytes of it that an earlier try has left."""
        return sum(PartialFile(self._store.incoming, file.name).size for file in offer.files)

    def _run(self, download: Download, arrived: Watcher, progress: Watcher, ended: Watcher) -> None:
        state = FAILED
        try:
            Fetch(self._store, download, self._headers, progress).run()
            state = DONE
            arrived(download)
        except Cancelled:
            state = CANCELLED
        except DeskhandError as error:
            download.problem, download.hint, download.code = error.message, error.hint, error.code
        except Exception as error:  # a thread's end is told where the download is shown
            log.exception("fetching %s failed", download.offer.id)
            if state == FAILED:
                download.problem, download.code = plain(error), "download_failed"
        download.state = state
        try:
            ended(download)
        finally:
            download.ended.set()
