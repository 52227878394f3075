"""Pictures: what they are, other sizes and formats, the screen."""

from __future__ import annotations

import contextlib
import datetime
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from core.errors import ToolError, ToolFailed, ToolRetry
from core.ports import ToolContext, ToolResult
from tools import paths, pictures
from tools.availability import needs_display
from tools.background import in_thread
from tools.declare import Planned, tool
from tools.sandbox.box import in_box
from tools.sandbox.scratch import scratch_folder
from tools.selection import is_pattern, select
from tools.workbench import Workbench


@tool("images.info", "reads", reads=("path",), aliases=("image_info", "picture_info", "image_size", "photo_info", "exif", "image_metadata"))
async def info(context: ToolContext, path: Annotated[str, "a picture"]) -> ToolResult:
    """Size, format and when and with what a picture was taken."""
    file = paths.existing(path, context.workspace).resolve()
    return await in_thread(_measured, file, not paths.is_inside(file, context.workspace))


def _measured(file: Path, is_outside: bool) -> ToolResult:
    found = in_box(pictures.measure, str(file), files=[file])
    value = {"path": str(file), **found, "bytes": file.stat().st_size}
    taken = found["exif"].get("DateTimeOriginal")
    words = f"{file.name}: {value['width']} × {value['height']} pixels, {value['format']}" + (f", taken {taken}" if taken else "")
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
    if width > 0 and height > 0 and width * height > pictures.MOST_PIXELS:
        raise ToolRetry(f"{width} × {height} pixels are too many.", hint=f"At most {pictures.MOST_PIXELS // 1_000_000} million pixels.")
    wide, high = _size_of(file, max(0, width), max(0, height))
    goal = paths.target_of(target, bench.workspace) if target else file.with_name(f"{file.stem}-{wide}x{high}{file.suffix}")
    return _remade(bench, file, goal, f"{bench.shown(file)} → {bench.shown(goal)}, {wide} × {high}", pictures.resize, wide, high)


def _size_of(file: Path, width: int, height: int) -> tuple[int, int]:
    """Width and height, the one that is not given by the proportions of the picture."""
    if width and height:
        return width, height
    found = in_box(pictures.measure, str(file), files=[file])
    return width or max(1, round(found["width"] * height / max(1, found["height"]))), height or max(1, round(found["height"] * width / max(1, found["width"])))


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
    return _remade(bench, file, goal, f"{bench.shown(file)} → {bench.shown(goal)}", pictures.convert, rotate, grey)


@tool("images.rename_by_date", "reversible", reads=("path",), writes=("path",), aliases=("rename_photos", "rename_images_by_date", "photos_by_date", "rename_pictures"))
def rename_by_date(
    bench: Workbench,
    path: Annotated[str | list[str], "pictures, a pattern, or a folder of them"],
    pattern: Annotated[str, "of the new names, as strftime has it"] = "%Y-%m-%d %H-%M-%S",
) -> Planned:
    """Rename pictures after the moment they were taken; those that do not say it after the moment they were last changed."""
    found = [path] if isinstance(path, str) else path
    given = [f"{item}/*" if not is_pattern(item) and paths.existing(item, bench.workspace).is_dir() else item for item in found]
    chosen = [item.resolve() for item in select(given, bench.workspace, only="files") if item.suffix.lower() in pictures.FORMATS and item.suffix.lower() != ".pdf"]
    if not chosen:
        raise ToolRetry(f"There are no pictures in {path}.", code="not_found", hint="path is pictures, a pattern such as *.jpg, or a folder.")
    taken: set[Path] = set()
    moves = []
    moments = {item: _taken(item) for item in chosen}
    for picture in sorted(chosen, key=lambda item: (moments[item], item.name)):
        goal = _free(picture, moments[picture].strftime(pattern), taken)
        taken.add(goal)
        if goal != picture:
            moves.append((picture, goal))
    changes = tuple(bench.changes.move(old, new) for old, new in moves)
    shown = "\n".join(f"{bench.shown(old)} → {new.name}" for old, new in moves)
    value = {"items": [{"path": str(new), "before": str(old)} for old, new in moves], "count": len(moves)}
    return Planned(changes, value, f"Renamed {len(moves)} of {len(chosen)} pictures" + (f":\n{shown}" if moves else "; the others have such names already."), shown)


def _taken(file: Path) -> datetime.datetime:
    """When a picture was taken, by its EXIF; else when the file was changed."""
    with contextlib.suppress(ToolError, ValueError, OSError):
        said = in_box(pictures.measure, str(file), files=[file])["exif"]
        if when := said.get("DateTimeOriginal") or said.get("DateTime"):
            return datetime.datetime.strptime(when[:19], "%Y:%m:%d %H:%M:%S")
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


def _remade(bench: Workbench, file: Path, goal: Path, preview: str, work: Callable[..., Any], *args: Any) -> Planned:
    """A picture made of another one, by a function of :mod:`tools.pictures`."""
    kind = _kind_of(goal)
    with scratch_folder() as folder:
        made = folder / "made"
        size = in_box(work, str(file), *args, kind, str(made), files=[file], scratch=folder)
        return _planned(bench, made, goal, size, preview)


def _saved(bench: Workbench, picture: Any, goal: Path, preview: str) -> Planned:
    """A picture of our own making."""
    with scratch_folder() as folder:
        size = pictures.write(picture, _kind_of(goal), folder / "made")
        return _planned(bench, folder / "made", goal, size, preview)


def _kind_of(goal: Path) -> str:
    kind = pictures.FORMATS.get(goal.suffix.lower())
    if kind is None:
        raise ToolRetry(f"A picture cannot be written as {goal.suffix or 'a file without ending'}.", hint=f"target ends in {', '.join(sorted(pictures.FORMATS))}.")
    return kind


def _planned(bench: Workbench, made: Path, goal: Path, size: dict[str, int], preview: str) -> Planned:
    changes = (*bench.changes.folders(goal.parent), bench.changes.put_made(goal, made))
    return Planned(changes, {"path": str(goal), **size}, f"Made {bench.shown(goal)}, {size['width']} × {size['height']} pixels.", preview)
