"""Fetching models from a hub that drops connections, lies about sizes, serves damage, refuses, or is not there."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from core.errors import ModelError
from models.downloads import Download, Downloads, Offer
from tests.helpers.fake_hub import Hub

MODEL = b"GGUF" + os.urandom(3_000_000)
FILES = {"model-Q4_K_M.gguf": MODEL, "model-Q8_0.gguf": MODEL[:100], "mmproj-model.gguf": b"GGUF", "README.md": b"text"}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.downloads.PAUSE", 0.01)
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")


def fetch(downloads: Downloads, offer: Offer) -> Download:
    ended = threading.Event()
    download = downloads.start(offer, lambda _: ended.set())
    assert ended.wait(60)
    return download


def test_a_file_is_found_fetched_checked_and_its_licence_told(tmp_path: Path) -> None:
    with Hub(FILES) as hub:
        downloads = Downloads(tmp_path, lambda: hub.url)
        offer = downloads.find("some/model", "Q4_K_M")
        assert (offer.file, offer.bytes, offer.licence) == ("model-Q4_K_M.gguf", len(MODEL), "apache-2.0")
        download = fetch(downloads, offer)
    assert download.state == "done" and (tmp_path / "model-Q4_K_M.gguf").read_bytes() == MODEL and download.done == len(MODEL)
    assert downloads.all()[0]["state"] == "done"
    with pytest.raises(ModelError, match="already"):
        downloads.start(offer)


def test_a_connection_that_breaks_is_gone_on_with(tmp_path: Path) -> None:
    with Hub(FILES, drop_after=1_100_000, drops=2) as hub:
        download = fetch(Downloads(tmp_path, lambda: hub.url), Downloads(tmp_path, lambda: hub.url).find("some/model", "Q4_K_M"))
        assert download.state == "done", download.problem
        assert any(int(wanted.split("=")[1].split("-")[0]) > 0 for wanted in hub.ranges)  # not from the start again
    assert (tmp_path / "model-Q4_K_M.gguf").read_bytes() == MODEL


def test_a_stopped_download_goes_on_from_where_it_was(tmp_path: Path) -> None:
    gate = threading.Event()
    with Hub(FILES) as hub:
        downloads = Downloads(tmp_path, lambda: hub.url)
        offer, ended = downloads.find("some/model", "Q4_K_M"), threading.Event()
        hub.slow = gate
        download = downloads.start(offer, lambda _: ended.set())
        while not download.done and not ended.wait(0.02):
            pass
        assert downloads.cancel(download.id)
        gate.set()
        assert ended.wait(30) and download.state == "cancelled" and not (tmp_path / "model-Q4_K_M.gguf").exists()
        assert not downloads.cancel(download.id) and not downloads.cancel("dl_unknown")
        assert fetch(downloads, offer).state == "done"
    assert (tmp_path / "model-Q4_K_M.gguf").read_bytes() == MODEL


def test_damage_is_noticed_and_nothing_is_left_behind(tmp_path: Path) -> None:
    with Hub(FILES, damage=True) as hub:
        downloads = Downloads(tmp_path, lambda: hub.url)
        download = fetch(downloads, downloads.find("some/model", "Q4_K_M"))
        assert download.state == "failed" and not (tmp_path / "model-Q4_K_M.gguf").exists()
        hub.damage = False
        assert fetch(downloads, download.offer).state == "done"


def test_a_hub_that_lies_about_sizes_gives_an_error_and_no_file(tmp_path: Path) -> None:
    with Hub(FILES, lie=500) as hub:
        downloads = Downloads(tmp_path, lambda: hub.url)
        download = fetch(downloads, downloads.find("some/model", "Q4_K_M"))
        assert download.state == "failed" and download.problem and not (tmp_path / "model-Q4_K_M.gguf").exists()


def test_a_gated_model_needs_the_token(tmp_path: Path) -> None:
    with Hub(FILES, token="secret") as hub:
        with pytest.raises(ModelError, match="could not be looked up"):
            Downloads(tmp_path, lambda: hub.url).find("some/model", "Q4_K_M")
        downloads = Downloads(tmp_path, lambda: hub.url, lambda: "secret")
        assert fetch(downloads, downloads.find("some/model", "Q4_K_M")).state == "done"


@pytest.mark.parametrize(("quantisation", "file"), [("Q5_K_M", ""), ("", "nothing.gguf")])
def test_what_the_repository_does_not_have_is_said(quantisation: str, file: str, tmp_path: Path) -> None:
    with Hub(FILES) as hub, pytest.raises(ModelError, match="no such file") as refused:
        Downloads(tmp_path, lambda: hub.url).find("some/model", quantisation, file)
    assert "model-Q4_K_M.gguf" in refused.value.hint


def test_a_hub_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="could not be looked up"):
        Downloads(tmp_path, lambda: "http://127.0.0.1:9").find("some/model", "Q4_K_M")


def test_a_disk_without_room_is_said_before_anything_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="GB of disk are free"):
        Downloads(tmp_path).start(Offer("some/model", "x.gguf", 10**15, "", ""))
