"""Tasks, calendar and contacts, in the usual forms of asking for them."""

from __future__ import annotations

import datetime
import re

from core.schedule.words import DAY
from models.starter.described import Described
from models.starter.reminders import SOUNDS_OF_TIME
from models.starter.scene import Call
from models.starter.usual import a_day, a_moment, forms, plain, unquoted

_TASKS = r"(?P<list>(?:my|the) (?:open |current )?(?:tasks?(?: list)?|to[- ]?dos?(?: list)?))"
_CALENDAR = r"(?:my|the|our) (?:calendar|agenda)"
_CONTACTS = r"(?:my|the|our) (?:contacts?(?: list)?|address ?book)"
_PHONE = re.compile(r"\+?\d[\d /()-]{3,}\d")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_BEGINS = re.compile(rf"(?:on|at|this|next|coming|tomorrow|today|tonight|the|in|{DAY}|\d)\b", re.I)
_AROUND = frozenset("with and phone number email e-mail mail mobile the his her their is as at telephone tel cell a contact new".split())  # noqa: SIM905


def _own_list(match: re.Match[str], there: Described | None) -> bool:
    """Whether Deskhand's own list is meant, and no file that is called so."""
    return there is None or not there.find(match["list"], "file")


def _task_added(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    text, due = unquoted(match["t"]), re.search(r",? (?:by|due|until|before) (?:on )?(?P<d>[^,]+)$", match["t"])
    if due and (day := a_day(due["d"])):
        return (("tasks.add", {"text": unquoted(match["t"][: due.start()]), "due": day}),)
    if said := match.groupdict().get("due"):
        return (("tasks.add", {"text": text, "due": day}),) if (day := a_day(said)) and _own_list(match, there) else ()
    return (("tasks.add", {"text": text}),) if _own_list(match, there) else ()


def _tasks_shown(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    return (("tasks.list", {}),) if _own_list(match, there) else ()


def _task_gone(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    return (("tasks.remove", {"task": unquoted(match["t"])}),) if _own_list(match, there) else ()


def _event_added(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    """``dentist on Monday at 10``: the title goes to where a moment begins that is understood whole."""
    words = match["t"].split()
    for at in range(1, len(words)):
        moment = a_moment(" ".join(words[at:])) if _BEGINS.match(words[at]) else None
        if moment:
            if SOUNDS_OF_TIME.search(" ".join(words[:at])):
                return ()  # "dentist every Monday at 10"
            title, kind = unquoted(" ".join(words[:at])), match.groupdict().get("kind") or ""
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
    day = a_day(said)
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


def _contact_found(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    return (("contacts.search", {"query": match["n"].strip()}),)


FORMS = forms(
    (rf"(?:add|put|write|note) (?P<t>.+?) (?:to|on|onto|in) {_TASKS}", _task_added),
    (rf"(?:add|put|write|note) (?P<t>.+?) (?:to|on|onto|in) {_TASKS},? (?:by|due|until|before) (?:on )?(?P<due>.+)", _task_added),
    (r"(?:add (?:a |another )?|new |make (?:a )?|create (?:a )?)(?:new )?(?:task|to-?do)(?P<list>)(?:: ?| to | called |, )(?P<t>.+)", _task_added),
    (rf"(?:what(?:['’]?s| is| are)?|show|list|read|open|display|tell me)(?: me)?(?: all)?(?: (?:on|in|of))? {_TASKS}", _tasks_shown),
    (r"(?:which|what) (?P<list>)(?:tasks|to-?dos) (?:are (?:still )?(?:open|left)|do i (?:still )?have)(?: left| open)?", _tasks_shown),
    (r"(?:mark|set) (?:the task )?(?P<t>.+?) (?:as )?(?:done|finished|complete|completed)", lambda match, there: (("tasks.done", {"task": unquoted(match["t"])}),)),
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
    (rf"(?:show|list|open|display)(?: me)?(?: all)? {_CONTACTS}", plain("contacts.search")),
)  # fmt: skip
