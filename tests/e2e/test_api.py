"""The local API over a real core: the door, the contract's shapes, real clients, schemathesis."""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.client.client import ApiError
from tests.helpers.processes import CoreProcess, wait_until
from tests.helpers.token_server import WORDS, TokenServer


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CoreProcess]:
    folder = tmp_path_factory.mktemp("core")
    with CoreProcess(folder / "home", HOME=str(folder)) as process:
        yield process


@pytest.fixture(autouse=True)
def no_children_left() -> None:
    """The core lives as long as this module; its own end is tested in test_lifecycle."""


def raw(core: CoreProcess, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", core.client.port, timeout=20)
    connection.putrequest(method, path, skip_host=True)
    for name, value in {"Host": f"127.0.0.1:{core.client.port}", **headers}.items():
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, json.loads(content) if content else None


def token(core: CoreProcess) -> dict[str, str]:
    return {"Authorization": f"Bearer {core.home.token.read_text().strip()}"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Basic abc"}, 401),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_the_door_is_closed_to_strangers(core: CoreProcess, headers: dict, status: int) -> None:
    given = headers if "Authorization" in headers or not headers else {**token(core), **headers}
    found, body = raw(core, "GET", "/api/status", given)
    assert found == status and body["error"]["code"]


def test_the_token_file_is_for_its_owner_only(core: CoreProcess) -> None:
    assert core.home.token.stat().st_mode & 0o777 == 0o600
    assert core.home.root.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"text": 3}', b'{"text": "x", "bogus": 1}', b"[]", b'{"text": "\\ud800"}', b'{"text": "   "}'])
def test_a_bad_body_is_answered_with_an_error_and_the_core_lives(core: CoreProcess, body: bytes) -> None:
    status, answer = raw(core, "POST", "/api/runs", {**token(core), "Content-Type": "application/json"}, body)
    assert status in (400, 422) and answer["error"]["message"]
    assert core.client.call("GET", "/api/status")["pid"]


def test_a_megabyte_is_refused_in_words(core: CoreProcess, tmp_path: Path) -> None:
    with pytest.raises(ApiError) as caught:
        core.client.call("POST", "/api/runs", {"text": "x" * 1_000_000, "workspace": str(tmp_path)})
    assert caught.value.code == "invalid"
    status, _ = raw(core, "POST", "/api/runs", {**token(core), "Content-Length": "9000000"})
    assert status == 413


def test_a_run_over_the_api_and_its_undo(core: CoreProcess, tmp_path: Path) -> None:
    run = core.client.call("POST", "/api/runs", {"text": "Create a file called hello.txt containing hello", "workspace": str(tmp_path)})
    row = core.client.call("GET", f"/api/runs/{run['run_id']}?wait_s=20")
    assert row["status"] == "done" and (tmp_path / "hello.txt").read_text() == "hello"
    events = list(core.client.lines(f"/api/runs/{run['run_id']}/stream"))
    assert events[0]["type"] == "run_started" and events[-1]["type"] == "run_finished"
    assert core.client.call("POST", f"/api/runs/{run['run_id']}/undo")["complete"] and not (tmp_path / "hello.txt").exists()


async def test_the_websocket_replays_and_goes_on(core: CoreProcess, tmp_path: Path) -> None:
    import websockets

    core.client.call("POST", "/api/conversations", {"title": "one"})
    async with websockets.connect(f"ws://127.0.0.1:{core.client.port}/api/events?after=0", additional_headers=token(core)) as socket:
        first = json.loads(await asyncio.wait_for(socket.recv(), 10))
        assert first["seq"] == 1 and set(first) == {"seq", "type", "run_id", "at", "data"}
        last = core.client.call("GET", "/api/status")["last_seq"]
        while first["seq"] < last:
            following = json.loads(await asyncio.wait_for(socket.recv(), 10))
            assert following["seq"] == first["seq"] + 1
            first = following
        core.client.call("POST", "/api/conversations", {"title": "two"})
        live = json.loads(await asyncio.wait_for(socket.recv(), 10))
        assert live["type"] == "conversation_changed" and live["seq"] == last + 1
    with pytest.raises(websockets.exceptions.InvalidStatus):
        async with websockets.connect(f"ws://127.0.0.1:{core.client.port}/api/events"):
            pass


def test_the_openai_client_works_unchanged(core: CoreProcess) -> None:
    import openai

    client = openai.OpenAI(base_url=f"http://127.0.0.1:{core.client.port}/v1", api_key=core.home.token.read_text().strip(), max_retries=0, timeout=60)
    messages: Any = [{"role": "user", "content": "hi"}]
    assert "deskhand" in [model.id for model in client.models.list()]
    for model in ("deskhand", "starter"):
        whole = client.chat.completions.create(model=model, messages=messages).choices[0].message.content
        streamed = list(client.chat.completions.create(model=model, messages=messages, stream=True, stream_options={"include_usage": True}))
        assert "".join(chunk.choices[0].delta.content or "" for chunk in streamed if chunk.choices) == whole
        assert streamed[-1].usage is not None and not streamed[-1].choices
    vectors = client.embeddings.create(model="deskhand", input=["a b", "c"]).data
    assert len(vectors) == 2 and len(vectors[0].embedding) > 100
    assert client.responses.create(model="deskhand", input="hi").output_text
    with pytest.raises(openai.NotFoundError):
        client.files.list()
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="nonsense", messages=messages)
    client.close()


