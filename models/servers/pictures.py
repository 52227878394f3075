"""Pictures as APIs take them: one of four formats, no larger than what a model looks at anyway."""

from __future__ import annotations

import base64
import io
from functools import lru_cache
from typing import TYPE_CHECKING

from core.errors import ModelError
from core.messages import Picture

if TYPE_CHECKING:
    from PIL import Image

# OpenAI, Anthropic and Google all take these, and scale what is longer down to about this many pixels (Anthropic's guide: 1568)
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}
LONGEST_EDGE = 1568  # pixels
MOST_BYTES = 3_500_000  # Anthropic takes 5 MB of base64, which is a third longer than what it encodes
_READ = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")  # no format that starts a program
MOST_PIXELS = 100_000_000  # a file that unpacks to more is no photograph
_QUALITIES = (88, 70, 50)


@lru_cache(maxsize=16)
def fit_picture(picture: Picture) -> Picture:
    """``picture`` as it can be sent: as it is where that is taken everywhere, else smaller, upright, as JPEG or (with transparency) PNG.

    Kept for the next request, which shows the same one again. Raises :class:`ModelError` where it is no picture.
    """
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(io.BytesIO(picture.content), formats=_READ) as found:
            if found.width * found.height > MOST_PIXELS:
                raise ValueError("too many pixels")
            kind, fits = str(found.format), max(found.size) <= LONGEST_EDGE and len(picture.content) <= MOST_BYTES
            if fits and kind in FORMATS and found.getexif().get(0x0112, 1) == 1:  # EXIF's orientation; models see pixels as they lie
                return Picture(picture.name, FORMATS[kind], picture.content)
            image = ImageOps.exif_transpose(found) or found
            image.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
            return _encode(picture.name, image)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ModelError(f"{picture.name} cannot be read as a picture.", code="bad_picture", hint="Is the file whole, and a PNG, JPEG, GIF or WebP?") from error


def _encode(name: str, image: Image.Image) -> Picture:
    from PIL import Image

    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        content = _save(image.convert("RGBA"), "PNG")
        if len(content) <= MOST_BYTES:
            return Picture(name, "image/png", content)
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    plain = image.convert("RGB")
    for quality in _QUALITIES:
        content = _save(plain, "JPEG", quality=quality)
        if len(content) <= MOST_BYTES:
            break
    return Picture(name, "image/jpeg", content)


def _save(image: Image.Image, kind: str, **options: int) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def data_url(picture: Picture) -> str:
    """The picture in an address (RFC 2397)."""
    return f"data:{picture.media_type};base64,{to_base64(picture)}"


def to_base64(picture: Picture) -> str:
    """The picture's bytes as text."""
    return base64.b64encode(picture.content).decode("ascii")
