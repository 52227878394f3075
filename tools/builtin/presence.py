"""What the person sees and hears: notifications, music and volume. By what the system has; where it has nothing, the answer says what to install."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from typing import Annotated, Literal

from core.errors import ToolFailed, ToolRetry
from core.ports import Scope, ToolContext, ToolResult
from tools.availability import all_of, needs_program, on_platforms
from tools.declare import tool

SAY_IT = "Say it in the answer instead."


@tool(
    "notify.show",
    "irreversible",
    unavailable=needs_program("notify-send", "libnotify-bin"),
    instead="Say it in the answer, or schedule.remind for later.",
    aliases=("notification", "notify", "show_notification", "send_notification", "toast", "alert"),
    scopes=lambda args, context: (Scope("none"),),
)
async def show(context: ToolContext, title: Annotated[str, "its first line"], text: Annotated[str, "what stands below"] = "") -> ToolResult:
    """Show a notification on the desktop now. For later: schedule.remind."""
    if sys.platform == "darwin":
        script = f"display notification {_quoted(text)} with title {_quoted(title)}"
        await _ran("osascript", "-e", script, install="")
    elif sys.platform == "win32":
        script = (
            "[Windows.UI.Notifications.ToastNotificationManager,Windows.UI.Notifications,ContentType=WindowsRuntime]>$null;"
            "$x=[Windows.UI.Notifications.ToastNotificationManager]::GetTemplateContent(1);$t=$x.GetElementsByTagName('text');"
            "$t.Item(0).InnerText=$args[0];$t.Item(1).InnerText=$args[1];"
            "[Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier('Deskhand').Show([Windows.UI.Notifications.ToastNotification]::new($x))"
        )
        await _ran("powershell", "-NoProfile", "-Command", script, title, text, install="")
    else:
        await _ran("notify-send", "--app-name=Deskhand", "--", title, text, install="libnotify-bin")
    return ToolResult({"title": title}, f"Showed: {title}.")


@tool(
    "media.control",
    "irreversible",
    unavailable=all_of(on_platforms("Players can be controlled", "linux"), needs_program("playerctl", "playerctl")),
    instead=SAY_IT,
    aliases=("play_music", "pause_music", "media_control", "next_track", "play_pause", "stop_music", "player"),
    scopes=lambda args, context: (Scope("app", "media"),),
)
async def control(context: ToolContext, action: Annotated[Literal["play", "pause", "next", "previous", "stop", "status"], "what to do"]) -> ToolResult:
    """Play, pause, skip or stop in the music or video player that runs; status says what plays."""
    if not sys.platform.startswith("linux"):
        raise ToolFailed("Players can be controlled on Linux only, so far.", code="no_program", hint=SAY_IT)
    words = ["metadata", "--format", "{{status}}: {{artist}} – {{title}}"] if action == "status" else [action]
    said = await _ran("playerctl", *words, install="playerctl")
    return ToolResult({"action": action, "text": said}, said or f"Done: {action}.", tainted=action == "status")


@tool(
    "media.volume",
    "irreversible",
    unavailable=all_of(on_platforms("The volume can be set", "linux", "darwin"), needs_program("pactl", "pulseaudio-utils")),
    instead=SAY_IT,
    aliases=("set_volume", "volume", "mute", "unmute", "volume_up", "volume_down"),
    scopes=lambda args, context: (Scope("app", "media"),),
)
async def volume(context: ToolContext, level: Annotated[str, "0 to 100, +10, -10, mute or unmute"]) -> ToolResult:
    """Set the volume of this machine."""
    said = level.strip().rstrip("%").lower()
    if said not in ("mute", "unmute") and not re.fullmatch(r"[+-]?\d{1,3}", said):
        raise ToolRetry(f"{level!r} is no volume.", hint="level is 0 to 100, +10, -10, mute or unmute.")
    if said not in ("mute", "unmute") and said[0] not in "+-" and int(said) > 100:
        raise ToolRetry("The volume goes to 100.", hint="level is 0 to 100.")  # louder than that harms speakers, whoever asks
    if sys.platform == "darwin":
        step = (
            f"output muted {'true' if said == 'mute' else 'false'}"
            if "mute" in said
            else f"output volume {said}"
            if said[0] not in "+-"
            else f"output volume ((output volume of (get volume settings)) {said[0]} {said[1:]})"
        )
        await _ran("osascript", "-e", f"set volume {step}", install="")
    elif sys.platform.startswith("linux"):
        words = ["set-sink-mute", "@DEFAULT_SINK@", "1" if said == "mute" else "0"] if "mute" in said else ["set-sink-volume", "@DEFAULT_SINK@", f"{said}%"]
        await _ran("pactl", *words, install="pulseaudio-utils")
    else:
        raise ToolFailed("The volume can be set on Linux and macOS only, so far.", code="no_program", hint=SAY_IT)
    return ToolResult({"level": said}, f"Volume: {said}{'' if 'mute' in said else ' %'}.")


async def _ran(program: str, *words: str, install: str) -> str:
    """Run a small program of the system. Raises :class:`ToolFailed` in words."""
    if shutil.which(program) is None:
        raise ToolFailed(f"There is no {program} here." + (f" Install it (Debian: apt install {install})." if install else ""), code="no_program", hint=SAY_IT)
    process = await asyncio.create_subprocess_exec(program, *words, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(15):
            out, err = await process.communicate()
    except TimeoutError as error:
        process.kill()
        await process.wait()
        raise ToolFailed(f"{program} did not answer.", code="timeout", hint=SAY_IT) from error
    if process.returncode:
        raise ToolFailed(f"{program}: {(err or out).decode('utf-8', 'replace').strip()[:300] or 'it failed'}", code="exit_code", hint=SAY_IT)
    return out.decode("utf-8", "replace").strip()


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
