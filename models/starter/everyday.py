"""Requests to built-in tools that the model has not practised, in their usual forms: tasks, calendar, contacts, network, sound, pictures, dates. Read by code."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

from core.errors import DeskhandError
from core.schedule.words import DAY
from models.starter import foreign
from models.starter.described import Described
from models.starter.reminders import SOUNDS_OF_TIME
from models.starter.scene import Call

_LEAD = r"(?:(?:please|can you|could you|would you|will you|hey|hi|ok|so|and|deskhand|now)[, ]+)*"
_END = r"(?:,? (?:please|for me|thanks|now))*\W*"
_TASKS = r"(?P<list>(?:my|the) (?:open |current )?(?:tasks?(?: list)?|to[- ]?dos?(?: list)?))"
_CALENDAR = r"(?:my|the|our) (?:calendar|agenda)"
_CONTACTS = r"(?:my|the|our) (?:contacts?(?: list)?|address ?book)"
_PICTURE = r"(?P<f>\S(?:.*\S)?\.(?:jpe?g|png|gif|webp|bmp|tiff?|heic))"
_FORMAT = r"(?:an? )?\.?(?P<to>jpe?g|png|gif|webp|bmp|tiff?)(?: file| image| picture| format)?"
_HOST = r"(?P<host>(?:[a-z0-9-]+\.)+[a-z]{2,}|localhost|\d{1,3}(?:\.\d{1,3}){3})"
_PHONE = re.compile(r"\+?\d[\d /()-]{3,}\d")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_BEGINS = re.compile(rf"(?:on|at|this|next|coming|tomorrow|today|tonight|the|in|{DAY}|\d)\b", re.I)
Maker = Callable[[re.Match[str], Described | None], tuple[Call, ...]]


def read(request: str, there: Described | None) -> tuple[Call, ...]:
    """The calls of such a request; none for any other. Raises :class:`foreign.Missing` for a day that has to be asked about."""
    said = " ".join(request.split())
    if len(said) > 200 or "@" in said.split(" ", 1)[0]:
        return ()
    for form, made in _FORMS:
        if (match := form.fullmatch(said)) and (found := made(match, there)):
            return found
    return ()


def _plain(tool: str, **args: object) -> Maker:
    return lambda match, there: ((tool, dict(args)),)


def _unquoted(text: str) -> str:
    return text.strip(" .,;:").strip("\"'“”").strip()


# -- tasks, calendar, contacts ------------------------------------------------------------------------------------------


def _own_list(match: re.Match[str], there: Described | None) -> bool:
    """Whether Deskhand's own list is meant, and no file that is called so."""
    return there is None or not there.find(match["list"], "file")


