"""The vectors of the skills, in Chroma: an index over the files, made anew whenever it is gone or damaged. The only module that knows Chroma.

Everything here blocks; callers use a thread. A native crash of the store would take the core with it, so it is opened only when skills are searched by
meaning, and a store that cannot be opened is set aside at once.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

log = logging.getLogger("deskhand.skills")
COLLECTION = "skills"


class VectorIndex:
    """Texts by key with their vectors. ``folder`` holds one store at a time, in a subfolder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._client: Any = None
        self._collection: Any = None

    def close(self) -> None:
        """Let go of the store and of its open files; it is opened again when it is needed."""
        client, self._client, self._collection = self._client, None, None
        if client is not None:
            try:
                client.close()
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException as error:  # the native part of a damaged store
                log.info("the skills' index could not be closed (%s)", str(error)[:200])

    def missing(self, keys: Sequence[str]) -> list[str]:
        """Those that have no vector yet; what is there besides them is taken out."""
        known = set(self._safely(lambda: self._opened().get(include=[])["ids"], []))
        if gone := sorted(known - set(keys)):
            self._safely(lambda: self._opened().delete(ids=gone), None)
        return [key for key in keys if key not in known]

    def add(self, keys: Sequence[str], texts: Sequence[str], vectors: Sequence[Sequence[float]]) -> None:
        """Keep these; a key that is there already is replaced."""
        if keys:
            self._safely(lambda: self._opened().upsert(ids=list(keys), documents=list(texts), embeddings=[list(vector) for vector in vectors]), None)

    def vectors(self, keys: Sequence[str]) -> dict[str, Any]:
        """The vectors of these keys, as far as they are there. A few thousand are compared whole: exact, and faster than the store's graph, which is approximate."""
        found = self._safely(lambda: self._opened().get(ids=list(keys), include=["embeddings"]), None)
        return dict(zip(found["ids"], found["embeddings"], strict=True)) if found else {}

    def _safely(self, act: Any, otherwise: Any) -> Any:
        """Do it; where the store is damaged, once more with a new one."""
        for last in (False, True):
            try:
                return act()
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException as error:  # the store's native part panics with a BaseException of its own
                log.warning("the skills' index failed (%s)%s", str(error)[:200], "; searching goes on by words" if last else "; it is made anew")
                self._renew()
        return otherwise

    def _opened(self) -> Any:
        if self._collection is not None and not self._store().exists():
            self._renew()  # somebody deleted it under us
        if self._collection is None:
            import chromadb

            self._store().mkdir(parents=True, exist_ok=True)
            self._client = chromadb.PersistentClient(str(self._store()), settings=chromadb.Settings(anonymized_telemetry=False))
            self._collection = self._client.get_or_create_collection(COLLECTION, embedding_function=None, configuration={"hnsw": {"space": "cosine"}})
        return self._collection

    def _store(self) -> Path:
        """The store in use: the subfolder with the highest number."""
        numbers = [int(path.name) for path in self.folder.glob("*") if path.is_dir() and path.name.isdigit()] if self.folder.is_dir() else []
        return self.folder / str(getattr(self, "_number", None) or max(numbers, default=1))

    def _renew(self) -> None:
        """Let go of the store and begin another: the old one's files may still be held open, so it gets a new folder."""
        old = self._store()
        self.close()
        self._number = int(old.name) + 1
        shutil.rmtree(old, ignore_errors=True)
