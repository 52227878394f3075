"""Fetching models: from a hub that speaks Hugging Face's protocol, resumed where it was cut off, checked, shown while it goes.

The file comes into the models folder only when it is whole and its checksum is right. One thread for each download.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import ModelError
from core.ids import new_id

ATTEMPTS, PAUSE = 6, 0.5  # tries of one file, and seconds before the second one (doubled each time)
CHUNK = 256 * 1024  # bytes after which progress is told and a cancel takes hold
SPARE = 500_000_000  # bytes of disk that stay free


@dataclass(frozen=True, slots=True)
class Offer:
    """A file of a repository: its size in bytes, SHA-256 where the hub tells, and the licence it is under."""

    repo: str
    file: str
    bytes: int
    sha256: str
    licence: str


@dataclass(slots=True)
class Download:
    """One on its way. ``state``: ``running``, ``done``, ``failed`` or ``cancelled``."""

    id: str
    offer: Offer
    target: Path
    state: str = "running"
    done: int = 0
    began: float = field(default_factory=time.monotonic)
    problem: str = ""
    stop: threading.Event = field(default_factory=threading.Event)

    def to_json(self) -> dict[str, Any]:
        """As the API shows it; ``rate`` in bytes a second."""
        rate = self.done / max(0.001, time.monotonic() - self.began) if self.state == "running" else 0
        return {
            "id": self.id,
            "repo": self.offer.repo,
            "file": self.offer.file,
            "bytes": self.offer.bytes,
            "done": self.done,
            "state": self.state,
            "rate": round(rate),
            "licence": self.offer.licence,
            "problem": self.problem,
        }


class Cancelled(Exception):
    """The person no longer wants it."""


class Downloads:
    """All downloads of this core. ``endpoint`` is a mirror's address (empty: the hub's own), ``token`` gives the person's, or None."""

    def __init__(self, folder: Path, endpoint: Callable[[], str] = lambda: "", token: Callable[[], str | None] = lambda: None) -> None:
        self._folder, self._endpoint, self._token = folder, endpoint, token
        self._running: dict[str, Download] = {}

    def find(self, repo: str, quantisation: str = "", file: str = "") -> Offer:
        """The file that is meant. Blocks on the network. Raises :class:`ModelError` for none, or several that could be meant."""
        from huggingface_hub import HfApi

        try:
            info = HfApi(endpoint=self._endpoint() or None, token=self._token()).model_info(repo, files_metadata=True, timeout=20)
        except Exception as error:
            raise ModelError(
                f"{repo} could not be looked up: {_plain(error)}", code="hub_unreachable", hint="Check the name and the connection; a mirror can be set as models.hub."
            ) from error
        files = [entry for entry in info.siblings or () if entry.rfilename.endswith(".gguf") and not re.search(r"-0000[2-9]-of-|mmproj", entry.rfilename)]
        wanted = [entry for entry in files if (entry.rfilename == file if file else re.search(rf"(?i)(?<![a-z0-9]){re.escape(quantisation)}(?![a-z0-9_])", entry.rfilename))]
        if not wanted:
            raise ModelError(f"{repo} has no such file.", code="not_found", hint="There are: " + ", ".join(entry.rfilename for entry in files)[:400])
        chosen = min(wanted, key=lambda entry: len(entry.rfilename))
        licence = str((getattr(info, "card_data", None) or {}).get("license", "") or "not stated")
        lfs: Any = chosen.lfs or {}
        return Offer(repo, chosen.rfilename, int(chosen.size or 0), str(lfs.get("sha256", "") if isinstance(lfs, dict) else lfs.sha256), licence)

    def start(self, offer: Offer, finished: Callable[[Download], None] = lambda download: None) -> Download:
        """Begin, or go on where an earlier try stopped. Raises :class:`ModelError` for a disk without room and a name that is taken."""
        target = self._folder / Path(offer.file).name
        if target.exists():
            raise ModelError(f"{target.stem} is there already.", code="exists")
        if any(running.target == target and running.state == "running" for running in self._running.values()):
            raise ModelError(f"{target.stem} is on its way already.", code="exists")
        free = shutil.disk_usage(self._folder).free
        if offer.bytes + SPARE > free:
            raise ModelError(
                f"{target.stem} takes {offer.bytes / 1e9:.1f} GB, and {free / 1e9:.1f} GB of disk are free.",
                code="disk_full",
                hint="Free some space, or choose a smaller quantisation.",
            )
        download = Download(new_id("dl"), offer, target)
        self._running[download.id] = download
        threading.Thread(target=self._run, args=(download, finished), name=f"download {offer.file}", daemon=True).start()
        return download

    def cancel(self, download_id: str) -> bool:
        """Stop one; what has come is kept for the next try. False where none of that id runs."""
        download = self._running.get(download_id)
        if download is None or download.state != "running":
            return False
        download.stop.set()
        return True

    def all(self) -> list[dict[str, Any]]:
        """Those of this session, newest first."""
        return [download.to_json() for download in reversed(self._running.values())]

    def close(self) -> None:
        """Stop them all; they go on after the next start when asked for again."""
        for download in self._running.values():
            download.stop.set()

    def _run(self, download: Download, finished: Callable[[Download], None]) -> None:
        try:
            path = self._fetched(download)
            _verify(path, download.offer)
            path.replace(download.target)
            download.state = "done"
        except Cancelled:
            download.state = "cancelled"
        except ModelError as error:
            download.state, download.problem = "failed", error.message
        except Exception as error:
            download.state, download.problem = "failed", _plain(error)
        finished(download)

    def _fetched(self, download: Download) -> Path:
        """The whole file, in as many tries as it takes; each goes on where the last one stopped."""
        from huggingface_hub import constants, hf_hub_download

        constants.DOWNLOAD_CHUNK_SIZE = CHUNK
        scratch, pause, last = self._folder / ".downloads" / download.offer.repo.replace("/", "--"), PAUSE, None
        for attempt in range(ATTEMPTS):
            if attempt and download.stop.wait(pause):
                raise Cancelled
            before = download.done
            try:
                return Path(
                    hf_hub_download(
                        download.offer.repo,
                        download.offer.file,
                        local_dir=scratch,
                        endpoint=self._endpoint() or None,
                        token=self._token() or False,
                        tqdm_class=_meter(download),
                        etag_timeout=10,
                    )
                )
            except Cancelled:
                raise
            except Exception as error:
                if (status := getattr(getattr(error, "response", None), "status_code", 0)) in (401, 403, 404):
                    raise ModelError(
                        f"{download.offer.repo} cannot be fetched ({status}): {_plain(error)}",
                        code="hub_refused",
                        hint="The model may need its licence accepted and a token: deskhand model login.",
                    ) from error
                last, pause = error, PAUSE if download.done > before else pause * 2
        raise ModelError(f"The connection broke {ATTEMPTS} times: {_plain(last)}", code="hub_unreachable") from last


def _meter(download: Download) -> Any:
    """The progress bar that huggingface_hub drives; drawn by us, and the place where a cancel takes hold."""
    from tqdm import tqdm

    class Meter(tqdm):  # type: ignore[type-arg]
        def __init__(self, *args: Any, **more: Any) -> None:
            more["disable"] = True
            more.pop("name", None)
            super().__init__(*args, **more)
            download.done = int(more.get("initial") or 0)

        def update(self, n: float | None = 1) -> bool | None:
            if download.stop.is_set():
                raise Cancelled
            download.done += int(n or 0)
            return None

    return Meter


def _verify(path: Path, offer: Offer) -> None:
    """Size and checksum; a file that is wrong is thrown away, so that the next try begins anew."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if (offer.sha256 and digest != offer.sha256) or (not offer.sha256 and offer.bytes and path.stat().st_size != offer.bytes):
        path.unlink()
        raise ModelError(
            f"{offer.file} arrived damaged: its checksum is not the one the hub states.", code="checksum", hint="Try again; if it happens twice, choose another mirror."
        )


def _plain(error: BaseException | None) -> str:
    return re.sub(r"\s+", " ", str(error) or type(error).__name__)[:200]
