"""Requests to models behind a real HTTP server, through the whole core: prompts that are too long, letters that are to be kept, what is told of each answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.service.composition import Core
from tests.helpers.odd_openai import LETTER, SKY, OddServer, Wire, chunk
from tests.integration.test_action_loop import ask

OVERFLOW = "request ({} tokens) exceeds the available context size ({} tokens), try increasing it"
WHY = "Why is the sky blue?"
MakeCore = Callable[..., Core]


@pytest.fixture
def odd() -> Iterator[OddServer]:
    server = OddServer()
    with server.run():
        yield server


def served(make_core: MakeCore, odd: OddServer, name: str, **values: Any) -> Core:
    core = make_core()
    core.settings.set_provider("odd", {"kind": "openai", "base_url": odd.url, "models": [name], **values})
    core.settings.set("models.planner", f"odd/{name}")
    return core


def tokens(body: dict[str, Any]) -> int:
    return len(json.dumps(body)) // 4


@pytest.mark.parametrize("says_how_much", [True, False])
async def test_a_prompt_that_is_too_long_is_sent_again_shorter(says_how_much: bool, odd: OddServer, make_core: MakeCore, workspace: Path) -> None:
    room = 2500

    def narrow(wire: Wire) -> None:
        size = tokens(wire.body)
        if size > room:
            said = OVERFLOW.format(size, room) if says_how_much else "the request exceeds the available context size"
            return wire.json(400, {"error": {"message": said, "type": "exceed_context_size_error"}})
        return wire.say(SKY)

    odd.replies["narrow"] = narrow
    core = served(make_core, odd, "narrow")
    for number in range(60):
        (workspace / f"a file with a long name that takes room {number:04}.txt").write_text("x")
    result = await ask(core, workspace, WHY)
    assert result["status"] == "done" and result["answer"] == SKY
    sizes = [tokens(body) for body in odd.bodies]
    assert sizes[0] > room >= sizes[-1] and sizes == sorted(sizes, reverse=True) and len(sizes) <= 4
    odd.bodies.clear()
    assert (await ask(core, workspace, WHY))["answer"] == SKY
    assert len(odd.bodies) <= (1 if says_how_much else 4)


async def test_a_server_that_has_no_room_at_all_is_said_with_its_words(odd: OddServer, make_core: MakeCore, workspace: Path) -> None:
    result = await ask(served(make_core, odd, "ctxstream"), workspace, WHY)
    assert result["status"] == "failed" and "exceeds the available context size" in result["answer"] and len(odd.bodies) <= 5


@pytest.mark.parametrize(
    "said",
    [
        LETTER,
        f"I mention the heating.\n</think>\n\n{LETTER}",
        f"<thought>Polite.</thought>\n{LETTER}",
        f"Sure! Here is the letter:\n\n```\n{LETTER}\n```\n\nLet me know if you need changes.",
    ],
)
async def test_a_letter_that_was_only_said_is_kept_alone(said: str, odd: OddServer, make_core: MakeCore, workspace: Path) -> None:
    odd.replies["letter"] = lambda wire: wire.say(said)
    result = await ask(served(make_core, odd, "letter"), workspace, "Write a letter to the landlord about the heating and keep it in out.txt", approve="safe")
    assert result["status"] == "done" and (workspace / "out.txt").read_text().strip() == LETTER


@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_a_letter_that_is_cut_is_not_kept(reason: str, odd: OddServer, make_core: MakeCore, workspace: Path) -> None:
    odd.replies["letter"] = lambda wire: wire.say("Dear landlord, the heating has been broken since Monday and I would like you to", reason)
    result = await ask(served(make_core, odd, "letter"), workspace, "Write a letter to the landlord about the heating and keep it in out.txt", approve="safe")
    assert result["status"] == "failed" and not (workspace / "out.txt").exists()


async def test_every_answer_tells_who_wrote_it_how_quickly_and_for_how_much(odd: OddServer, make_core: MakeCore, workspace: Path) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 12}

    def slowly(wire: Wire) -> None:
        wire.start()
        for word in SKY.split(" "):
            wire.event(chunk({"content": f"{word} "}))
            time.sleep(0.01)
        wire.event(chunk({}, "stop"))
        wire.event({"choices": [], "usage": usage})
        wire.event("[DONE]")

    odd.replies["slowly"] = slowly
    result = await ask(served(make_core, odd, "slowly", price_in=2.0, price_out=10.0), workspace, WHY)
    meta = result["meta"]
    assert meta["model"] == "odd/slowly" and meta["local"] and meta["cost_usd"] == pytest.approx((2000 + 120) / 1e6)
    assert 5 < meta["tokens_per_s"] < 200 and meta["first_token_ms"] == result["timings_ms"]["first_token"]


async def test_what_cannot_be_told_is_left_out(odd: OddServer, make_core: MakeCore, workspace: Path) -> None:
    meta = (await ask(served(make_core, odd, "nostream"), workspace, WHY))["meta"]
    assert meta["tokens_per_s"] is None, "it came in one piece"
    assert (await ask(make_core(), workspace, "make a folder called Trip", approve="safe"))["meta"] is None, "code wrote it"
