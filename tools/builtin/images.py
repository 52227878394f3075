"""Pictures: what they are, other sizes and formats, the screen."""

from __future__ import annotations

import contextlib
import datetime
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from core.errors import ToolFailed, ToolRetry
from core.ports import ToolContext, ToolResult
from tools import paths
from tools.availability import needs_display
from tools.background import in_thread
from tools.declare import Planned, tool
from tools.regular_files import open_regular
from tools.selection import is_pattern, select
from tools.workbench import Workbench

MOST_PIXELS = 100_000_000
_FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".gif": "GIF", ".bmp": "BMP", ".tif": "TIFF", ".tiff": "TIFF", ".pdf": "PDF", ".ico": "ICO"}


@tool("images.info", "reads", reads=("path",), aliases=("image_info", "picture_info", "image_size", "photo_info", "exif", "image_metadata"))
async def info(context: ToolContext, path: Annotated[str, "a picture"]) -> ToolResult:
    """Size, format and when and with what a picture was taken."""
    file = paths.existing(path, context.workspace).resolve()
    return await in_thread(_measured, file, not paths.is_inside(file, context.workspace))


def _measured(file: Path, is_outside: bool) -> ToolResult:
    with _opened(file) as picture:
        taken = {str(name): str(value) for name, value in _exif(picture).items()}
        value = {
            "path": str(file),
            "width": picture.width,
            "height": picture.height,
            "format": picture.format or "",
            "mode": picture.mode,
            "bytes": file.stat().st_size,
            "exif": taken,
        }
    words = f"{file.name}: {value['width']} × {value['height']} pixels, {value['format']}" + (f", taken {taken['DateTimeOriginal']}" if "DateTimeOriginal" in taken else "")
    return ToolResult(value, words + ".", tainted=is_outside)


@tool("images.resize", "reversible", reads=("path",), writes=("target",), aliases=("resize_image", "scale_image", "shrink_image", "image_resize", "thumbnail", "resize_photo"))
def resize(
    bench: Workbench,
    path: Annotated[str, "a picture"],
    width: Annotated[int, "pixels; 0: what keeps the proportions"] = 0,
    height: Annotated[int, "pixels; 0: what keeps the proportions"] = 0,
    target: Annotated[str, "new file; empty: beside the old one"] = "",
) -> Planned:
    """Make a smaller or larger copy of a picture."""
    file = paths.existing(path, bench.workspace).resolve()
    if width <= 0 and height <= 0:
        raise ToolRetry("A width or a height is needed.", hint="width and height are pixels; one of them is enough.")
    with _opened(file) as picture:
        wide = width or max(1, round(picture.width * height / picture.height))
        high = height or max(1, round(picture.height * width / picture.width))
        if wide * high > MOST_PIXELS:
            raise ToolRetry(f"{wide} × {high} pixels are too many.", hint=f"At most {MOST_PIXELS // 1_000_000} million pixels.")
        goal = paths.target_of(target, bench.workspace) if target else file.with_name(f"{file.stem}-{wide}x{high}{file.suffix}")
        return _saved(bench, picture.resize((wide, high)), goal, f"{bench.shown(file)} → {bench.shown(goal)}, {wide} × {high}")


@tool(
    "images.convert",
    "reversible",
    reads=("path",),
    writes=("target",),
    aliases=("convert_image", "image_convert", "png_to_jpg", "jpg_to_png", "heic_to_jpg", "change_image_format"),
)
def convert(
    bench: Workbench,
    path: Annotated[str, "a picture"],
    target: Annotated[str, "new file; its ending says the format"],
    rotate: Annotated[Literal[0, 90, 180, 270], "degrees clockwise"] = 0,
    grey: Annotated[bool, "without colours"] = False,
) -> Planned:
    """Write a picture in another format, turned or without colours if that is wanted."""
    file, goal = paths.existing(path, bench.workspace).resolve(), paths.target_of(target, bench.workspace)
    with _opened(file) as picture:
        made = picture.rotate(-rotate, expand=True) if rotate else picture.copy()
        return _saved(bench, made.convert("L") if grey else made, goal, f"{bench.shown(file)} → {bench.shown(goal)}")


@tool("images.rename_by_date", "reversible", reads=("path",), writes=("path",), aliases=("rename_photos", "rename_images_by_date", "photos_by_date", "rename_pictures"))
def rename_by_date(
    bench: Workbench,
    path: Annotated[str | list[str], "pictures, a pattern, or a folder of them"],
    pattern: Annotated[str, "of the new names, as strftime has it"] = "%Y-%m-%d %H-%M-%S",
) -> Planned:
    """Rename pictures after the moment they were taken; those that do not say it after the moment they were last changed."""
    found = [path] if isinstance(path, str) else path
    given = [f"{item}/*" if not is_pattern(item) and paths.existing(item, bench.workspace).is_dir() else item for item in found]
    pictures = [item.resolve() for item in select(given, bench.workspace, only="files") if item.suffix.lower() in _FORMATS and item.suffix.lower() != ".pdf"]
    if not pictures:
        raise ToolRetry(f"There are no pictures in {path}.", code="not_found", hint="path is pictures, a pattern such as *.jpg, or a folder.")
    taken: set[Path] = set()
    moves = []
    for picture in sorted(pictures, key=lambda item: (_taken(item), item.name)):
        goal = _free(picture, _taken(picture).strftime(pattern), taken)
        taken.add(goal)
        if goal != picture:
            moves.append((picture, goal))
    changes = tuple(bench.changes.move(old, new) for old, new in moves)
    shown = "\n".join(f"{bench.shown(old)} → {new.name}" for old, new in moves)
    value = {"items": [{"path": str(new), "before": str(old)} for old, new in moves], "count": len(moves)}
    return Planned(changes, value, f"Renamed {len(moves)} of {len(pictures)} pictures" + (f":\n{shown}" if moves else "; the others have such names already."), shown)