def _task_added(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    text, due = _unquoted(match["t"]), re.search(r",? (?:by|due|until|before) (?:on )?(?P<d>[^,]+)$", match["t"])
    if due and (day := _day(due["d"])):
        return (("tasks.add", {"text": _unquoted(match["t"][: due.start()]), "due": day}),)
    if said := match.groupdict().get("due"):
        return (("tasks.add", {"text": text, "due": day}),) if (day := _day(said)) and _own_list(match, there) else ()
    return (("tasks.add", {"text": text}),) if _own_list(match, there) else ()


def _tasks_shown(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    return (("tasks.list", {}),) if _own_list(match, there) else ()


def _task_gone(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    return (("tasks.remove", {"task": _unquoted(match["t"])}),) if _own_list(match, there) else ()


def _when(text: str) -> tuple[str, bool] | None:
    """A single moment as ISO 8601 without a zone, and whether a time of day was said; None for anything else."""
    from core.schedule.when import read as read_when

    now, found = datetime.datetime.now().astimezone(), []
    for usual in ("09:00", "10:00"):
        try:
            rule = read_when(text, now, "UTC", usual)
        except DeskhandError:
            return None
        found.append(rule["at"] if rule["kind"] == "once" else "")
    return (found[0], found[0] == found[1]) if found[0] else None


def _day(text: str) -> str:
    moment = _when(text)
    return moment[0][:10] if moment else ""


def _event_added(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    """``dentist on Monday at 10``: the title goes to where a moment begins that is understood whole."""
    words = match["t"].split()
    for at in range(1, len(words)):
        moment = _when(" ".join(words[at:])) if _BEGINS.match(words[at]) else None
        if moment:
            if SOUNDS_OF_TIME.search(" ".join(words[:at])):
                return ()  # "dentist every Monday at 10"
            title, kind = _unquoted(" ".join(words[:at])), match.groupdict().get("kind") or ""
            title = f"{kind} {title}" if kind and title.lower().startswith(("with ", "at ", "about ")) else title
            title = title[0].upper() + title[1:]
            return (("calendar.add", {"title": title, "start": moment[0][:16]} if moment[1] else {"title": title, "start": moment[0][:10], "minutes": 0}),)
    return ()


def _calendar_shown(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    said = (match["d"] or "").strip().lower().removeprefix("for ").removeprefix("on ")
    left = 7 - datetime.date.today().weekday()
    for words, args in (("", {}), ("today", {"days": 1}), ("tomorrow", {"start": "tomorrow", "days": 1}), ("this week", {"days": left}), ("this month", {"days": 31})):
        if said == words:
            return (("calendar.list", args),)
    if said in ("next week", "the next week"):
        return (("calendar.list", {"start": (datetime.date.today() + datetime.timedelta(days=left)).isoformat(), "days": 7}),)
    day = _day(said)
    return (("calendar.list", {"start": day, "days": 1}),) if day else ()


def _contact_added(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    text = match["t"]
    phone, mail = _PHONE.search(text), _MAIL.search(text)
    for found in filter(None, (phone, mail)):
        text = text.replace(found[0], " ")
    name = " ".join(word for word in re.findall(r"[^\s,;:()]+", text) if word.lower().removesuffix("'s") and word.lower() not in _AROUND)
    name = re.sub(r"['’]s$", "", name.strip())
    if not (phone or mail) or not name or len(name.split()) > 4 or re.search(r"\d", name):
        return ()
    return (("contacts.add", {"name": name} | ({"phone": phone[0].strip()} if phone else {}) | ({"email": mail[0]} if mail else {})),)


_AROUND = frozenset("with and phone number email e-mail mail mobile the his her their is as at telephone tel cell a contact new".split())  # noqa: SIM905


def _contact_found(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    return (("contacts.search", {"query": match["n"].strip()}),)


# -- sound, pictures, dates -----------------------------------------------------------------------------------------------


def _played(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    action = {"resume": "play", "skip": "next", "unpause": "play", "last": "previous"}.get(match["a"].lower(), match["a"].lower())
    return (("media.control", {"action": action}),)


def _loudness(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    number, way = match.groupdict().get("n"), (match.groupdict().get("w") or "").lower()
    if number:
        return (("media.volume", {"level": number}),) if int(number) <= 100 else ()
    return (("media.volume", {"level": "+10" if way in ("up", "louder") else "-10"}),)


def _picture(match: re.Match[str], there: Described | None) -> str:
    name = _unquoted(match["f"])
    if there is None or (there.workspace / name).is_file():
        return name
    found = there.find(name, "file") if "/" not in name else []
    return found[0] if len(found) == 1 else ""


def _picture_converted(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    path = _picture(match, there)
    return (("images.convert", {"path": path, "target": f"{path.rpartition('.')[0]}.{match['to'].lower()}"}),) if path else ()


def _picture_sized(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    path, sizes = _picture(match, there), {"width": match.groupdict().get("w"), "height": match.groupdict().get("h")}
    if not sizes["width"] and not sizes["height"]:
        sizes["height" if re.match("high|tall|height", match["which"], re.I) else "width"] = match["n"]
    return (("images.resize", {"path": path} | {key: int(value) for key, value in sizes.items() if value}),) if path else ()


def _picture_turned(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    path, degrees = _picture(match, there), int(match["n"] or 90)
    left = re.search(r"left|counter|anti", match[0], re.I)
    return (("images.convert", {"path": path, "target": path, "rotate": 360 - degrees if left and degrees != 180 else degrees}),) if path and degrees in (90, 180, 270) else ()


def _picture_told(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    path = _picture(match, there)
    return (("images.info", {"path": path}),) if path else ()


def _screenshot(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    name = _unquoted(match["to"] or "")
    return (("images.screenshot", {"target": name if re.search(r"\.(?:png|jpe?g|webp)$", name, re.I) else f"{name}.png"} if name else {}),)


def _date_told(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    from core.schedule.when import read as read_when

    try:
        rule = read_when(match["d"], datetime.datetime.now().astimezone(), "UTC")
    except DeskhandError as error:
        raise foreign.Missing(error.message) from error
    return (("time.calculate", {"start": rule["at"][:10]}),) if rule["kind"] == "once" else ()


def _date_moved(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    sign = -1 if re.match(r"\W*(?:subtract|take|deduct)", match[0], re.I) or (match.groupdict().get("way") or "").lower() == "before" else 1
    return (("time.calculate", {"start": match["d"].strip(), f"{match['u'].lower()}s": sign * int(match["n"])}),)


def _share(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    up = {"two": 2, "three": 3, "four": 4, "five": 5}.get((match["up"] or "").lower(), 1)
    low = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "eighth": 8, "tenth": 10}[match["low"].lower()]
    return (("calc.evaluate", {"expression": f"{up} / {low} * {match['m']}"}),)


def _which_reminder(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    raise foreign.Missing('Which one? Say "stop reminding me to …"; "what reminders do I have" shows them all.')


def _installed(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    raise foreign.Missing(f'I cannot tell what is installed, only what runs. Ask "is {match["n"]} running", or let me run `{match["n"]} --version`.')


def _feet(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    foot, inch = {"c": ("30.48", "2.54"), "mm": ("304.8", "25.4")}.get("mm" if match["u"].lower() == "mm" else match["u"][0].lower(), ("0.3048", "0.0254"))
    return (("calc.evaluate", {"expression": f"{match['ft']} * {foot} + {match['in']} * {inch}"}),)


def _rounded(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    places = re.search(r"\d+|one|two|three", match["how"] or "")
    number = {"one": 1, "two": 2, "three": 3}.get(places[0].lower(), 0) or int(places[0]) if places else 0
    return (("calc.evaluate", {"expression": f"round({match['e'].strip()}, {number})" if number else f"round({match['e'].strip()})"}),) if re.search(r"\d", match["e"]) else ()


_FORMS: tuple[tuple[re.Pattern[str], Maker], ...] = tuple(
    (re.compile(rf"{_LEAD}{pattern}{_END}", re.I), made)
    for pattern, made in (
        (rf"(?:add|put|write|note) (?P<t>.+?) (?:to|on|onto|in) {_TASKS}", _task_added),
        (rf"(?:add|put|write|note) (?P<t>.+?) (?:to|on|onto|in) {_TASKS},? (?:by|due|until|before) (?:on )?(?P<due>.+)", _task_added),
        (r"(?:add (?:a |another )?|new |make (?:a )?|create (?:a )?)(?:new )?(?:task|to-?do)(?P<list>)(?:: ?| to | called |, )(?P<t>.+)", _task_added),
        (rf"(?:what(?:['’]?s| is| are)?|show|list|read|open|display|tell me)(?: me)?(?: all)?(?: (?:on|in|of))? {_TASKS}", _tasks_shown),
        (r"(?:which|what) (?P<list>)(?:tasks|to-?dos) (?:are (?:still )?(?:open|left)|do i (?:still )?have)(?: left| open)?", _tasks_shown),
        (r"(?:mark|set) (?:the task )?(?P<t>.+?) (?:as )?(?:done|finished|complete|completed)", lambda match, there: (("tasks.done", {"task": _unquoted(match["t"])}),)),
        (rf"(?:remove|delete|take|drop) (?P<t>.+?) (?:from|off|off of) {_TASKS}", _task_gone),
        (rf"(?:add|put|enter|write|note|save) (?:an? )?(?:(?P<kind>appointment|meeting|event) )?(?:called |for )?(?P<t>.+?) (?:in|into|to|on) {_CALENDAR}", _event_added),
        (rf"(?:add|make|create|book|enter|set up|schedule|plan) (?:me )?an? (?:new )?(?:calendar )?(?P<kind>appointment|meeting|event)(?: called| for|:)? (?P<t>.+?)(?: (?:in|into|to|on) {_CALENDAR})?", _event_added),
        (rf"(?:what(?:['’]?s| is| do i have)|show|list|read|open|display)(?: me)?(?: (?:on|in))? {_CALENDAR}(?P<d> .+?)?", _calendar_shown),
        (r"(?:what|which) (?:appointments?|meetings?|events?) (?:do i have|are there|have i got)(?P<d> .+?)?", _calendar_shown),
        (r"(?:do i have|have i got|are there) any (?:appointments?|meetings?|events?)(?P<d> .+?)?", _calendar_shown),
        (rf"(?:add|save|put|store) (?P<t>.+?) (?:to|in|into) {_CONTACTS}", _contact_added),
        (r"(?:save|store|add|note) (?P<t>.+?['’]s (?:(?:phone|mobile|telephone) )?(?:number|e-?mail(?: address)?)(?: as|:| is)? .+)", _contact_added),
        (r"(?:add|save|create|make) (?:a )?(?:new )?contact(?: for| called|:)? (?P<t>.+)", _contact_added),
        (r"(?:what(?:['’]?s| is)|find|look up|show me|tell me|give me|do you have|do i have|get me) (?P<n>(?!my\b|the\b|your\b|this\b)[\w.-]+(?: [\w.-]+)?)['’]s? (?:(?:phone|mobile|telephone) number|number|e-?mail(?: address)?)", _contact_found),
        (rf"(?:find|look up|search for|show|look for) (?P<n>[\w .-]+?) in {_CONTACTS}", _contact_found),
        (rf"(?:show|list|open|display)(?: me)?(?: all)? {_CONTACTS}", _plain("contacts.search")),
        (r"(?:what(?:['’]?s| is)|show(?: me)?|tell me|find)? ?my (?:local )?ip(?: address)?", _plain("network.interfaces")),
        (rf"(?:ping|is|can (?:you|i|we) reach|check (?:if|whether)|try to reach) {_HOST}(?: (?:is )?(?:up|online|reachable|down|working|alive|there))?(?: right now)?", lambda match, there: (("network.check", {"host": match["host"]}),)),
        (r"(?:is (?:the|my) (?:internet|network|wi-?fi)(?: connection)? (?:working|up|on|down|ok|alive)|am i (?:online|connected)(?: to the internet)?|do i have (?:an? )?internet(?: connection)?|check (?:the|my) internet(?: connection)?)", _plain("network.check", host="example.com")),
        (r"(?:what(?:['’]?s| is)|calculate|work out)? ?(?P<p>\d+(?:\.\d+)?) ?(?:%|percent) (?:(?:sales )?tax|tip|vat|interest|discount|commission|gratuity) (?:on|of|from) (?:[$€£])?(?P<m>\d+(?:[.,]\d+)?)", lambda match, there: (("calc.evaluate", {"expression": f"{match['p']}% of {match['m'].replace(',', '.')}"}),)),
        (r"(?:what(?:['’]?s| is)|calculate|work out)? ?(?:an? |(?P<up>one|two|three|four|five) )(?P<low>half|third|quarter|fourth|fifth|eighth|tenth)s? of (?P<m>\d+(?:\.\d+)?)", _share),
        (r"(?:cancel|delete|remove|clear|drop|stop) (?:all )?(?:of )?my (?:reminders|schedules)", _which_reminder),
        (r"(?:is|do i have|have i got) (?P<n>[\w.+-]+) installed(?: here| on (?:this|my) (?:computer|machine|pc|laptop))?", _installed),
        (r"(?P<a>pause|stop|play|resume|unpause) (?:the |my )?(?:music|song|video|playback|player|track|movie|podcast)", _played),
        (r"(?:play (?:the )?|go to (?:the )?)?(?P<a>next|previous|last|skip)(?: (?:the|this))? (?:song|track|video)", _played),
        (r"(?:set|turn|change|put) (?:the |my )?(?:volume|sound)(?: level)?(?: up| down)? (?:to|at) (?P<n>\d{1,3}) ?(?:%|percent)?|(?:the )?volume (?:to |at )?(?P<n2>\d{1,3}) ?(?:%|percent)?", lambda match, there: (("media.volume", {"level": match["n"] or match["n2"]}),) if int(match["n"] or match["n2"]) <= 100 else ()),
        (r"(?:turn|make|put) (?:the |my )?(?:volume|sound|music|speakers?) (?P<w>up|louder|down|quieter|lower)(?: a (?:bit|little))?", _loudness),
        (r"turn (?P<w>up|down) (?:the |my )?(?:volume|sound|music)(?: a (?:bit|little))?", _loudness),
        (r"(?P<m>mute|unmute)(?: (?:the |my )?(?:sound|volume|speakers?|audio|computer|music))?", lambda match, there: (("media.volume", {"level": match["m"].lower()}),)),
        (r"(?:(?:take|make|grab|capture|do) (?:me )?(?:an? )?(?:new )?|)screen ?shot(?: of (?:my|the) (?:screen|desktop))?(?:,? (?:and )?(?:save|call|name) it (?:as |to )?(?P<to>[\w./ -]+?))?", _screenshot),
        (rf"(?:convert|turn|change|save|export) (?:the (?:picture|image|photo) )?{_PICTURE} (?:to|into|as) {_FORMAT}", _picture_converted),
        (rf"(?:resize|scale|shrink|enlarge|make|reduce) (?:the (?:picture|image|photo) )?{_PICTURE}(?: (?:smaller|bigger|larger|down|up))?,?(?: to| so (?:that )?it is| be)? (?P<n>\d{{2,5}}) ?(?:px|pixels?)? (?:in )?(?P<which>wide|width|high|height|tall)", _picture_sized),
        (rf"(?:resize|scale|shrink|enlarge|reduce) (?:the (?:picture|image|photo) )?{_PICTURE} (?:to|down to) (?P<w>\d{{2,5}}) ?(?:x|×|by) ?(?P<h>\d{{2,5}})(?: ?px| pixels)?", _picture_sized),
        (rf"(?:rotate|turn) (?:the (?:picture|image|photo) )?{_PICTURE}(?: by)?(?: (?P<n>90|180|270)(?: degrees|°)?)?(?: (?:clockwise|(?:to the )?(?:right|left)|counter-?clockwise|anti-?clockwise))?", _picture_turned),
        (rf"(?:what (?:resolution|dimensions) (?:is|are|has|does)|what are the (?:dimensions|pixels) of|what(?:['’]?s| is) the resolution of) {_PICTURE}(?: have)?", _picture_told),
        (rf"(?:what size is|how (?:big|large|wide|high) is) {_PICTURE} in pixels", _picture_told),
        (rf"(?:what(?:['’]?s| is| will be)? the date|what date (?:is|will it be|is it))(?: of| on| for| it is)? (?P<d>(?:next |this |coming |on |in )?(?:{DAY}|\d+ (?:days?|weeks?|months?)|an? (?:week|fortnight)|tomorrow|the day after tomorrow)(?: from (?:now|today))?)", _date_told),
        (r"(?:what is |what's )?(?:add|subtract|take|deduct) (?P<n>\d{1,5}) (?P<u>day|week|month|year)s? (?:to|from) (?P<d>[\w ,./-]+)", _date_moved),
        (r"(?:what(?:['’]?s| is)(?: the date| the day)?|when is|which (?:date|day) is) (?P<n>\d{1,5}) (?P<u>day|week|month|year)s? (?P<way>after|before) (?P<d>[\w ,./-]+)", _date_moved),
        (r"(?:(?:how (?:tall|much|long|high) is|what(?:['’]?s| is)|convert) )?(?P<ft>\d) ?(?:foot|feet|ft|['’]) ?(?:and )?(?P<in>\d{1,2})(?: ?(?:inch(?:es)?|in\b|[\"”]|''))? (?:in|to|into) (?P<u>cm|centimet(?:re|er)s?|m|met(?:re|er)s?|mm)", _feet),
        (r"(?:(?:what(?:['’]?s| is)|calculate|compute|work out) )?(?P<e>[\d(][^,]*?),? rounded(?: off)?(?P<how> to (?:the nearest (?:whole number|integer|one)|\w+ (?:decimals?|decimal places?|places?|digits?)))?", _rounded),
    )
)  # fmt: skip
