"""Tools of other makers: which are offered, what the prompt says of them, what a span becomes by the schema."""

from __future__ import annotations

from typing import Any

import pytest

from core.messages import ToolSpec
from models.starter import foreign, foreign_rules
from models.starter.foreign import Foreign, Missing
from models.starter.frames import IT, Frame
from models.starter.model import read_frames
from models.starter.objects import Names
from models.starter.scene import Scene


def spec(name: str, about: str, **parameters: Any) -> ToolSpec:
    return ToolSpec(name, about, {"type": "object", "properties": parameters, "required": [key for key, value in parameters.items() if value.pop("must", False)]})


WEATHER = spec("weather.getForecast", "Forecast for a city", days={"type": "integer"}, city={"type": "string", "must": True})
LIGHT = spec("home.set_light", "Switch a light", room={"type": "string"}, state={"enum": ["on", "off"]}, level={"type": "number"})
OTHERS = [spec(f"other.thing{number}", "Something else entirely") for number in range(5)]


def test_few_tools_are_all_offered_and_of_many_those_that_share_words() -> None:
    assert [tool.name for tool in foreign.offered("will it rain", [WEATHER, LIGHT])] == ["weather.getForecast", "home.set_light"]
    assert [tool.name for tool in foreign.offered("forecast for Oslo", [LIGHT, *OTHERS, WEATHER])] == ["weather.getForecast"]
    assert foreign.offered("delete a.txt", [*OTHERS, WEATHER, LIGHT]) == ()
    assert foreign.offered("weather forecast", [spec("files.read", "Forecast"), spec("calc.evaluate", "Forecast")]) == ()


def test_the_prompt_names_the_tool_its_purpose_and_its_parameters() -> None:
    (tool,) = foreign.offered("forecast", [WEATHER])
    text = "".join(text for _, text in foreign.prompt("forecast for Oslo", [tool]))
    assert text == "<|tool|> weather get forecast: forecast for a city<|1:|> city<|2:|> days<|ask|> forecast for Oslo<|out|>"  # what must be given stands first


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ("three days", {"type": "integer"}, 3),
        ("50 percent", {"type": "number"}, 50.0),
        ("1,200", {"type": "integer"}, 1200),
        ("-4.5", {"type": "number"}, -4.5),
        ("soon", {"type": "integer"}, None),
        ("off", {"type": "boolean"}, False),
        ("ON", {"enum": ["on", "off"]}, "on"),
        ("In Progress", {"enum": ["todo", "in_progress"]}, "in_progress"),
        ("red", {"enum": ["on", "off"]}, None),
        ("tea, milk and bread", {"type": "array"}, ["tea", "milk", "bread"]),
        ('"Hello, World"', {"type": "string"}, "Hello, World"),
    ],
)
def test_a_span_becomes_what_the_schema_wants(text: str, schema: dict[str, Any], value: Any) -> None:
    assert foreign._value(text, schema) == value


def test_what_must_be_given_and_is_not_is_asked_for() -> None:
    tools = foreign.offered("forecast", [WEATHER])
    with pytest.raises(Missing, match=r"weather\.getForecast .* city"):
        foreign.call(Frame("tool1", (("2", "three"),)), tools, "")
    reading = read_frames({"frames": [["tool1", {"2": "three"}]], "probability": 0.9}, "forecast for three days", Scene(Names(None), tools=tools))
    assert not reading.calls and "does not say city" in reading.answer


def test_a_call_is_shown_before_it_is_made_however_sure_the_model_is() -> None:
    tools = foreign.offered("forecast", [WEATHER])
    reading = read_frames({"frames": [["tool1", {"1": "Oslo", "2": "3 days"}]], "probability": 0.99}, "forecast for Oslo, 3 days", Scene(Names(None), tools=tools))
    assert reading.calls == (("weather.getForecast", {"city": "Oslo", "days": 3}),) and reading.confidence == 0.6


def test_what_was_named_before_can_be_a_value() -> None:
    scene = Scene(Names(None), "send it to Anna", files=["a.txt"], tools=(Foreign("mail.send", "", ("file", "to")),))
    reading = read_frames({"frames": [["tool1", {"1": IT, "2": "Anna"}]], "probability": 0.9}, "send it to Anna", scene)
    assert reading.calls == (("mail.send", {"file": "a.txt", "to": "Anna"}),)


SHIP = Foreign("ship_position", "Where a ship is now", ("vessel",), {"properties": {"vessel": {"type": "string"}}})
POST = Foreign("mqtt_publish", "Publish a message on an MQTT topic", ("topic", "payload"))
LIFT = Foreign("elevator_call", "Call the lift to a floor", ("floor", "building"))
INVITE = Foreign("invite_user", "Invite a user to a team", ("email", "team"))


@pytest.mark.parametrize(
    ("request_", "name", "spans"),
    [
        ("where is the ship Ever Given", "ship_position", {"vessel": "Ever Given"}), ("please publish 42 to the topic garden/pump", "mqtt_publish", {"topic": "garden/pump", "payload": "42"}),
        ("call the lift to floor 7", "elevator_call", {"floor": "7"}), ("invite tess@example.org to the team Coaches", "invite_user", {"email": "tess@example.org", "team": "Coaches"}),
    ],
)  # fmt: skip
def test_tools_of_others_are_read_by_rule(request_: str, name: str, spans: dict[str, str]) -> None:
    found = foreign_rules.read(request_, (SHIP, POST, LIFT, INVITE))
    assert found is not None and (found[0].name, found[1]) == (name, spans)
    frames = foreign_rules.as_frames(found, (SHIP, found[0]))["frames"]
    assert len(frames) == 1 and set(frames[0][1].values()) == set(spans.values())


@pytest.mark.parametrize(
    "other",
    [
        "what is the meaning of life",
        "get it",
        "make a folder called Trip",
        "",
        "send it",
        "write a very long story about the people of a far away country and what they did to a ship, then a sequel, and a third part",
    ],
)
def test_what_names_no_tool_or_leaves_too_much_over_is_not_read_by_rule(other: str) -> None:
    assert foreign_rules.read(other, (SHIP, POST, LIFT, INVITE)) is None


def test_the_families_of_this_programs_own_tools_are_all_known() -> None:
    from tools.builtin import builtin_tools

    assert {tool.category for tool in builtin_tools()} <= foreign.BUILT_IN
    rows = Foreign("images.resize", "Change the size of a picture", ("path", "width"))
    assert foreign_rules.read("change the size of the picture cat.png", (rows,)) is None