def _taken(file: Path) -> datetime.datetime:
    """When a picture was taken, by its EXIF; else when the file was changed."""
    with contextlib.suppress(ToolRetry, ValueError, OSError), _opened(file) as picture:
        said = _exif(picture)
        return (
            datetime.datetime.strptime(str(said.get("DateTimeOriginal") or said["DateTime"])[:19], "%Y:%m:%d %H:%M:%S")
            if said.get("DateTimeOriginal") or said.get("DateTime")
            else _changed(file)
        )
    return _changed(file)


def _changed(file: Path) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(file.stat().st_mtime)


def _free(picture: Path, name: str, taken: set[Path]) -> Path:
    """The new path of a picture: with a number where the name is in use."""
    if not name.strip() or "/" in name or "\\" in name or name in (".", ".."):
        raise ToolRetry(f"{name!r} is no name for a file.", hint="pattern is such as %Y-%m-%d %H-%M-%S, without slashes.")
    for number in range(1, 10_000):
        goal = picture.with_name(f"{name}{f' ({number})' if number > 1 else ''}{picture.suffix.lower()}")
        if goal not in taken and (goal == picture or not goal.exists()):
            return goal
    raise ToolRetry(f"There are too many pictures of the name {name}.", hint="A finer pattern, with seconds, tells them apart.")


@tool(
    "images.screenshot",
    "reversible",
    writes=("target",),
    unavailable=needs_display,
    instead="browser.picture takes a picture of a web page.",
    aliases=("screenshot", "take_screenshot", "capture_screen", "screen_capture", "grab_screen"),
)
def screenshot(bench: Workbench, target: Annotated[str, "file to make"] = "screenshot.png") -> Planned:
    """Take a picture of the screen."""
    goal = paths.target_of(target, bench.workspace)
    from PIL import Image

    picture = Image.open(io.BytesIO(_screen()))
    return _saved(bench, picture, goal, f"the screen → {bench.shown(goal)}")


def _screen() -> bytes:
    """PNG of the screen, by what the system has. Raises :class:`ToolFailed` where there is no screen or nothing to take it with."""
    from PIL import ImageGrab

    try:
        made = io.BytesIO()
        ImageGrab.grab().save(made, "PNG")
        return made.getvalue()
    except Exception as error:  # no display, no permission, no grabber
        for command in (["grim", "-"], ["gnome-screenshot", "-f", "/dev/stdout"], ["import", "-window", "root", "png:-"]) if sys.platform.startswith("linux") else ():
            try:
                done = subprocess.run(command, capture_output=True, timeout=15, check=False)
            except (OSError, subprocess.TimeoutExpired):
                continue
            if done.stdout.startswith(b"\x89PNG"):
                return done.stdout
        raise ToolFailed("The screen cannot be seen from here.", code="unavailable", hint="browser.picture takes a picture of a web page.") from error


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[Any]:
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with contextlib.ExitStack() as stack:
        try:
            picture = stack.enter_context(Image.open(stack.enter_context(open_regular(file))))
        except (UnidentifiedImageError, Image.DecompressionBombError, OSError) as error:
            raise ToolRetry(
                f"{file.name} is no picture that can be read.", code="unreadable", hint=f"Pictures are {', '.join(sorted(_FORMATS))}; documents.read reads PDF."
            ) from error
        yield picture


def _exif(picture: Any) -> dict[str, Any]:
    from PIL import ExifTags

    found = picture.getexif()
    wanted = dict(found) | dict(found.get_ifd(ExifTags.IFD.Exif))
    names = {number: ExifTags.TAGS.get(number, "") for number in wanted}
    return {
        names[number]: value for number, value in wanted.items() if names[number] in ("DateTimeOriginal", "DateTime", "Make", "Model", "Orientation", "ExposureTime", "FNumber")
    }


def _saved(bench: Workbench, picture: Any, goal: Path, preview: str) -> Planned:
    kind = _FORMATS.get(goal.suffix.lower())
    if kind is None:
        raise ToolRetry(f"A picture cannot be written as {goal.suffix or 'a file without ending'}.", hint=f"target ends in {', '.join(sorted(_FORMATS))}.")
    made = io.BytesIO()
    (picture.convert("RGB") if kind in ("JPEG", "PDF") else picture).save(made, kind)
    changes = (*bench.changes.folders(goal.parent), bench.changes.put(goal, made.getvalue()))
    return Planned(changes, {"path": str(goal), "width": picture.width, "height": picture.height}, f"Made {bench.shown(goal)}, {picture.width} × {picture.height} pixels.", preview)
