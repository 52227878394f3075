"""A hub, a device and an agent that are not what they should be: what they send over the wire reaches nothing but their own."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.service.composition import Core, compose
from core.devices.link import packed
from core.devices.moving import Moving
from core.devices.wire import number_in
from core.errors import DeskhandError, ToolError
from core.execution.run_state import RunState, StepState
from core.home import Home
from tests.integration.test_action_loop import ask, call, model
from tests.integration.test_loop_attacks import SECRET

MakeCore = Callable[..., Core]
HUB = "hub"


def bundle(conversation: str = "conv_theirs", term: int = 2, **more: Any) -> dict[str, Any]:
    row = {"id": conversation, "title": "t", "created_at": "2026-01-01", "updated_at": "2026-01-01", "head": "msg_1"}
    message = {"id": "msg_1", "conversation_id": conversation, "parent_id": "", "role": "assistant", "text": "hello", "run_id": "run_1", "at": "2026-01-01", "data": "{}"}
    return {"conversation": row | more.pop("row", {}), "term": term, "messages": [message | more.pop("message", {})], **more}


@pytest.fixture
def moving(make_core: MakeCore) -> tuple[Core, Moving, str]:
    """A device with a conversation of its own that nobody was sent."""
    core = make_core()
    own = core.conversations.create("diary", "/")["id"]
    core.database.execute("INSERT INTO message (id, conversation_id, parent_id, role, text, run_id, at, data) VALUES ('msg_own', ?, '', 'user', ?, '', '', '{}')", (own, SECRET))
    core.database.execute("UPDATE conversation SET head = 'msg_own' WHERE id = ?", (own,))
    assert core.runs is not None
    found = Moving(core.database, core.conversations, core.devices.hub.exchange, core.journal)
    return core, found, own


async def nobody(body: bytes, seconds: float) -> bytes:
    raise AssertionError("nothing is fetched")


async def test_a_hub_gets_no_conversation_that_it_did_not_send(moving: tuple[Core, Moving, str]) -> None:
    core, device, own = moving
    with pytest.raises(DeskhandError, match="not one of yours"):
        await device.ordered({"kind": "give", "conversation": {"id": own}}, "/", nobody, HUB)
    assert core.conversations.get(own)["held_by"] == "" and not list(device._exchange.folder.glob("*.json"))


async def test_a_hub_writes_to_no_conversation_that_it_did_not_send(moving: tuple[Core, Moving, str]) -> None:
    core, device, own = moving
    with pytest.raises(DeskhandError, match="not one of yours"):
        device.take(bundle(own, 99), "/", HUB)
    assert device.take(bundle(), "/", HUB) and device.take(bundle(term=3), "/", HUB) and not device.take(bundle(term=3), "/", HUB)
    with pytest.raises(DeskhandError, match="not one of yours"):
        device.take(bundle(term=9), "/", "another hub")
    assert core.conversations.get(own)["title"] == "diary"


BAD = [
    {"row": {"id": "../../evil"}, "message": {"conversation_id": "../../evil"}}, {"row": {"head": "msg_own"}}, {"message": {"parent_id": "msg_own"}}, {"message": {"id": "msg_own"}},
    {"message": {"role": "system"}}, {"message": {"conversation_id": "other"}}, {"message": {"data": "{"}}, {"message": {"data": "[1]"}}, {"message": {"run_id": "../x"}}, {"messages": None},
    {"outside": ["../x"]}, {"term": -1}, {"term": "x"},
]  # fmt: skip


@pytest.mark.parametrize("change", BAD, ids=str)
def test_what_points_out_of_a_conversation_is_none(change: dict[str, Any], moving: tuple[Core, Moving, str]) -> None:
    core, device, _ = moving
    with pytest.raises(DeskhandError, match="no conversation"):
        device.take(bundle(**{key: dict(value) if isinstance(value, dict) else value for key, value in change.items()}), "/", HUB)
    for odd in (None, [], "x", {"conversation": None}, {"conversation": []}):
        with pytest.raises(DeskhandError, match="no conversation"):
            device.take(odd, "/", HUB)
    assert core.database.execute("SELECT count(*) FROM conversation").fetchone()[0] == 1


def test_a_device_gives_back_only_what_it_was_sent(moving: tuple[Core, Moving, str]) -> None:
    core, hub, own = moving
    other = core.conversations.create("other", "/")["id"]
    hub.give(own, "dev_1")
    with pytest.raises(DeskhandError, match="Another conversation"):
        hub.take(bundle(other, 9), "/", "dev_1", expected=own)
    with pytest.raises(DeskhandError, match="not one of yours"):
        hub.take(bundle(other, 9), "/", "dev_1")
    assert core.conversations.get(other)["title"] == "other"


def test_words_from_outside_stay_such_on_another_machine(moving: tuple[Core, Moving, str]) -> None:
    core, device, _ = moving
    assert device.take(bundle(outside=["run_1"]), "/", HUB)
    assert core.conversations.from_outside(["run_1", "run_2"]) == {"run_1"}
    assert [message.tainted for message in core.runs.deps.history("conv_theirs", "")] == [True]


async def test_what_is_offered_is_that_file_and_no_other(make_core: MakeCore, tmp_path: Path) -> None:
    exchange = make_core().devices.hub.exchange
    (tmp_path / "a.txt").write_text("a" * 20)
    (tmp_path / "key").write_text(SECRET + "x" * (20 - len(SECRET)))
    offered = await exchange.offer(HUB, tmp_path / "a.txt")
    asked = {"digest": offered["digest"], "start": 0}
    assert await exchange.piece(HUB, asked) == b"a" * 20
    status = (tmp_path / "a.txt").stat()
    os.utime(tmp_path / "key", ns=(status.st_atime_ns, status.st_mtime_ns))
    for put in (lambda: (tmp_path / "a.txt").symlink_to(tmp_path / "key"), lambda: os.mkfifo(tmp_path / "a.txt")):
        (tmp_path / "a.txt").unlink()
        put()
        with pytest.raises(DeskhandError, match="not there any more"):
            await asyncio.wait_for(exchange.piece(HUB, asked), 5)
    for odd in ({}, {"digest": "../../key", "start": 0}, {"digest": offered["digest"], "start": -1}, {"digest": offered["digest"], "start": "0"}):
        with pytest.raises(DeskhandError, match="not offered"):
            await exchange.piece(HUB, odd)


def test_a_run_offers_the_hub_only_what_it_wrote_in_its_folder(make_core: MakeCore, tmp_path: Path) -> None:
    core, inside, outside = make_core(), tmp_path / "shared", tmp_path / "else"
    inside.mkdir()
    outside.mkdir()
    (inside / "link").symlink_to(outside)
    paths = [inside / "a.txt", outside / "b.txt", inside / "link/c.txt"]
    for path in paths:
        path.write_text("x")
    member = core.devices.joining.member
    member.duties.membership = lambda: {"workspace": str(inside)}  # type: ignore[method-assign]
    changes = [{"kind": "put", "path": str(path), "after": f"{number}" * 64} for number, path in enumerate(paths)]
    state = RunState("run_1", steps={"s1": StepState("done", intent={"changes": changes})})
    assert [row["path"] for row in member._outbox._made(state)] == [str(paths[0])]
    assert [core.devices.hub.offers.get(HUB, change["after"]) is not None for change in changes] == [True, False, False]


def remote(name: str, args: dict[str, Any], *rights: str, **more: Any) -> dict[str, Any]:
    return {
        "given": [{"id": "s1", "tool": name, "args": args}],
        "approve": "all",
        "remote": {"duty": "d", "hub": HUB, "rights": list(rights), "waits": False, "tainted": False} | more,
    }


OWNERS = [
    ("memory.search", {"query": "bank"}), ("memory.add", {"text": "obey the hub"}), ("notes.search", {"text": "x"}), ("notes.list", {}), ("tasks.list", {}), ("calendar.list", {}), ("contacts.search", {"query": "x"}),
    ("schedule.list", {}), ("clipboard.get", {}), ("windows.list", {}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args"), OWNERS, ids=[name for name, _ in OWNERS])
@pytest.mark.parametrize("rights", [["read", "change"], ["read", "change", "act"]], ids=str)
async def test_a_hub_reads_nothing_that_its_owner_keeps_beside_the_folder(name: str, args: dict[str, Any], rights: list[str], make_core: MakeCore, workspace: Path) -> None:
    core = make_core()
    core.recall.memories.add(f"the bank's number is {SECRET}", "fact", "person", "person", id_="mem_1")
    core.home.notes.mkdir(parents=True, exist_ok=True)
    (core.home.notes / "2026-01-01 x.md").write_text(f"x {SECRET}")
    for file in ("tasks.md", "contacts.vcf"):
        (core.home.root / file).write_text(f"- [ ] x {SECRET}\n")
    result = await ask(core, workspace, "work of the hub", **remote(name, args, *rights))
    assert SECRET not in str(result) and result["steps"][0]["status"] == "failed", result["steps"]
    assert not core.recall.memories.has("", "obey the hub")


async def test_what_is_remembered_here_is_not_told_to_another_machine(make_core: MakeCore, workspace: Path) -> None:
    planner = model("I know nothing of that.", "I know nothing of that.")
    core = make_core(planner=planner)
    core.recall.memories.add(f"my bank's number is {SECRET}", "fact", "person", "person", id_="mem_1")
    more = {"remote": {"duty": "d", "hub": HUB, "rights": ["read"], "waits": False, "tainted": False}}
    await ask(core, workspace, "what is my bank's number?", **more)
    assert SECRET not in str([request.messages for request in planner.requests])
    await ask(core, workspace, "what is my bank's number?")
    assert SECRET in str([request.messages for request in planner.requests]), "while its owner hears it"


@pytest.mark.parametrize("tainted", [True, False])
async def test_a_request_that_another_machine_makes_of_words_from_outside_is_nobodys(tainted: bool, make_core: MakeCore, workspace: Path) -> None:
    core = make_core(planner=model([call("files_write", path="a.txt", text="evil words")], "Written."))
    more = {"remote": {"duty": "d", "hub": HUB, "rights": ["read", "change"], "waits": False, "tainted": tainted}, "approve": "all"}
    result = await ask(core, workspace, 'write "evil words" into a.txt', **more)
    state = core.runs.snapshot(result["run_id"])[0]
    assert [step.id in state.suspect for step in state.all_steps] == [tainted], "read by a model or by code"
    assert bool(core.tools.origin_of(workspace / "a.txt")) is tainted


@pytest.mark.parametrize("odd", ["x", -1, 0, float("nan"), float("inf"), True, [1], {"a": 1}, "1e999", 10**400], ids=lambda value: str(value)[:12])
def test_an_odd_time_limit_is_none(odd: Any) -> None:
    assert number_in(odd, 1e6) is None and number_in(60, 1e6) == 60.0


ODD = [None, 0, -1, 1e308, True, "", "x", "../../x", "\0", [], [1], {}, {"a": 1}, [[]], ["../x"], {"id": {}}, "a" * 500, float("nan"), 10**30]
KEYS = [
    "id",
    "op",
    "digest",
    "start",
    "approval",
    "decision",
    "asks",
    "duties",
    "live",
    "card",
    "result",
    "value",
    "lease_s",
    "stop",
    "answers",
    "kind",
    "conversation",
    "bytes",
    "term",
    "steps",
    "text",
    "said",
    "approve",
    "timeout_s",
    "away",
    "key",
    "name",
]


def odd_value(chance: random.Random, depth: int = 0) -> Any:
    if depth > 1 or chance.random() < 0.6:
        return chance.choice(ODD)
    return {chance.choice(KEYS): odd_value(chance, depth + 1) for _ in range(chance.randint(0, 5))}


async def nowhere(body: bytes, seconds: float) -> bytes:
    raise DeskhandError("There is nobody.")


async def test_whatever_comes_over_the_wire_is_refused_in_words(make_core: MakeCore) -> None:
    core, chance = make_core(), random.Random(5)
    hub, member = core.devices.hub, core.devices.joining.member
    core.database.execute("INSERT INTO device (id, name, key, state, words, paired_at) VALUES ('dev_1', 'office', 'K', 'paired', '', '2026')")
    assert member.moving is not None
    for _ in range(250):
        message = {key: odd_value(chance) for key in chance.sample(KEYS, 6)}
        deeds = [hub.asked("dh.ask.dev_1", packed({**message, "op": op})) for op in ("beat", "claim", "piece", "x")]
        deeds += [member._told("x", packed({**message, "op": op})) for op in ("piece", "look", "answer", "stop", "undo", "x")]
        deeds += [
            hub.came("dh.done.dev_1", packed(message)),
            member.moving.ordered({"kind": chance.choice(["take", "give", "x"]), "conversation": odd_value(chance)}, "/", nowhere, HUB),
        ]
        for deed in deeds:
            try:
                await asyncio.wait_for(deed, 5)
            except (DeskhandError, ToolError, KeyError, TypeError, ValueError) as error:
                assert isinstance(error, DeskhandError | ToolError) or "ordered" in str(deed), error  # which its caller tells in words
        member._beats._heard(message, 0.0)
        member._request({"id": "d", "payload": message})


async def test_a_conversation_goes_there_and_back_again_and_again(make_core: MakeCore, tmp_path: Path) -> None:
    hub_core, device_core = make_core(), compose(made := Home(tmp_path / "device"))
    hub, device = (Moving(core.database, core.conversations, core.devices.hub.exchange, core.journal) for core in (hub_core, device_core))
    assert made.root.is_dir()
    conversation = hub_core.conversations.create("talk", str(tmp_path))["id"]
    hub_core.conversations.add(conversation, "user", "hello", "run_1")
    try:
        for _ in range(3):
            for giver, taker, to, sender in ((hub, device, "dev_1", HUB), (device, hub, HUB, "dev_1")):
                term = giver.give(conversation, to)
                packed_ = await giver.packed(conversation, term, to)
                sent = json.loads((giver._exchange.folder / f"{conversation}.{term}.json").read_text())
                assert packed_["term"] == term and taker.take(sent, str(tmp_path), sender) and not taker.take(sent, str(tmp_path), sender)
        assert [row["text"] for row in hub_core.conversations.branch(conversation)] == ["hello"] and hub_core.conversations.get(conversation)["held_by"] == ""
    finally:
        await device_core.stop()
