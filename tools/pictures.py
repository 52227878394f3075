"""Pictures read and written by Pillow. What is here is called in a box (:mod:`tools.sandbox.box`), as pictures come from anywhere."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from core.errors import ToolRetry
from tools.regular_files import open_regular

MOST_PIXELS = 100_000_000
FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".gif": "GIF", ".bmp": "BMP", ".tif": "TIFF", ".tiff": "TIFF", ".pdf": "PDF", ".ico": "ICO"}
_READ = ("PNG", "JPEG", "MPO", "GIF", "BMP", "DIB", "WEBP", "TIFF", "ICO", "AVIF", "HEIF", "PPM", "TGA", "PCX", "JPEG2000")  # no format that starts a program or unpacks others


def measure(name: str) -> dict[str, Any]:
    """``width``, ``height`` (pixels), ``format``, ``mode`` and ``exif`` of a picture, of which only the head is read. Raises :class:`ToolRetry`."""
    with open_picture(Path(name)) as picture:
        said = {key: str(value) for key, value in _exif(picture).items()}
        return {"width": picture.width, "height": picture.height, "format": picture.format or "", "mode": picture.mode, "exif": said}


def resize(name: str, width: int, height: int, kind: str, made: str) -> dict[str, int]:
    """Write the picture in other pixels; 0 keeps the proportions."""

    def scale(picture: Any) -> Any:
        wide = width or max(1, round(picture.width * height / picture.height))
        high = height or max(1, round(picture.height * width / picture.width))
        if wide * high > MOST_PIXELS:
            raise ToolRetry(f"{wide} × {high} pixels are too many.", hint=f"At most {MOST_PIXELS // 1_000_000} million pixels.")
        return picture.resize((wide, high))

    return _remade(name, scale, kind, made)


def convert(name: str, rotate: int, grey: bool, kind: str, made: str) -> dict[str, int]:
    """Write the picture in another format, turned (degrees clockwise) or without colours."""

    def turn(picture: Any) -> Any:
        turned = picture.rotate(-rotate, expand=True) if rotate else picture
        return turned.convert("L") if grey else turned

    return _remade(name, turn, kind, made)


def _remade(name: str, change: Callable[[Any], Any], kind: str, made: str) -> dict[str, int]:
    with open_picture(Path(name)) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise ToolRetry(f"{Path(name).name} has more than {MOST_PIXELS // 1_000_000} million pixels.", code="too_large", hint="open.file opens it in its own program.")
        try:
            return write(change(picture), kind, Path(made))
        except (OSError, SyntaxError, ValueError) as error:
            raise _unreadable(Path(name)) from error


def write(picture: Any, kind: str, made: Path) -> dict[str, int]:
    """Write a picture of Pillow's; its width and height in pixels."""
    (picture.convert("RGB") if kind in ("JPEG", "PDF") else picture).save(made, kind)
    return {"width": picture.width, "height": picture.height}


@contextlib.contextmanager
def open_picture(file: Path) -> Iterator[Any]:
    """The picture, its pixels not read yet. Raises :class:`ToolRetry`."""
    from PIL import Image, UnidentifiedImageError

    Image.init()
    Image.MAX_IMAGE_PIXELS = None  # its size is looked at before its pixels are read
    with contextlib.ExitStack() as stack, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            picture = stack.enter_context(Image.open(stack.enter_context(open_regular(file)), formats=[one for one in _READ if one in Image.OPEN]))
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
            raise _unreadable(file) from error
        yield picture


def _unreadable(file: Path) -> ToolRetry:
    return ToolRetry(f"{file.name} is no picture that can be read.", code="unreadable", hint=f"Pictures are {', '.join(sorted(FORMATS))}; documents.read reads PDF.")


def _exif(picture: Any) -> dict[str, Any]:
    from PIL import ExifTags

    found = picture.getexif()
    wanted = dict(found) | dict(found.get_ifd(ExifTags.IFD.Exif))
    names = {number: ExifTags.TAGS.get(number, "") for number in wanted}
    return {
        names[number]: value for number, value in wanted.items() if names[number] in ("DateTimeOriginal", "DateTime", "Make", "Model", "Orientation", "ExposureTime", "FNumber")
    }
