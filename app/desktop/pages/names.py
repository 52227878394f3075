"""The pages beside the chat, in the order in which they are offered everywhere: name, and title to be translated."""

from __future__ import annotations

PAGES = (
    ("models", "Models"),
    ("skills", "Skills"),
    ("schedules", "Schedules"),
    ("devices", "Devices"),
    ("tools", "Tools"),
    ("memory", "Memory"),
    ("activity", "Activity"),
    ("settings", "Settings"),
)
