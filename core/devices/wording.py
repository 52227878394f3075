"""Requests that name a machine in plain words, for planners that do not know of machines: read by code, only with the names of devices that there are."""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.plan import Edge, Plan, Step

_MACHINE = r"(?:\s+(?:machine|computer|laptop|pc|server|box|mac|device))?"
_BRING = re.compile(
    r"[,;.]?\s*(?:(?:and|then)\s+)*(?:bring|send|get|fetch|give|copy)\s+(?:me\s+)?(?:it|the\s+(?:zip|archive|file|result|pdf|picture|document|copy))"
    r"(?:\s+(?:back|over|here|to\s+me|to\s+this\s+(?:machine|computer|one)))*\s*[.!]*$",
    re.I,
)
_WHICH = re.compile(
    r"\s*(?:(?:what|which)\s+(?:other\s+)?(?:devices|machines|computers)\s+(?:do\s+i\s+have|are\s+(?:there|paired|online|connected)|work\s+for\s+(?:me|this\s+one))"
    r"|(?:list|show)\s+(?:me\s+)?(?:all\s+)?(?:my\s+|the\s+)?(?:other\s+)?(?:devices|machines|computers))\s*[?.!]*",
    re.I,
)
_BARE = re.compile(r"what(?:'s|\s+is|\s+are|\s+do\s+i\s+have)?(?:\s+there)?\s*\??", re.I)
_MINE = re.compile(
    r"\s*(?:please\s+)?(?:remind|remember|note|take\s+a\s+note|write\s+down|schedule|every|each|when|whenever|at\s+\d|in\s+\d|tomorrow|add\s+.*\b(?:task|todo|list)s?\b)", re.I
)
_FILE = r"(?:the\s+file\s+)?(?P<path>\"[^\"]+\"|'[^']+'|[\w./~-]+\.\w+|[\w~-]*/[\w./~-]+)"


def meant(text: str, names: Iterable[str]) -> Plan | None:
    """A plan for what is asked of another machine: a request given to it (and its file brought here), a file given or brought. None where no device is named so."""
    if _WHICH.fullmatch(text):
        return Plan((Step("s1", "device.list", {}),))
    known = {_plain(name): name for name in names}
    if not known or _MINE.match(text):
        return None
    either = "|".join(re.sub(r"(?:\\?[-_. ])+", r"[-_. ]", re.escape(name)) for name in sorted(known, key=len, reverse=True))
    machine = rf"(?:(?:the|my|our)\s+)?(?P<name>{either})(?:['’]s)?{_MACHINE}(?![\w.@-]*\w)"
    patterns = (
        (rf"(?:please\s+)?(?:send|give|copy|put|push|transfer)\s+{_FILE}\s+(?:over\s+)?(?:to|on|onto)\s+{machine}\s*[.!]*", _give),
        (
            rf"(?:please\s+)?(?:bring|fetch|get|copy|pull)\s+(?:me\s+)?{_FILE}\s+(?:over\s+)?(?:from|off)\s+{machine}(?:\s+(?:over\s+)?(?:here|to\s+(?:me|this\s+\w+)))?\s*[.!]*",
            _bring,
        ),
        (rf"(?:please\s+)?(?:on|at)\s+{machine}\s*[,:]?\s+(?P<rest>\S.*)", _ask),
        (rf"(?:please\s+)?(?:ask|tell|have|let|get|make)\s+{machine}\s*[,:]?\s+(?:to\s+)?(?P<rest>\S.*)", _ask),
        (rf"(?P<rest>(?:[^\"'“]|(?<=\w)'(?=\w))*?\S)\s+(?:on|at|from)\s+{machine}(?P<tail>(?:\W.*)?)", _ask),
    )
    for pattern, plan in patterns:
        if match := re.fullmatch(pattern, text.strip(), re.I | re.S):
            return plan(known[_plain(match["name"])], match)
    return None


def _plain(name: str) -> str:
    return re.sub(r"[-_. ]+", "-", name.lower())


def _ask(device: str, match: re.Match[str]) -> Plan:
    request = f"{match['rest']}{match.groupdict().get('tail') or ''}".strip()
    if _BARE.fullmatch(request):
        request = "List the files here"
    asked = _BRING.sub("", request).strip(" ,;.")
    if asked == request.strip(" ,;.") or not asked:
        return Plan((Step("s1", "device.ask", {"request": request}, device=device),))
    asked = re.sub(r",\s+(?:then\s+)?(?=[a-z]+\s[^,]*$)", " and ", asked)  # "…, zip them and bring it" was a list: its last part is "and zip them" now
    steps = (
        Step("s1", "device.ask", {"request": asked}, device=device),
        Step("s2", "device.bring", {"device": device, "path": "{{s1.output.path}}"}, (Edge("s1"),)),
    )
    return Plan(steps)


def _give(device: str, match: re.Match[str]) -> Plan:
    return Plan((Step("s1", "device.give", {"path": match["path"].strip("\"'"), "device": device}),))


def _bring(device: str, match: re.Match[str]) -> Plan:
    return Plan((Step("s1", "device.bring", {"device": device, "path": match["path"].strip("\"'")}),))
