"""What a statement is about, so that the newest about a thing takes the place of the older one: by rule, and empty where two statements may both hold.

A wrong answer buries what is true, a missing one leaves two facts with their dates, so what is doubtful has no subject.
"""

from __future__ import annotations

import re

_LEAD = re.compile(r"^(?:(?:please )?remember )?(?:that )?(?:(?:actually|now|from now on|since \w+|as of \w+|by the way|update|correction)[,:]? )*", re.I)
_NOW = re.compile(r"\b(?:now|currently|actually|meanwhile|these days|again)\b ?|\b(?:new|current)\b (?=\w)", re.I)
_IS = re.compile(r"^(my|our|the|[A-Z][\w'’-]*(?:'s|’s)) (.{2,60}?) (?:is|are|was|were|=|became|(?:has |have )?changed to|(?:has |have )?moved to) (.+)$", re.I | re.S)
_WHO = r"(i|we|he|she|[A-Z][\w'’-]*)"
_ONE_AT_A_TIME = tuple(  # what holds one at a time, in the ways it is said
    (re.compile(rf"^{_WHO}(?:['’]m|['’]ve|['’]s|['’]re| am| is| are| have| has)? {form}", re.I), aspect)
    for aspect, form in (
        ("home", r"(?:live|lives|living|moved)\b (?:in|at|to|into|near)\b"), ("work", r"(?:work|works|working|started|starts)\b (?:at|for|with|as)\b"),
        ("name", r"(?:called|named)\b"), ("name", r"(?:go|goes) by\b"), ("marriage", r"(?:married to|single|divorced|engaged to|a widow)\b"), ("age", r"\d{1,3}(?: years old)?\W*$"),
        ("work", r"an? [\w -]{3,30}? (?:at|for)\b"), ("bedtime", r"(?:go|goes) to bed at\b"), ("rising", r"(?:get|gets|wake|wakes) up at\b"), ("car", r"(?:drive|drives)\b (?:an?|my|the|his|her)\b"),
    )
)  # fmt: skip
_PEOPLE = frozenset(
    re.findall(
        r"\w+",
        "wife husband partner boss manager dentist doctor lawyer landlord teacher therapist mother father mum mom dad girlfriend boyfriend accountant plumber "
        "hairdresser vet coach tutor trainer gp physiotherapist mechanic nanny cleaner gardener",
    )
)
_SEVERAL = frozenset(
    re.findall(
        r"\w+",
        "friend friends sister brother son daughter child children kid kids cousin uncle aunt nephew niece colleague colleagues coworker neighbour neighbor hobby hobbies "
        "pet pets cat dog cats dogs plan plans goal goals allergy allergies grandmother grandfather grandma grandpa parents sibling siblings client customer student team",
    )
)
_PLACE = re.compile(r"^(?:in|at|on|under|behind|beside|above|below|near|next to|inside|with|by|over|between)\b", re.I)
_WHEN = re.compile(
    r"\d(?::|\s?[ap]m\b|\s?o'?clock)|^at \d|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d|\d (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|\btomorrow|\bnoon|\bmidnight",
    re.I,
)
_KIND = re.compile(r"^(?:an?|one of|some|very|so|too|not|also|really|quite|allergic|afraid|fond|made|full)\s", re.I)


def about_of(text: str) -> str:
    """What a plain statement is about: ``my wifi password is x`` is about ``my wifi password``. Empty where it is not so plain, or where many such may hold."""
    said = _NOW.sub("", _LEAD.sub("", text.strip())).strip()
    for form, aspect in _ONE_AT_A_TIME:
        if match := form.match(said):
            return f"{match[1]} {aspect}".lower()
    match = _IS.match(said)
    if not match or len(match[2].split()) > 6:
        return ""
    return _aspect(f"{match[1]} {match[2]}".lower(), match[2].lower().split()[-1], match[3].strip())


def _aspect(subject: str, noun: str, value: str) -> str:
    """The subject, and which side of it: where it is, when it is, or what it is."""
    if _WHEN.search(value) and not subject.startswith(("the time", "my birthday")) and noun != "birthday":
        return f"{subject} when"
    if _PLACE.match(value):
        return f"{subject} where"
    if _KIND.match(value) or noun in _SEVERAL:
        return ""
    if noun in _PEOPLE and not re.match(r"(?:called |named )?[A-Z]", value):
        return ""
    return subject
