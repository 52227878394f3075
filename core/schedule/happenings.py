"""Things that no clock knows and that can be waited for, as people say them: a folder that changes, a laptop that wakes."""

from __future__ import annotations

import re

from core.schedule.rules import Rule

_WHEN = r"(?:when|whenever|if|as soon as|each time|every time)\s+"


def happening(text: str) -> Rule | None:
    """Something that no clock knows."""
    path = r"[\"']?(?P<path>[~./\w][^\"']*?)[\"']?"
    patterns = (
        (r"(?:when|whenever|if|as soon as|each time)\s+(?:the\s+|this\s+)?(?:web\s?)?(?:page\s+|site\s+)?(?P<url>https?://\S+)\s+(?:changes|is updated|has (?:changed|news))", "page_changed"),
        (rf"{_WHEN}(?:the\s+|this\s+)?(?:rss\s+|atom\s+|news\s?)?feed\s+(?:at\s+|of\s+)?(?P<url>https?://\S+)\s+(?:changes|is updated|has (?:something|anything|news?|an?)\b.*)", "feed_new"),
        (rf"{_WHEN}(?P<url>https?://\S+)\s+(?:has|publishes|posts|gets)\s+(?:an?\s+)?(?:new\s+)?(?:post|entry|article|episode|item|story|release)s?", "feed_new"),
        (rf"{_WHEN}(?:there is\s+|there are\s+)?(?:something new|anything new|(?:an?\s+)?new\s+(?:post|entry|article|episode|item|story|release)s?)\s+(?:(?:appears|comes|is published|shows up)\s+)?(?:in|on|at|from)\s+(?:the\s+)?(?:rss\s+|atom\s+|news\s?)?(?:feed\s+)?(?:at\s+)?(?P<url>https?://\S+)", "feed_new"),
        (r"(?:when|whenever|each time|every time|if)\s+(?:this|the)\s+folder\s+changes", "folder_changed"),
        (rf"(?:when|whenever|each time|every time|if)\s+(?:the\s+|my\s+)?(?:folder\s+|file\s+)?{path}(?:\s+folder)?\s+changes", "path_changed"),
        (rf"(?:when|whenever|each time|every time|if)\s+(?:something|(?:an? )?(?:new )?files?|anything)\s+(?:new\s+)?(?:(?:is|are) (?:added|put|saved)|appears|arrives|lands|shows up|comes)\s+(?:in|into|to)\s+(?:the\s+|my\s+)?(?:folder\s+)?{path}(?:\s+folder)?", "file_added"),
        (rf"(?:when|whenever|as soon as|if)\s+there(?:'s| is| are)\s+(?:an?\s+|any\s+)?(?:new\s+(?:files?|things?)|something new|anything new)\s+in\s+(?:the\s+|my\s+)?(?:folder\s+)?{path}(?:\s+folder)?", "file_added"),
        (rf"(?:when|whenever|each time|every time|if)\s+(?:something|anything)\s+changes\s+in\s+(?:the\s+|my\s+)?(?:folder\s+)?{path}(?:\s+folder)?", "folder_changed"),
        (r"(?:when|whenever|if|as soon as)\s+(?:there (?:is|are)\s+)?(?:less than|under|below)\s+(?P<number>\d+)\s*(?:gb|gigabytes?)\s+(?:(?:is|are)\s+)?(?:free|left)(?:\s+on (?:the|my) disk)?", "disk_below_gb"),
        (r"(?:when|whenever|each time|every time|after|as soon as)\s+(?:the|my|this)\s+(?:laptop|computer|machine|pc|mac)\s+(?:wakes(?: up)?|comes back|is woken|resumes)", "wakes"),
        (r"(?:on wake|after sleep|on wake-?up)", "wakes"),
        (r"(?:when|whenever|each time|every time)\s+(?:i\s+(?:log ?in|sign in)|deskhand starts|(?:the|my|this) (?:computer|laptop|machine|pc) (?:starts|boots)(?: up)?)|at (?:startup|start-?up|login|boot)|on (?:startup|login|boot)", "starts"),
        (r"(?:when|whenever|if|as soon as)\s+(?:the\s+)?(?P<sensor>[a-z][a-z0-9_-]*\.[a-z][a-z0-9_-]*)\s+(?:is|drops|falls|goes|gets|sinks)\s+(?:below|under|less than)\s+(?P<number>\d+(?:\.\d+)?)\s*\S{0,3}", "sensor_below"),
        (r"(?:when|whenever|if|as soon as)\s+(?:the\s+)?(?P<sensor>[a-z][a-z0-9_-]*\.[a-z][a-z0-9_-]*)\s+(?:is|rises|goes|gets|climbs)\s+(?:above|over|more than)\s+(?P<number>\d+(?:\.\d+)?)\s*\S{0,3}", "sensor_above"),
        (r"(?:when|whenever|if|as soon as)\s+(?:(?:the|my)\s+)?battery\s+(?:is|drops|falls|goes|gets)\s+(?:below|under|to less than|less than)\s+(?P<number>\d+)\s*(?:%|percent)?", "battery_below"),
        (r"(?:when|whenever|if|as soon as)\s+(?:the|my)\s+disk\s+(?:is\s+)?(?:has\s+)?(?:less than|under|below)\s+(?P<number>\d+)\s*(?:gb|gigabytes?)(?:\s+(?:free|left))?", "disk_below_gb"),
    )  # fmt: skip
    for pattern, event in patterns:
        if match := re.fullmatch(pattern, text, re.I):
            found = {key: value for key, value in match.groupdict().items() if value}
            rule: Rule = {"kind": "when", "event": "folder_changed" if event == "path_changed" else event}
            if "url" in found:
                rule["url"] = found["url"]
            if "path" in found:
                rule["path"] = found["path"]
            if "number" in found:
                rule["number"] = float(found["number"]) if "." in found["number"] else int(found["number"])
            if "sensor" in found:
                rule["sensor"] = found["sensor"].lower()
            return rule
    return None
