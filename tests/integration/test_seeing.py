"""Pictures of the workspace that a request names reach models that see; of others it is said before anything is sent. The models are fakes."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.service.api.openai_style import read_pictures
from app.service.composition import Core
from core.errors import UsageError
from core.turn.context.pictures import find_named_pictures, is_about_contents
from models.scripted import ScriptedModel
from tests.helpers.odd_openai import OddServer, Wire
from tests.integration.test_action_loop import ask, call, model
from tests.unit.test_server_pictures import png

MakeCore = Callable[..., Core]
CAT = "A cat sits on a red chair."
WHAT = "what is on photo.png?"


@pytest.fixture
def photo(workspace: Path) -> Path:
    (workspace / "photo.png").write_bytes(png(40, 30))
    return workspace / "photo.png"


@pytest.fixture
def odd() -> Iterator[OddServer]:
    server = OddServer()
    with server.run():
        yield server


async def test_a_named_picture_reaches_a_model_that_sees(make_core: MakeCore, workspace: Path, photo: Path) -> None:
    planner = model(CAT, sees=True)
    result = await ask(make_core(planner=planner), workspace, WHAT)
    assert result["status"] == "done" and result["answer"] == CAT
    (shown,) = planner.requests[0].messages[-1].pictures
    assert (shown.name, shown.media_type, shown.content) == ("photo.png", "image/png", photo.read_bytes())
    assert len(planner.requests) == 1, "it is not told to read the file that it was shown"


async def test_what_is_seen_may_be_said_after_a_step_too(make_core: MakeCore, workspace: Path, photo: Path) -> None:
    (workspace / "list.txt").write_text("chairs\n")
    planner = model([call("files_read", path="list.txt")], "On the picture are 17 chairs, taken on 3 May.", sees=True)
    result = await ask(make_core(planner=planner), workspace, "read list.txt and say how many of them are on photo.png")
    assert result["answer"] == "On the picture are 17 chairs, taken on 3 May."
    assert any(message.pictures for message in planner.requests[1].messages)


async def test_a_model_that_does_not_see_is_said_to_be_so_before_anything_is_sent(make_core: MakeCore, workspace: Path, photo: Path) -> None:
    planner = model(CAT)
    result = await ask(make_core(planner=planner), workspace, WHAT)
    assert result["status"] == "failed" and result["error"]["code"] == "no_model" and result["exit_code"] == 5
    assert "planner cannot see pictures" in result["error"]["message"] and "photo.png" in result["error"]["message"] and "projector" in result["error"]["hint"]
    assert planner.requests == []


async def test_one_that_does_is_offered(make_core: MakeCore, workspace: Path, photo: Path, odd: OddServer) -> None:
    core = make_core(planner=model(CAT))
    core.settings.set_provider("odd", {"kind": "openai", "base_url": odd.url, "models": ["eyes", "blind"], "model": {"eyes": {"vision": True}, "blind": {"vision": False}}})
    result = await ask(core, workspace, WHAT)
    assert "--model planner=odd/eyes" in result["error"]["hint"] and "odd/blind" not in result["error"]["hint"]


async def test_a_deed_on_a_picture_needs_no_eyes(make_core: MakeCore, workspace: Path, photo: Path) -> None:
    planner = model([call("files_copy", source="photo.png", target="b.png")], "Copied.")
    result = await ask(make_core(planner=planner), workspace, "please copy photo.png over to b.png for me, will you")
    assert result["status"] == "done" and not any(message.pictures for request in planner.requests for message in request.messages)


async def test_a_link_out_of_the_workspace_is_not_shown(make_core: MakeCore, workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(png(4, 4))
    (workspace / "photo.png").symlink_to(tmp_path / "secret.png")
    planner = model("I cannot open it.", sees=True)
    await ask(make_core(planner=planner), workspace, WHAT)
    assert not any(message.pictures for request in planner.requests for message in request.messages)


def blind(wire: Wire) -> None:
    has = any(isinstance(message["content"], list) for message in wire.body["messages"])
    wire.json(400, {"error": {"message": "image input is not supported by this model"}}) if has else wire.say("It is a picture of 40 by 30.")


async def test_a_server_that_refuses_pictures_is_learnt(make_core: MakeCore, workspace: Path, photo: Path, odd: OddServer) -> None:
    odd.replies["blind"] = blind
    core = make_core()
    core.settings.set_provider("odd", {"kind": "openai", "base_url": odd.url, "models": ["blind"]})
    core.settings.set("models.planner", "odd/blind")
    first = await ask(core, workspace, WHAT)
    assert first["error"]["code"] == "no_model" and "odd/blind cannot see pictures" in first["error"]["message"] and len(odd.bodies) == 1
    await ask(core, workspace, WHAT)
    assert len(odd.bodies) == 1, "the second time it is known before"
    named_only = await ask(core, workspace, "how large is photo.png, in pixels, please tell me")
    assert len(odd.bodies) > 1 and not any(isinstance(message["content"], list) for body in odd.bodies[1:] for message in body["messages"])
    assert "no_model" not in str(named_only.get("error")), "a picture that is only named needs no sight"


async def test_a_picture_that_is_only_named_is_left_out_where_it_is_refused(make_core: MakeCore, workspace: Path, photo: Path, odd: OddServer) -> None:
    odd.replies["blind"] = blind
    core = make_core()
    core.settings.set_provider("odd", {"kind": "openai", "base_url": odd.url, "models": ["blind"]})
    core.settings.set("models.planner", "odd/blind")
    result = await ask(core, workspace, "give me the size of photo.png please")
    assert "40 by 30" not in result["answer"], "nothing was looked at"
    assert [isinstance(body["messages"][-1]["content"], list) for body in odd.bodies][:2] == [True, False]


async def test_a_server_that_sees_gets_it_as_a_data_url(make_core: MakeCore, workspace: Path, photo: Path, odd: OddServer) -> None:
    odd.replies["eyes"] = lambda wire: wire.say(CAT)
    core = make_core()
    core.settings.set_provider("odd", {"kind": "openai", "base_url": odd.url, "models": ["eyes"], "vision": True})
    core.settings.set("models.planner", "odd/eyes")
    assert (await ask(core, workspace, WHAT))["answer"] == CAT
    text, image = odd.bodies[0]["messages"][-1]["content"]
    assert "photo.png" in text["text"] and base64.b64decode(image["image_url"]["url"].partition(",")[2]) == photo.read_bytes()


@pytest.mark.parametrize(
    ("text", "is_about"),
    [
        ("what is on photo.png?", True),
        ("Describe photo.png", True),
        ("which animal do you see in photo.png", True),
        ("read the text on photo.png", True),
        ("was ist auf photo.png zu sehen?", True),
        ("how large is photo.png?", False),
        ("when was photo.png taken", False),
        ("move photo.png to Trip", False),
        ("resize photo.png to 800 pixels", False),
        ("rename photo.png to cat.png", False),
    ],
)
def test_what_needs_eyes(text: str, is_about: bool) -> None:
    assert is_about_contents(text) is is_about


def test_pictures_are_found_by_path_or_name() -> None:
    names = ("photo.png", "old photo.png", "Trip/", "Trip/beach.JPG", "notes.txt", "a.png")
    assert find_named_pictures("what is on Trip/beach.jpg and a.png", names) == ("Trip/beach.JPG", "a.png")
    assert find_named_pictures("what is on my-photo.png", ("photo.png",)) == () and find_named_pictures("read notes.txt", names) == ()


def test_pictures_of_other_programs_come_as_data_urls() -> None:
    url = "data:image/png;base64," + base64.b64encode(png(2, 2)).decode()
    content: list[dict[str, Any]] = [{"type": "text", "text": "what is it?"}, {"type": "image_url", "image_url": {"url": url}}]
    assert read_pictures(content)[0].content == png(2, 2) and read_pictures("text") == ()
    with pytest.raises(UsageError, match="data: URL"):
        read_pictures([{"type": "image_url", "image_url": {"url": "http://127.0.0.1/a.png"}}])


def test_a_scripted_model_sees_nothing_unless_told() -> None:
    assert ScriptedModel(["x"]).profile.sees is False and model("x", sees=True).profile.sees is True
