"""Whole requests that have one meaning and few forms, and that the model has not practised: read by code, before the model looks."""

from __future__ import annotations

import re

from models.starter.scene import Call

_CLEAR = (  # what is money and nothing else
    r"(?:us |u\.s\. |canadian |australian |new zealand |singapore |hong kong )?dollars?|bucks?|euros?|eur|usd|gbp|chf|jpy|cad|aud|nzd|cny|inr|sek|nok|dkk|pln|czk|huf|krw|brl|mxn|zar|thb|sgd|hkd|try|ils|ron|isk|"
    r"quid|pounds? sterling|yen|(?:swiss )?francs?|rupees?|pesos?|yuan|renminbi|rand|baht|forints?|zlotys?|shekels?|(?:swedish|norwegian|danish|icelandic|czech) (?:kron(?:a|or|e|er|ur)|koruna)|[$€£¥]"
)
_MONEY = rf"(?:{_CLEAR}|pounds?)"
_AMOUNT = rf"(?:(?P<sign>[$€£¥])\s?)?(?P<n>\d+(?:[,.]\d+)*)\s?(?P<k>k|thousand|million)?\s*(?P<source>{_MONEY})?"
_LEAD = r"(?:(?:please|can you|could you|hey|ok|so|and)[, ]+)*"
_FORMS = tuple(
    re.compile(rf"{_LEAD}{form}\W*$", re.I)
    for form in (
        rf"(?:(?:convert|change|exchange|turn|calculate|tell me|what(?:['’]?s| is| are| would be)|how much (?:is|are|would be)|how much)\s+)?{_AMOUNT}\s+(?:in|to|into|as|worth in|makes? in|is in)\s+(?P<target>{_MONEY})(?: please| now| today| right now)*",
        rf"how (?:many|much)\s+(?P<target>{_MONEY})\s+(?:is|are|in|for|do i get for|would i get for|can i get for|make|makes|do you get for)\s+{_AMOUNT}(?: please| now| today| right now| worth)*",
    )
)
_FACT = re.compile(
    r"(?:(?:please|can you|could you|would you|hey|ok|and)[, ]+)*(?:remember|keep in mind|bear in mind|do(?:n['’]t| not) forget|never forget)(?: this)?(?:[:,]| that)? "
    r"(?P<c>(?:i|i['’]m|i['’]ve|my|we|we['’]re|our|the|his|her|[A-Z][\w'’-]*)\b.*?(?:\b(?:is|am|are|was|were|has|have|likes?|loves?|hates?|prefers?|lives?|works?|takes?|goes|drives?|speaks?|needs?|uses?|eats?|drinks?|wants?|"
    r"don['’]?t|doesn['’]?t|can['’]?t|cannot|born|called)\b|['’](?:s|m|re|ve) ).+?)\W*",
    re.S,
)
_MORE = re.compile(
    r"(?:(?<!\bDr)(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bSt)(?<!\bNo)\.|[;!?\n]) +\S|\b(?:and|then|also)\b,? (?:then |also |please )*(?:make|create|write|save(?! it (?:as|to) )|add|put|move|copy|rename|delete|remove|zip|pack|open|list|show|find|tell|remind|send|convert|count|read|sort|append)\b",
    re.I,
)


def asks_more(request: str) -> bool:
    """Whether a request has a second sentence or a second thing to do."""
    return _MORE.search(" ".join(request.split())) is not None


def read(request: str) -> tuple[Call, ...]:
    """The calls of a request that is understood to the letter; none for any other."""
    said = " ".join(request.split())
    for form in _FORMS:
        match = form.match(said)
        if match and (found := _money(match)):
            return (found,)
    fact = _FACT.fullmatch(said[0].lower() + said[1:]) if said else None
    if fact and not asks_more(fact["c"]):
        return (("memory.add", {"text": fact["c"]}),)
    return ()


def _money(match: re.Match[str]) -> Call | None:
    source, target = match["sign"] or match["source"] or "", match["target"]
    if not source or not any(re.fullmatch(_CLEAR, side, re.I) for side in (source, target)):
        return None  # pounds into pounds, or an amount of nothing
    number = re.sub(r",(?=\d{3}\b)", "", match["n"])
    if number.count(".") + number.count(",") > 1:
        return None
    amount = float(number.replace(",", ".")) * {"k": 1e3, "thousand": 1e3, "million": 1e6}.get((match["k"] or "").lower(), 1)
    return "money.convert", {"amount": amount, "source": source, "target": target}
