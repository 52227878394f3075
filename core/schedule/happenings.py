"""Things that no clock knows and that can be waited for, as people say them: a folder that changes, a laptop that wakes."""

from __future__ import annotations

import re

from core.schedule.rules import Rule

_WHEN = r"(?:when|whenever|if|once|as soon as|each time|every time|any ?time|always when)\s+"
_THE = r"(?:(?:the|my|this|our)\s+)?"
_NOT_A_PATH = r"(?!(?:this|the|any|all|a|an|file|files|folder|something|anything|contents?|there|it|i|https?:)\b)"
_UNQUOTED = rf"{_NOT_A_PATH}[~./\w](?:(?! (?:in|of|to|is|are|has|gets)\b)[^\"'])*?"
_PATH = rf"(?:\"(?P<quoted>[^\"]+)\"|'(?P<single>[^']+)'|(?P<path>{_UNQUOTED}))"
_FOLDER = rf"{_THE}(?:folder\s+|directory\s+|file\s+)?{_PATH}(?:\s+(?:folder|directory))?"
_NAMED = (  # said to be a folder or file, or written as one: "when the weather changes" is neither
    rf"(?:{_THE}(?:folder|directory|file)\s+{_PATH}|{_THE}(?P<word>{_UNQUOTED})\s+(?:folder|directory|file)|(?P<bare>\"[^\"]+\"|'[^']+'|[^\s\"']*[./~][^\s\"']*|(?-i:[A-Z])[^\s\"']*))"
)
_HERE = r"(?:this|the|the current)\s+(?:folder|directory)|here"
_CHANGES = r"(?:changes?|(?:is|are|was|were|gets?|has been|have been)\s+(?:changed|modified|edited|updated|altered))"
_ANY_FILE = r"(?:something|anything|things?|(?:an?\s+|any\s+|the\s+)?(?:files?|contents?))"
_NEW_FILE = r"(?:something|anything|(?:an?\s+|any\s+|some\s+)?(?:new\s+)?(?:files?|things?))(?:\s+new)?"
_COMES = r"(?:(?:is|are|gets?|has been|was)\s+(?:added|put|saved|copied|dropped|placed|moved|downloaded|created)|appears?|arrives?|lands?|shows? up|comes?(?: in)?|turns? up)"
_MACHINE = r"(?:laptop|computer|machine|pc|mac|notebook)"
_BELOW = r"(?:below|under|beneath|less than|lower than)"
_GB = r"(?P<number>\d+)\s*(?:gb|gigabytes?)"
_ENTRY = r"(?:post|entry|article|episode|item|story|release)s?"
_FEED = r"(?:the\s+|this\s+)?(?:rss\s+|atom\s+|news\s?)?feed\s+(?:at\s+|of\s+)?"
_NAME = r"(?:the\s+)?(?P<sensor>[a-z][a-z0-9_-]*\.[a-z][a-z0-9_-]*)\s+"
_VALUE = r"(?P<number>\d+(?:\.\d+)?)\s*\S{0,3}"
PATTERNS = tuple(
    (re.compile(pattern, re.I), event)
    for pattern, event in (
        (rf"{_WHEN}(?:the\s+|this\s+)?(?:web\s?)?(?:page\s+|site\s+)?(?:at\s+)?(?P<url>https?://\S+)\s+(?:{_CHANGES}|has (?:changed|news))", "page_changed"),
        (rf"{_WHEN}{_FEED}(?P<url>https?://\S+)\s+(?:{_CHANGES}|has (?:something|anything|news?|an?)\b.*)", "feed_new"),
        (rf"{_WHEN}(?P<url>https?://\S+)\s+(?:has|publishes|posts|gets)\s+(?:an?\s+)?(?:new\s+)?{_ENTRY}", "feed_new"),
        (rf"{_WHEN}(?:there is\s+|there are\s+)?(?:something new|anything new|(?:an?\s+)?new\s+{_ENTRY})\s+(?:(?:appears|comes|is|is published|shows up)\s+)?(?:in|on|at|from)\s+(?:{_FEED})?(?P<url>https?://\S+)", "feed_new"),
        (rf"{_WHEN}(?:{_HERE})\s+{_CHANGES}", "folder_changed"),
        (rf"{_WHEN}{_ANY_FILE}\s+{_CHANGES}\s+(?:in\s+)?(?:{_HERE})|{_WHEN}{_ANY_FILE}\s+(?:in|of)\s+(?:{_HERE})\s+{_CHANGES}", "folder_changed"),
        (rf"{_WHEN}{_NEW_FILE}\s+(?:(?:{_COMES})\s+)?(?:(?:in|into|to|inside)\s+)?(?:{_HERE})|{_WHEN}there(?:'s| is| are)\s+{_NEW_FILE}\s+(?:in\s+)?(?:{_HERE})", "file_added"),
        (rf"{_WHEN}{_ANY_FILE}\s+(?:in|of)\s+{_FOLDER}\s+{_CHANGES}", "folder_changed"),
        (rf"{_WHEN}{_ANY_FILE}\s+{_CHANGES}\s+in\s+{_FOLDER}", "folder_changed"),
        (rf"(?:on|at|after)\s+(?:any\s+|every\s+)?changes?\s+(?:to|in|of)\s+{_FOLDER}", "folder_changed"),
        (rf"{_WHEN}{_NAMED}\s+{_CHANGES}", "folder_changed"),
        (rf"{_WHEN}{_NEW_FILE}\s+{_COMES}\s+(?:in|into|to|inside)\s+{_FOLDER}", "file_added"),
        (rf"{_WHEN}(?:there(?:'s| is| are)\s+{_NEW_FILE}|something new is)\s+in\s+{_FOLDER}", "file_added"),
        (rf"{_WHEN}(?:i|we|somebody|someone)\s+(?:saves?|puts?|adds?|drops?|copy|copies|moves?)\s+(?:something|(?:an?\s+|any\s+)?(?:new\s+)?files?)\s+(?:in|into|to)\s+{_FOLDER}", "file_added"),
        (rf"(?:{_WHEN}|after\s+){_THE}{_MACHINE}\s+(?:wakes(?: up)?|comes back|is woken(?: up)?|resumes|is opened)(?:\s+from sleep)?", "wakes"),
        (rf"{_WHEN}i\s+(?:wake(?: up)?|open)\s+{_THE}{_MACHINE}(?:\s+up)?|on (?:wake|resume)|(?:after sleep|on wake-? ?up|after waking up)", "wakes"),
        (rf"{_WHEN}(?:i\s+(?:log ?[io]n|sign in)|deskhand starts|{_THE}{_MACHINE}\s+(?:starts|boots|is (?:turned|switched) on)(?: up)?)|(?:at|on) (?:startup|start-?up|login|log-in|boot)", "starts"),
        (rf"{_WHEN}i\s+(?:start|boot|turn on|switch on)\s+{_THE}{_MACHINE}(?:\s+up)?", "starts"),
        (rf"{_WHEN}{_NAME}(?:is|drops|falls|goes|gets|sinks)\s+{_BELOW}\s+{_VALUE}", "sensor_below"),
        (rf"{_WHEN}{_NAME}(?:is|rises|goes|gets|climbs)\s+(?:above|over|more than)\s+{_VALUE}", "sensor_above"),
        (rf"{_WHEN}{_THE}battery(?:\s+level)?\s+(?:is|has|drops|falls|goes|gets|sinks)(?:\s+down)?\s+(?:to\s+)?{_BELOW}\s+(?P<number>\d+)\s*(?:%|percent)?", "battery_below"),
        (rf"{_WHEN}{_THE}(?:free\s+)?(?:disk|space|storage)(?:\s+space)?\s+(?:is\s+|has\s+|falls\s+|drops\s+|goes\s+|gets\s+)?{_BELOW}\s+{_GB}(?:\s+(?:free|left))?", "disk_below_gb"),
        (rf"{_WHEN}(?:there (?:is|are)\s+)?{_BELOW}\s+{_GB}\s+(?:(?:is|are|of)\s+)?(?:(?:disk|free)\s+)?(?:space\s+)?(?:free|left)?(?:\s*on (?:the|my) disk)?", "disk_below_gb"),
    )
)  # fmt: skip


def happening(text: str) -> Rule | None:
    """Something that no clock knows."""
    text = " ".join(text.split())
    for pattern, event in PATTERNS:
        if match := pattern.fullmatch(text):
            found = {key: value for key, value in match.groupdict().items() if value}
            rule: Rule = {"kind": "when", "event": event} | ({"url": found["url"]} if "url" in found else {})
            if path := next((found[key].strip("\"'") for key in ("path", "quoted", "single", "word", "bare") if key in found), ""):
                rule["path"] = path
            if "number" in found:
                rule["number"] = float(found["number"]) if "." in found["number"] else int(found["number"])
            if "sensor" in found:
                rule["sensor"] = found["sensor"].lower()
            return rule
    return None
