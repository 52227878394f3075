"""A step of a run as one line that a person would say: "Reading meeting.md", and "Read meeting.md" once it is done."""

from __future__ import annotations

import re
import shlex
from typing import Any

from app.desktop.text import tr

# What is said while it runs and once it is done; a tool that is not here is called by its name.
LINES = {
    "files.list": ("Looking into {what}", "Looked into {what}"),
    "files.read": ("Reading {what}", "Read {what}"),
    "files.find": ("Searching for {what}", "Searched for {what}"),
    "files.info": ("Looking at {what}", "Looked at {what}"),
    "files.make_folder": ("Making the folder {what}", "Made the folder {what}"),
    "files.write": ("Writing {what}", "Wrote {what}"),
    "files.append": ("Adding to {what}", "Added to {what}"),
    "files.edit": ("Changing {what}", "Changed {what}"),
    "files.move": ("Moving {what}", "Moved {what}"),
    "files.copy": ("Copying {what}", "Copied {what}"),
    "files.delete": ("Deleting {what}", "Deleted {what}"),
    "files.sort_into_folders": ("Sorting {what} into folders", "Sorted {what} into folders"),
    "files.archive": ("Packing {what}", "Packed {what}"),
    "files.extract": ("Unpacking {what}", "Unpacked {what}"),
    "documents.read": ("Reading {what}", "Read {what}"),
    "tables.describe": ("Looking at {what}", "Looked at {what}"),
    "tables.query": ("Calculating with {what}", "Calculated with {what}"),
    "tables.convert": ("Converting {what}", "Converted {what}"),
    "images.convert": ("Converting {what}", "Converted {what}"),
    "images.resize": ("Resizing {what}", "Resized {what}"),
    "images.screenshot": ("Taking a screenshot", "Took a screenshot"),
    "memory.search": ("Searching my memory for {what}", "Searched my memory for {what}"),
    "memory.add": ("Remembering {what}", "Remembered {what}"),
    "notes.add": ("Writing the note {what}", "Wrote the note {what}"),
    "notes.list": ("Looking at the notes", "Looked at the notes"),
    "notes.search": ("Searching the notes for {what}", "Searched the notes for {what}"),
    "tasks.list": ("Looking at the tasks", "Looked at the tasks"),
    "tasks.add": ("Adding the task {what}", "Added the task {what}"),
    "calendar.list": ("Looking at the calendar", "Looked at the calendar"),
    "calendar.add": ("Adding {what} to the calendar", "Added {what} to the calendar"),
    "schedule.remind": ("Setting a reminder: {what}", "Set a reminder: {what}"),
    "contacts.search": ("Looking up {what}", "Looked up {what}"),
    "calc.evaluate": ("Calculating {what}", "Calculated {what}"),
    "units.convert": ("Converting {what}", "Converted {what}"),
    "time.now": ("Looking at the clock", "Looked at the clock"),
    "time.calculate": ("Calculating {what}", "Calculated {what}"),
    "system.info": ("Looking at this machine", "Looked at this machine"),
    "shell.run": ("Running {what}", "Ran {what}"),
    "code.run": ("Running a small program", "Ran a small program"),
    "program": ("Running a small program", "Ran a small program"),
    "web.fetch": ("Reading {what}", "Read {what}"),
    "web.search": ("Searching the web for {what}", "Searched the web for {what}"),
    "browser.open": ("Opening {what}", "Opened {what}"),
    "open.url": ("Opening {what}", "Opened {what}"),
    "open.file": ("Opening {what}", "Opened {what}"),
    "open.app": ("Opening {what}", "Opened {what}"),
    "mail.search": ("Searching the mail for {what}", "Searched the mail for {what}"),
    "mail.read": ("Reading a mail", "Read a mail"),
    "mail.send": ("Sending a mail to {what}", "Sent a mail to {what}"),
    "device.ask": ("Asking {what}", "Asked {what}"),
}
# The argument that a step is about, by its name; else the first one.
_SUBJECTS = ("path", "source", "paths", "folder", "url", "query", "pattern", "expression", "argv", "command", "to", "name", "title", "text")
LONGEST = 60  # letters of an argument


def describe_step(step: dict[str, Any], status: str = "done") -> str:
    """The line for a step (the contract's shape), by whether it is over: done, failed, waiting …"""
    what = argument(step)
    if (words := LINES.get(step["tool"])) is None or (not what and "{what}" in words[0]):
        return name_step(step)
    return tr(words[1] if status == "done" else words[0], **({"what": what} if "{what}" in words[0] else {}))


def name_step(step: dict[str, Any]) -> str:
    """The tool's verb and what it is about: short, and the same in every state."""
    verb = step["tool"].split(".")[-1].replace("_", " ")
    return f"{verb} {argument(step)}".strip()


def argument(step: dict[str, Any]) -> str:
    """The first line of what a step is about; a command line as one types it, as on the card that asks for it: a ``>`` that is only an argument stands in quotes."""
    args = step.get("args") or {}
    first = ("text", "name") if step["tool"] == "files.find" else ()  # what is looked for says more than where
    for key in (*(name for name in (*first, *_SUBJECTS) if name in args), *args):
        value = args[key]
        text = (
            shlex.join(map(str, value))
            if key == "argv" and isinstance(value, list)
            else " ".join(map(str, value))
            if isinstance(value, list)
            else str(value)
            if isinstance(value, str | int | float)
            else ""
        )
        if text.strip():
            line = re.sub(r"\{\{.*?\}\}", "…", text.strip().splitlines()[0])
            return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
    return ""
