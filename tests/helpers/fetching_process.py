"""A process that fetches one model, to be killed: ``python -m tests.helpers.fetching_process FOLDER OFFER`` with the offer as JSON. Prints how it ended."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from models.sources.fetching import Download, Downloads
from models.sources.offers import Offer, Piece, RemoteFile
from models.sources.store import ModelStore

SECONDS = 30.0  # at most, for anything that a test waits for


def fetch(folder: Path, offer: Offer, downloads: Downloads | None = None) -> Download:
    """Fetch in this process, to the end."""
    downloads = downloads or Downloads(ModelStore(folder))
    ended = downloads.wait(downloads.start(offer).id, SECONDS)
    assert ended.state != "running", "it takes too long"
    return ended


@contextlib.contextmanager
def fetching(folder: Path, offer: Offer) -> Iterator[subprocess.Popen[str]]:
    """The same in a process of its own, which is killed at the end at the latest."""
    process = subprocess.Popen([sys.executable, "-m", __name__, str(folder), json.dumps(asdict(offer))], stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=SECONDS)


def wait_for(holds: Callable[[], bool]) -> None:
    """Look again and again until it holds."""
    until = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < until, "it takes too long"
        time.sleep(0.01)


def _offer(values: dict[str, object]) -> Offer:
    files = [RemoteFile(**{**file, "pieces": tuple(Piece(**piece) for piece in file["pieces"])}) for file in values["files"]]  # type: ignore[attr-defined]
    return Offer(**{**values, "files": tuple(files)})  # type: ignore[arg-type]


if __name__ == "__main__":
    found = fetch(Path(sys.argv[1]), _offer(json.loads(sys.argv[2])))
    print(found.state, found.problem, flush=True)