async def test_answers_on_a_kept_connection_are_not_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """asyncio turns Nagle's algorithm off only for sockets that name their protocol; with it each answer waits for the client's delayed acknowledgement."""
    from app.service.main import _listen

    monkeypatch.setenv("DESKHAND_PORT", "0")
    held: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    with _listen() as listening:
        async with await asyncio.start_server(accepted, sock=listening):
            _, writer = await asyncio.open_connection(*listening.getsockname())
            assert await asyncio.wait_for(held, 5)
            writer.close()


def slow_run(core: CoreProcess, server: TokenServer, workspace: Path) -> str:
    """A run whose answer comes a word at a time."""
    core.client.call("PUT", "/api/models/providers/slow", {"base_url": server.url, "models": ["m"], "timeout_s": 30})
    body = {"text": "Tell me something calm about the sea", "workspace": str(workspace), "models": dict.fromkeys(("planner", "reviewer", "executor"), "slow/m")}
    return str(core.client.call("POST", "/api/runs", body)["run_id"])


def delays(server: TokenServer, arrivals: list[tuple[str, float]]) -> list[float]:
    """Seconds from each word's leaving the server to its arrival."""
    found, said, left, at = [], "", list(arrivals), 0.0
    for number, (_, sent) in enumerate(server.sent, 1):
        words = "".join(word for word, _ in server.sent[:number]).split()
        while said.split()[: len(words)] != words and left:
            piece, at = left.pop(0)
            said += piece
        found.append(at - sent)
    return found


def pieces_of(core: CoreProcess, run_id: str) -> list[tuple[str, float]]:
    return [(event["data"]["text"], time.monotonic()) for event in core.client.lines(f"/api/runs/{run_id}/stream") if event["type"] == "text_delta"]


async def pieces_of_socket(core: CoreProcess, server: TokenServer, workspace: Path) -> list[tuple[str, float]]:
    import websockets

    found: list[tuple[str, float]] = []
    async with websockets.connect(f"ws://127.0.0.1:{core.client.port}/api/events", additional_headers=token(core)) as feed:
        run_id = await asyncio.to_thread(slow_run, core, server, workspace)
        while (event := json.loads(await asyncio.wait_for(feed.recv(), 20)))["type"] != "run_finished" or event["run_id"] != run_id:
            if event["type"] == "text_delta" and event["run_id"] == run_id:
                found.append((event["data"]["text"], time.monotonic()))
    return found


def pieces_of_openai(core: CoreProcess) -> list[tuple[str, float]]:
    import openai

    client = openai.OpenAI(base_url=f"http://127.0.0.1:{core.client.port}/v1", api_key=core.home.token.read_text().strip(), max_retries=0, timeout=60)
    asked: Any = [{"role": "user", "content": "Tell me something calm about the sea"}]
    stream = client.chat.completions.create(model="deskhand", messages=asked, stream=True)
    found = [(chunk.choices[0].delta.content, time.monotonic()) for chunk in stream if chunk.choices and chunk.choices[0].delta.content]
    client.close()
    return found


