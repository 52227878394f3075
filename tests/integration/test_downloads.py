"""Fetching models from a hub that drops connections, lies, stalls, serves damage or pages, refuses, leads elsewhere, or is not there."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import ModelError, NotFound
from models.sources import files, http_fetch, transfer
from models.sources.fetching import Downloads
from models.sources.finding import find_offer
from models.sources.hub import Hub as HubClient
from models.sources.offers import Offer
from models.sources.store import ModelStore
from tests.helpers.fake_hub import Hub
from tests.helpers.fake_registry import Registry
from tests.helpers.faults import filled, small_disk
from tests.helpers.fetching_process import SECONDS, fetch, wait_for
from tests.helpers.fetching_process import fetching as fetching_process
from tests.helpers.gguf_models import Shape, write
from tests.helpers.proxies import http_proxy, socks_proxy

MODEL = b"GGUF" + os.urandom(3_000_000)
NAME = "model-Q4_K_M.gguf"
FILES = {NAME: MODEL, "model-Q8_0.gguf": MODEL[:100], "mmproj-model.gguf": b"GGUF", "README.md": b"text"}
SPLIT = {f"Q6_K/big-Q6_K-0000{number}-of-00003.gguf": b"GGUF" + os.urandom(400_000) for number in (1, 2, 3)}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(http_fetch, "STALL_SECONDS", 5.0)
    monkeypatch.setattr(http_fetch, "CHUNK", 64 * 1024)
    for name in ("HF_ENDPOINT", "HF_TOKEN", "HF_HOME", "HF_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)


def client(hub: Hub, token: str | None = None) -> HubClient:
    return HubClient(lambda: hub.url, lambda: token)


def offer(hub: Hub, quantisation: str = "Q4_K_M", token: str | None = None) -> Offer:
    return client(hub, token).find("some/model", quantisation)


def begun_at(hub: Hub) -> list[int]:
    return [int(wanted.split("=")[1].split("-")[0]) for wanted in hub.ranges]


def nothing_is_left(folder: Path) -> bool:
    return not [path for path in folder.rglob("*") if path.suffix in (".gguf", ".part", ".json")]


def test_a_file_is_found_fetched_checked_and_its_licence_told(tmp_path: Path) -> None:
    seen: list[int] = []
    with Hub(FILES) as hub:
        found = offer(hub)
        assert (found.files[0].name, found.bytes, found.licence, found.source) == (NAME, len(MODEL), "apache-2.0", "hub")
        downloads = Downloads(ModelStore(tmp_path))
        download = downloads.wait(downloads.start(found, progress=lambda row: seen.append(row.done)).id, SECONDS)
        assert download.state == "done", download.problem
    assert (tmp_path / NAME).read_bytes() == MODEL and seen == sorted(seen) and len(seen) > 5 and seen[-1] == len(MODEL)
    row = downloads.all()[0]
    assert (row["state"], row["model"], row["file"], row["bytes"]) == ("done", "model-Q4_K_M", NAME, len(MODEL))
    assert downloads.start(found).state == "done"  # it is here: nothing is fetched


def test_a_connection_that_breaks_is_gone_on_with(tmp_path: Path) -> None:
    with Hub(FILES, drop_after=1_100_000, drops=2) as hub:
        assert fetch(tmp_path, offer(hub)).state == "done"
        assert begun_at(hub) == [1_100_000, 2_200_000]
    assert (tmp_path / NAME).read_bytes() == MODEL


def test_a_stopped_download_goes_on_from_where_it_was(tmp_path: Path) -> None:
    gate = threading.Event()
    with Hub(FILES) as hub:
        downloads, found = Downloads(ModelStore(tmp_path)), offer(hub)
        hub.slow = gate
        download = downloads.start(found)
        wait_for(lambda: download.done > 0)
        assert downloads.start(found) is download  # it is on its way already
        assert downloads.cancel(download.id)
        gate.set()
        assert downloads.wait(download.id, SECONDS).state == "cancelled" and not (tmp_path / NAME).exists()
        assert not downloads.cancel(download.id) and not downloads.cancel("dl_unknown")
        assert fetch(tmp_path, found, downloads).state == "done" and begun_at(hub)[-1] > 0
    assert (tmp_path / NAME).read_bytes() == MODEL


def test_a_killed_program_goes_on_from_where_it_was(tmp_path: Path) -> None:
    gate, part = threading.Event(), tmp_path / ".downloads" / f"{NAME}.part"
    with Hub(FILES) as hub:
        found = offer(hub)
        hub.slow = gate
        with fetching_process(tmp_path, found) as process:
            wait_for(lambda: part.is_file() and part.stat().st_size > 1_000_000)
            process.kill()
            process.wait(SECONDS)
        kept = part.stat().st_size
        gate.set()
        assert fetch(tmp_path, found).state == "done" and begun_at(hub) == [kept]
    assert (tmp_path / NAME).read_bytes() == MODEL and nothing_is_left(tmp_path / ".downloads")


def test_two_programs_that_fetch_the_same_take_turns(tmp_path: Path) -> None:
    gate = threading.Event()
    with Hub(FILES) as hub:
        found = offer(hub)
        hub.slow = gate
        downloads = Downloads(ModelStore(tmp_path))
        with fetching_process(tmp_path, found) as process:
            wait_for(lambda: any(tmp_path.rglob("*.part")))
            second = downloads.start(found)
            wait_for(lambda: second.phase == "waiting")
            gate.set()
            assert process.wait(SECONDS) == 0
        assert downloads.wait(second.id, SECONDS).state == "done"
        assert len(hub.tokens) == 1  # one of them has asked for the file
    assert (tmp_path / NAME).read_bytes() == MODEL


def test_who_waits_goes_on_when_the_other_is_killed(tmp_path: Path) -> None:
    gate = threading.Event()
    with Hub(FILES) as hub:
        found = offer(hub)
        hub.slow = gate
        downloads = Downloads(ModelStore(tmp_path))
        with fetching_process(tmp_path, found) as process:
            wait_for(lambda: any(tmp_path.rglob("*.part")))
            second = downloads.start(found)
            wait_for(lambda: second.phase == "waiting")
            process.kill()
            process.wait(SECONDS)
        gate.set()
        assert downloads.wait(second.id, SECONDS).state == "done" and (tmp_path / NAME).read_bytes() == MODEL


def test_a_stalled_connection_is_opened_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_fetch, "STALL_SECONDS", 0.2)
    with Hub(FILES, slow=threading.Event()) as hub:  # nobody ever sets it
        found, downloads = offer(hub), Downloads(ModelStore(tmp_path))
        download = downloads.start(found)
        wait_for(lambda: len(begun_at(hub)) >= 1)
        assert hub.slow is not None
        hub.slow.set()
        assert downloads.wait(download.id, SECONDS).state == "done"
        assert begun_at(hub)[0] == len(MODEL) // 2
    assert (tmp_path / NAME).read_bytes() == MODEL


@pytest.mark.parametrize("tells_sums", [True, False])
def test_a_server_that_knows_no_ranges_sends_it_all_again(tells_sums: bool, tmp_path: Path) -> None:
    whole = write(tmp_path / "made.gguf", Shape(layers=2, vocabulary=512)).read_bytes()
    with Hub({NAME: whole}, drop_after=len(whole) // 2, drops=1, ignores_ranges=True, tells_sums=tells_sums) as hub:
        assert fetch(tmp_path / "models", offer(hub)).state == "done" and len(hub.ranges) == 1
    assert (tmp_path / "models" / NAME).read_bytes() == whole


def test_nothing_behind_what_is_there_means_that_it_is_whole(tmp_path: Path) -> None:
    """A hub that does not tell the size before: the answer 416 tells it."""
    with Hub(FILES) as hub:
        found = offer(hub)
        part = tmp_path / ".downloads" / f"{NAME}.part"
        part.parent.mkdir()
        part.write_bytes(MODEL)
        part.with_suffix(".json").write_text(f'{{"version": "{found.files[0].sha256}"}}')
        assert fetch(tmp_path, replace(found, bytes=0, files=(replace(found.files[0], bytes=0),))).state == "done"
        assert begun_at(hub) == [len(MODEL)]


def test_a_part_that_is_longer_than_the_file_is_begun_anew(tmp_path: Path) -> None:
    with Hub(FILES) as hub:
        found = offer(hub)
        part = tmp_path / ".downloads" / f"{NAME}.part"
        part.parent.mkdir()
        part.write_bytes(MODEL + b"more")
        part.with_suffix(".json").write_text(f'{{"version": "{found.files[0].sha256}"}}')
        assert fetch(tmp_path, found).state == "done" and begun_at(hub) == [len(MODEL) + 4]
    assert (tmp_path / NAME).read_bytes() == MODEL


def test_a_file_that_changed_at_the_hub_is_begun_anew(tmp_path: Path) -> None:
    """Without a checksum the entity tag tells."""
    first, second = (write(tmp_path / name, Shape(layers=2, vocabulary=size)).read_bytes() for name, size in (("a", 512), ("b", 768)))
    with Hub({NAME: first}, tells_sums=False) as hub:
        found = replace(offer(hub), bytes=0, files=(replace(offer(hub).files[0], bytes=0),))
        gate = threading.Event()
        hub.slow, downloads = gate, Downloads(ModelStore(tmp_path / "models"))
        download = downloads.start(found)
        wait_for(lambda: download.done > 0)
        downloads.cancel(download.id)
        gate.set()
        downloads.wait(download.id, SECONDS)
        hub.files, hub.slow = {NAME: second}, None
        assert fetch(tmp_path / "models", found).state == "done" and begun_at(hub)[-1] > 0
    assert (tmp_path / "models" / NAME).read_bytes() == second


def test_damage_is_noticed_and_nothing_is_left_behind(tmp_path: Path) -> None:
    with Hub(FILES, damage=True) as hub:
        download = fetch(tmp_path, offer(hub))
        assert download.state == "failed" and "checksum" in download.problem and nothing_is_left(tmp_path)
        hub.damage = False
        assert fetch(tmp_path, download.offer).state == "done"


@pytest.mark.parametrize("wrong", [{"lie": 500}, {"lie": -500}, {"more": b"x" * 100}])
def test_a_hub_that_lies_about_sizes_gives_an_error_and_no_file(wrong: dict[str, Any], tmp_path: Path) -> None:
    with Hub(FILES, **wrong) as hub:
        download = fetch(tmp_path, offer(hub))
        assert download.state == "failed" and "bytes" in download.problem and not (tmp_path / NAME).exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"<!DOCTYPE html><title>Sign in</title>" + bytes(600), "a web page"), (b"PK\x03\x04" + bytes(2_000), "a zip archive"), (b'{"error": "no"}', "JSON")],
)
def test_what_is_no_gguf_is_refused_from_its_first_bytes(content: bytes, words: str, tmp_path: Path) -> None:
    with Hub(FILES, page=content) as hub:
        found = offer(hub)
        sized = replace(found, files=(replace(found.files[0], bytes=0, sha256=""),))
        download = fetch(tmp_path, sized)
        assert download.state == "failed" and download.code == "not_gguf" and words in download.problem and "127.0.0.1" in download.problem
        assert len(hub.tokens) == 1 and nothing_is_left(tmp_path)  # asking again is of no use


def test_a_page_in_the_middle_of_a_fetch_takes_nothing_away(tmp_path: Path) -> None:
    """Somebody has to sign in at the network's page again: what has come is kept, whether the page tells its size or not."""
    gate = threading.Event()
    with Hub(FILES, slow=gate) as hub:
        found, downloads = offer(hub), Downloads(ModelStore(tmp_path))
        download = downloads.start(found)
        wait_for(lambda: download.done > 1_000_000)
        downloads.cancel(download.id)
        gate.set()
        downloads.wait(download.id, SECONDS)
        hub.slow, hub.page = None, b"<!DOCTYPE html><title>Sign in</title>" + bytes(600)
        portal = fetch(tmp_path, found)
        assert portal.code == "not_gguf" and "a web page instead of" in portal.problem
        hub.page = b""
        assert fetch(tmp_path, found).state == "done" and begun_at(hub)[-1] > 1_000_000
    assert (tmp_path / NAME).read_bytes() == MODEL


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ([], "hub_unreachable"),
        ("text", "hub_unreachable"),
        ({"siblings": None}, "not_found"),
        ({"siblings": [None, 5, {"rfilename": 7}, {"rfilename": "a\nb.gguf"}]}, "not_found"),
    ],
)
def test_what_a_hub_says_is_not_believed_to_have_any_shape(said: Any, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = HubClient(lambda: "http://hub.example")
    monkeypatch.setattr(hub, "get_json", lambda *_: said)
    with pytest.raises((ModelError, NotFound)) as refused:
        hub.find("some/model")
    assert refused.value.code == code


@pytest.mark.parametrize("entry", [{"size": "abc"}, {"size": -5}, {"size": 10**30}, {"size": True, "lfs": "x"}, {"lfs": {"sha256": "short", "size": None}}, {}])
def test_sizes_and_sums_that_are_none_count_as_not_told(entry: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    hub = HubClient(lambda: "http://hub.example")
    monkeypatch.setattr(hub, "get_json", lambda *_: {"siblings": [{"rfilename": "../some-Q4_K_M.gguf", **entry}], "cardData": {"license": ["mit", "apache-2.0"]}})
    found = hub.find("some/model")
    assert (found.bytes, found.files[0].sha256, found.files[0].name, found.licence) == (0, "", "some-Q4_K_M.gguf", "mit, apache-2.0")


def test_a_gated_model_needs_the_token(tmp_path: Path) -> None:
    with Hub(FILES, token="secret") as hub:
        with pytest.raises(ModelError, match="does not let you see") as refused:
            offer(hub)
        assert "deskhand model login" in refused.value.hint
        found = offer(hub, token="secret")
        assert fetch(tmp_path, found).code == "hub_refused"
        assert fetch(tmp_path, found, Downloads(ModelStore(tmp_path), client(hub, "secret").headers)).state == "done"


def test_the_token_does_not_follow_to_another_host_and_each_try_asks_for_a_new_address(tmp_path: Path) -> None:
    with Hub(FILES, drop_after=1_100_000, drops=2) as store, Hub(FILES, token="secret", store=store) as hub:
        found = offer(hub, token="secret")
        download = fetch(tmp_path, found, Downloads(ModelStore(tmp_path), client(hub, "secret").headers))
        assert download.state == "done", download.problem
        assert hub.tokens == ["Bearer secret"] * 3 and store.tokens == [None] * 3 and begun_at(store) == [1_100_000, 2_200_000]


def test_the_token_goes_to_the_hub_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = HubClient(lambda: "https://mirror.example", lambda: "secret")
    assert hub.headers("https://mirror.example/a") == {"Authorization": "Bearer secret"}
    for elsewhere in ("http://mirror.example/a", "https://mirror.example.evil/a", "https://mirror.example:8443/a"):
        assert hub.headers(elsewhere) == {}
    monkeypatch.setenv("HF_TOKEN", "of other programs")
    assert HubClient(lambda: "https://mirror.example").headers("https://mirror.example/a") == {}  # that one is for the hub itself
    assert HubClient().headers("https://huggingface.co/a") == {"Authorization": "Bearer of other programs"}


def test_passing_refusals_are_tried_again_and_lasting_ones_told(tmp_path: Path) -> None:
    with Hub(FILES) as hub:
        found = offer(hub)
        hub.statuses = [503, 429, 500]
        assert fetch(tmp_path / "a", found).state == "done"
        hub.statuses = [404]
        assert fetch(tmp_path / "b", found).code == "not_found"
        hub.statuses = [503] * (transfer.ATTEMPTS + 1)
        download = fetch(tmp_path / "c", found)
        assert download.code == "hub_unreachable" and "503" in download.problem and hub.statuses == [503]  # bounded


def test_all_parts_of_a_split_model_come_or_none(tmp_path: Path) -> None:
    first, *others = (Path(name).name for name in SPLIT)
    with Hub(SPLIT) as hub:
        found = offer(hub, "Q6_K")
        assert [file.name for file in found.files] == [first, *others] and found.bytes == 3 * 400_004
        hub.files = {**SPLIT, list(SPLIT)[2]: b"GGUF" + bytes(400_000)}
        assert fetch(tmp_path, found).state == "failed" and not list(tmp_path.glob("*.gguf"))
        hub.files, hub.ranges = SPLIT, []
        download = fetch(tmp_path, found)
        assert download.state == "done" and download.model == "big-Q6_K" and download.done == found.bytes
        assert len(hub.tokens) == 4  # the first two parts were not fetched again
    assert [path.read_bytes() for path in sorted(tmp_path.glob("*.gguf"))] == list(SPLIT.values())


def test_a_repository_that_lacks_parts_is_told(tmp_path: Path) -> None:
    with Hub(dict(list(SPLIT.items())[:2])) as hub, pytest.raises(ModelError, match="2 of the 3 parts"):
        offer(hub, "Q6_K")


@pytest.mark.parametrize(("quantisation", "file"), [("Q5_K_M", ""), ("", "nothing.gguf")])
def test_what_the_repository_does_not_have_is_said(quantisation: str, file: str) -> None:
    with Hub(FILES) as hub, pytest.raises(NotFound, match="no such model file") as refused:
        client(hub).find("some/model", quantisation, file)
    assert NAME in refused.value.hint and "mmproj" not in refused.value.hint


def test_the_usual_quantisation_is_taken_where_none_is_said() -> None:
    with Hub(FILES) as hub:
        assert client(hub).find("some/model").files[0].name == NAME
        assert client(hub).find("some/model", file="model-Q8_0.gguf").files[0].name == "model-Q8_0.gguf"


def test_an_address_is_fetched_whole(tmp_path: Path) -> None:
    whole = write(tmp_path / "made.gguf", Shape(layers=2)).read_bytes()
    with Hub({"some%20model.GGUF": whole, "cut.gguf": whole[:-1000]}) as hub:
        found = find_offer(f"{hub.url}/plain/some%20model.GGUF?download=true", HubClient())
        assert found.source == "address" and found.files[0].name == "some model.GGUF"
        download = fetch(tmp_path / "models", found)
        assert download.state == "done" and download.model == "some model" and hub.tokens == [None]
        cut = fetch(tmp_path / "models", find_offer(f"{hub.url}/plain/cut.gguf", HubClient()))
        assert cut.code == "not_gguf" and "cut short" in cut.problem and not (tmp_path / "models/cut.gguf").exists()


def test_a_hub_that_is_not_there_is_said_with_what_there_is_without_it() -> None:
    nobody = HubClient(lambda: "http://127.0.0.1:9")
    with pytest.raises(ModelError, match=r"127\.0\.0\.1:9 could not be asked") as refused:
        find_offer("some/model:Q4_K_M", nobody)
    assert refused.value.code == "hub_unreachable" and "registry:qwen2.5-coder-1.5b (1.1 GB)" in refused.value.hint
    same = find_offer("Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF:q4_k_m", nobody)  # packages of the registry hold the very file
    assert same.id == "registry:qwen2.5-coder-0.5b" and "could not be asked" in same.note
    with Hub({}, page=b"") as hub, pytest.raises(NotFound):
        find_offer("some/model", client(hub))


def test_a_disk_without_room_is_said_before_anything_is_fetched(tmp_path: Path) -> None:
    with Hub(FILES) as hub:
        found = offer(hub)
        with pytest.raises(ModelError, match="of disk are free") as full:
            Downloads(ModelStore(tmp_path)).start(replace(found, bytes=10**15))
        assert full.value.code == "disk_full" and hub.tokens == []


def test_a_file_whose_size_only_the_answer_tells_is_held_against_the_disk_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "free_bytes", lambda folder: files.SPARE + 1_000_000)
    with Hub({"some.gguf": MODEL}) as hub:
        download = fetch(tmp_path, find_offer(f"{hub.url}/plain/some.gguf", HubClient()))
    assert download.code == "disk_full" and "501 MB of disk are free" in download.problem and download.done == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    try:
        with small_disk(tmp_path / "disk", "4m") as folder:
            yield folder
    except OSError as error:
        pytest.skip(str(error))


def test_a_disk_that_fills_up_in_the_middle_is_said_and_what_came_is_kept(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "SPARE", 0)
    gate = threading.Event()
    with Hub(FILES) as hub:
        found, downloads = offer(hub), Downloads(ModelStore(disk / "models"))
        hub.slow = gate
        download = downloads.start(found)
        wait_for(lambda: download.done > 0)
        filler = filled(disk)
        gate.set()
        assert downloads.wait(download.id, SECONDS).code == "disk_full" and "are kept" in download.problem
        filler.unlink()
        assert fetch(disk / "models", found).state == "done" and begun_at(hub)[-1] > 0
    assert hashlib.sha256((disk / "models" / NAME).read_bytes()).hexdigest() == found.files[0].sha256


@pytest.mark.parametrize(("kind", "proxy"), [("http", http_proxy), ("socks5h", socks_proxy)])
def test_a_mirror_behind_a_proxy(kind: str, proxy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with Hub(FILES) as hub, proxy(int(hub.url.rpartition(":")[2])) as (port, asked):
        monkeypatch.setenv("ALL_PROXY", f"{kind}://127.0.0.1:{port}")
        found = HubClient(lambda: "http://mirror.example").find("some/model", "Q4_K_M")
        assert fetch(tmp_path, found).state == "done" and len(asked) == 2 and all("mirror.example" in address for address in asked)
    assert (tmp_path / NAME).read_bytes() == MODEL


def test_the_host_that_fails_is_named_and_a_proxys_page_is_no_word_of_the_hub(tmp_path: Path) -> None:
    with Hub(FILES) as hub:
        store = Hub(FILES, url="http://localhost:9")  # nobody listens there
        hub.store, found = store, offer(hub)
        download = fetch(tmp_path, found)
        assert download.code == "hub_unreachable" and "from localhost" in download.problem
    with Registry({}) as page, pytest.raises(ModelError, match="it answers 404") as refused:  # any server that knows nothing of the hub's protocol
        client(Hub({}, url=page.url)).find("some/model")
    assert refused.value.code == "hub_unreachable"


def test_another_model_of_the_same_name_is_not_taken_for_it(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"GGUF another one")
    with Hub(FILES) as hub, pytest.raises(ModelError, match="Another model is called model-Q4_K_M here") as refused:
        fetch(tmp_path, offer(hub))
    assert refused.value.code == "exists" and "model remove" in refused.value.hint
