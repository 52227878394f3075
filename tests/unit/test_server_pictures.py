"""Pictures on their way to a model: sized down, upright, in a format that is taken; and in the words of each API."""

from __future__ import annotations

import base64
import io
import os

import pytest
from PIL import Image

from core.errors import ModelError
from core.messages import Message, ModelRequest, Picture
from models.servers.anthropic.requests import build_body as build_messages_body
from models.servers.errors import ServerRefusal
from models.servers.openai.client import OpenAICompatibleModel
from models.servers.openai.dialects import Dialect, dialect_of, learn
from models.servers.openai.requests import build_body
from models.servers.pictures import LONGEST_EDGE, MOST_BYTES, fit_picture
from models.servers.served import ServedModel
from models.servers.tool_names import ToolNames
from tests.helpers.odd_openai import SKY, OddServer


def picture(kind: str, size: tuple[int, int], mode: str = "RGB", **options: object) -> Picture:
    written = io.BytesIO()
    Image.new(mode, size, "red" if mode in ("RGB", "RGBA") else 1).save(written, kind, **options)
    return Picture(f"a.{kind.lower()}", "application/octet-stream", written.getvalue())


def png(width: int, height: int) -> bytes:
    return picture("PNG", (width, height)).content


def noise(width: int, height: int) -> Picture:
    """A picture that hardly packs."""
    written = io.BytesIO()
    Image.frombytes("RGB", (width, height), os.urandom(width * height * 3)).save(written, "PNG")
    return Picture("noise.png", "image/png", written.getvalue())


@pytest.mark.parametrize(("kind", "media"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("GIF", "image/gif"), ("WEBP", "image/webp")])
def test_what_is_taken_everywhere_stays_as_it_is(kind: str, media: str) -> None:
    given = picture(kind, (300, 200))
    found = fit_picture(given)
    assert found.content == given.content and found.media_type == media


@pytest.mark.parametrize("kind", ["BMP", "TIFF"])
def test_other_formats_are_made_one(kind: str) -> None:
    found = fit_picture(picture(kind, (300, 200)))
    assert found.media_type == "image/jpeg" and Image.open(io.BytesIO(found.content)).size == (300, 200)


def test_large_ones_are_sized_down() -> None:
    found = Image.open(io.BytesIO(fit_picture(picture("JPEG", (4000, 1000))).content))
    assert found.size == (LONGEST_EDGE, 392)


def test_heavy_ones_get_light_enough() -> None:
    given = noise(1500, 1500)
    assert len(given.content) > MOST_BYTES >= len(fit_picture(given).content)


def test_transparency_is_kept() -> None:
    found = fit_picture(picture("PNG", (2000, 10), "RGBA"))
    assert found.media_type == "image/png" and Image.open(io.BytesIO(found.content)).mode == "RGBA"


def test_a_photograph_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    found = Image.open(io.BytesIO(fit_picture(picture("JPEG", (300, 200), exif=exif.tobytes())).content))
    assert found.size == (200, 300)


def test_what_is_no_picture_is_said() -> None:
    for content in (b"", b"%PDF-1.7", png(300, 300)[:60]):
        with pytest.raises(ModelError, match=r"holiday\.png cannot be read as a picture"):
            fit_picture(Picture("holiday.png", "image/png", content))


REQUEST = ModelRequest((Message("system", "s"), Message("user", "what is it?", pictures=(Picture("a.png", "image/png", png(3, 3)),))))


def test_the_words_of_each_api() -> None:
    data = base64.b64encode(png(3, 3)).decode()
    chat = build_body(REQUEST, "m", Dialect(), ToolNames([]))["messages"][1]["content"]
    assert chat == [{"type": "text", "text": "what is it?"}, {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}]
    (message,) = build_messages_body(REQUEST, "m", ToolNames([]))["messages"]
    image, text = message["content"]
    assert image == {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}} and text["text"] == "what is it?"


def test_who_sees_is_known_from_the_catalogue_or_learnt() -> None:
    assert dialect_of("host", "m").sees is None and dialect_of("host", "m", ServedModel(vision=False)).sees is False
    body = build_body(REQUEST, "m", Dialect(), ToolNames([]))
    for said in (
        "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj",
        "This model does not support image inputs",
        "Invalid content type. image_url is only supported by certain models.",
    ):
        assert learn(Dialect(), ServerRefusal(400, said), body) == Dialect(sees=False)
    assert learn(Dialect(), ServerRefusal(400, "This model does not support image inputs"), {"messages": [{"role": "user", "content": "x"}]}) is None


async def test_a_server_that_turns_out_not_to_see_is_said_to_be_so() -> None:
    odd = OddServer()

    def blind(wire: object) -> None:
        has = isinstance(wire.body["messages"][1]["content"], list)  # type: ignore[attr-defined]
        wire.json(400, {"error": {"message": "image input is not supported"}}) if has else wire.say(SKY)  # type: ignore[attr-defined]

    odd.replies["blind"] = blind
    with odd.run() as url:
        model = OpenAICompatibleModel("odd/blind", "blind", url, None)
        assert model.profile.sees is None
        with pytest.raises(ModelError) as caught:
            _ = [part async for part in model.stream(REQUEST)]
        assert caught.value.code == "no_vision" and model.profile.sees is False and len(odd.bodies) == 1
        await model.close()