@pytest.mark.parametrize("door", ["stream", "socket", "openai"])
async def test_a_word_of_the_model_is_with_the_client_within_a_tenth_of_a_second(door: str, core: CoreProcess, tmp_path: Path) -> None:
    with TokenServer() as server:
        if door == "stream":
            found = await asyncio.to_thread(lambda: pieces_of(core, slow_run(core, server, tmp_path)))
        elif door == "socket":
            found = await pieces_of_socket(core, server, tmp_path)
        else:
            await asyncio.to_thread(slow_run, core, server, tmp_path)  # makes the server known
            core.client.call("PUT", "/api/models/roles/all", {"model": "slow/m"})
            server.sent.clear()
            await asyncio.to_thread(wait_until, lambda: not core.client.call("GET", "/api/status")["running"], 20)
            server.sent.clear()
            found = await asyncio.to_thread(pieces_of_openai, core)
            core.client.call("PUT", "/api/models/roles/all", {"model": "starter"})
        late = delays(server, found)
    assert "".join(piece for piece, _ in found).split() == "".join(WORDS).split()
    assert late[0] < 0.1 and sorted(late)[len(late) // 2] < 0.1, [round(one * 1000) for one in late]
    print(f"{door}: first {late[0] * 1000:.0f} ms, median {sorted(late)[len(late) // 2] * 1000:.0f} ms, most {max(late) * 1000:.0f} ms")


def test_what_is_only_announced_is_passed_on(core: CoreProcess, tmp_path: Path) -> None:
    with TokenServer(pauses={0: 1.2}) as server:
        seen = list(core.client.lines(f"/api/runs/{slow_run(core, server, tmp_path)}/stream"))
    announced = [event for event in seen if event["seq"] == 0]
    assert announced and {event["type"] for event in announced} == {"model_progressed"} and announced[0]["data"]["phase"] in ("waiting", "loading", "reading", "thinking")
    kept = [event["seq"] for event in seen if event["seq"]]
    assert kept == sorted(set(kept)), "each kept event once and in order"


def test_a_client_that_does_not_read_delays_nobody(core: CoreProcess, tmp_path: Path) -> None:
    with TokenServer(words=WORDS * 3) as server:
        run_id = slow_run(core, server, tmp_path)
        lazy = []
        for path in (f"/api/runs/{run_id}/stream", "/api/runs"):
            connection = socket.create_connection(("127.0.0.1", core.client.port))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {token(core)['Authorization']}\r\n\r\n".encode())
            lazy.append(connection)
        late = delays(server, pieces_of(core, run_id))
        for connection in lazy:
            connection.close()
    assert sorted(late)[len(late) // 2] < 0.1, [round(one * 1000) for one in late]


def test_a_client_that_goes_away_from_the_assistant_stops_its_run(core: CoreProcess, tmp_path: Path) -> None:
    with TokenServer(words=WORDS * 20) as server:
        slow_run_id = slow_run(core, server, tmp_path)
        core.client.call("POST", f"/api/runs/{slow_run_id}/cancel")
        core.client.call("PUT", "/api/models/roles/all", {"model": "slow/m"})
        try:
            body = json.dumps({"model": "deskhand", "stream": True, "messages": [{"role": "user", "content": "Tell me something calm about the sea"}]}).encode()
            connection = http.client.HTTPConnection("127.0.0.1", core.client.port, timeout=20)
            connection.request("POST", "/v1/chat/completions", body, {**token(core), "Content-Type": "application/json"})
            answer = connection.getresponse()
            while b"calm" not in answer.readline():
                pass
            run_id = core.client.call("GET", "/api/runs?limit=1")[0]["id"]
            answer.close()
            connection.close()
            row = wait_until(lambda: (row := core.client.call("GET", f"/api/runs/{run_id}"))["finished_at"] and row, 10, "the run to be stopped")
            assert row["status"] == "cancelled" and len(server.sent) < len(server.words)
        finally:
            core.client.call("PUT", "/api/models/roles/all", {"model": "starter"})


def test_base64_vectors_are_the_same_numbers(core: CoreProcess) -> None:
    plain = core.client.call("POST", "/v1/embeddings", {"model": "starter", "input": "tidy up"})["data"][0]["embedding"]
    packed = core.client.call("POST", "/v1/embeddings", {"model": "starter", "input": "tidy up", "encoding_format": "base64"})["data"][0]["embedding"]
    assert struct.unpack(f"<{len(plain)}f", base64.b64decode(packed)) == pytest.approx(plain, abs=1e-5)


def test_conversations_branches_and_search(core: CoreProcess, tmp_path: Path) -> None:
    def ask(text: str, **more: Any) -> dict[str, Any]:
        run = core.client.call("POST", "/api/runs", {"text": text, "workspace": str(tmp_path), **more})
        return dict(core.client.call("GET", f"/api/runs/{run['run_id']}?wait_s=20"))

    first = ask("What is 2+2?")
    conversation = first["conversation_id"]
    ask("What is 3+3?", conversation_id=conversation)
    shown = core.client.call("GET", f"/api/conversations/{conversation}")
    assert [message["role"] for message in shown["messages"]] == ["user", "assistant"] * 2
    ask("What is 41+42?", conversation_id=conversation, parent_id=shown["messages"][1]["id"])
    edited = core.client.call("GET", f"/api/conversations/{conversation}")
    assert [message["text"] for message in edited["messages"] if message["role"] == "user"] == ["What is 2+2?", "What is 41+42?"]
    assert len(edited["messages"][2]["siblings"]) == 2
    core.client.call("PATCH", f"/api/conversations/{conversation}", {"show": shown["messages"][2]["id"]})
    back = core.client.call("GET", f"/api/conversations/{conversation}")
    assert [message["id"] for message in back["messages"]] == [message["id"] for message in shown["messages"]]
    assert {row["conversation_id"] for row in core.client.call("GET", "/api/conversations/search?q=41%2B42")} == {conversation}
    core.client.call("DELETE", f"/api/conversations/{conversation}")
    assert core.client.call("GET", "/api/conversations/search?q=41%2B42") == []


def test_settings_roles_permissions_and_tools(core: CoreProcess, tmp_path: Path) -> None:
    core.client.call("PUT", "/api/settings/run.concurrency", {"value": 2})
    assert core.client.call("GET", "/api/settings/run.concurrency")["value"] == 2
    for path, body in (("/api/settings/run.concurrency", {"value": 9999}), ("/api/settings/nonsense", {"value": 1}), ("/api/models/roles/planner", {"model": "nonsense"})):
        with pytest.raises(ApiError):
            core.client.call("PUT", path, body)
    rule = core.client.call("POST", "/api/permissions", {"tool": "files.*", "scope": "*", "decision": "deny"})
    with pytest.raises(ApiError) as caught:
        core.client.call("POST", "/api/tools/files.list/call", {"workspace": str(tmp_path)})
    assert caught.value.code == "refused"
    core.client.call("DELETE", f"/api/permissions/{rule['id']}")
    assert core.client.call("POST", "/api/tools/files.list/call", {"workspace": str(tmp_path)})["verified"]


@pytest.mark.timeout(330)
def test_schemathesis_finds_nothing(core: CoreProcess, tmp_path: Path) -> None:
    """Every operation of the served document; the endless stream of a run is left out (it is tested above)."""
    core.client.call("PUT", "/api/settings/privacy.local_only", {"value": True})  # made-up repositories are not looked for out there
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "--config-file",
        str(Path(__file__).parents[1] / "data" / "schemathesis.toml"),
        "run",
        f"http://127.0.0.1:{core.client.port}/openapi.json",
        "-H",
        f"Authorization: {token(core)['Authorization']}",
        "--max-examples",
        "15",
        "--seed",
        "1",
        "--exclude-path-regex",
        "runs/.*/stream",
        "--generation-database",
        "none",
    ]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=tmp_path)
    assert result.returncode == 0, result.stdout[-6000:]
    wait_until(lambda: core.client.call("GET", "/api/status")["pid"], 10)
