"""Takes a model's own words from around a text that it was asked to write: thinking, "Sure! Here is the letter:", a fence, "Let me know …"."""

from __future__ import annotations

import re

_TAGS = "think|thinking|thought|thoughts|reasoning|reflection|scratchpad|analysis"
_THOUGHT = re.compile(rf"(?:^[ \t]*)?<({_TAGS})>.*?</\1>[ \t]*\n?", re.S | re.I | re.M)
_CLOSED_ONLY = re.compile(rf"\A.*?(?<!`)</(?:{_TAGS})>\s*", re.S | re.I)
_OPEN_ONLY = re.compile(rf"\A\s*<(?:{_TAGS})>.*\Z", re.S | re.I)
_BRACKET_THOUGHT = re.compile(r"\A\s*\[THINK\].*?\[/THINK\]\s*", re.S)
_CHANNEL = re.compile(r"<\|?channel\|?>\s*(\w+)[^<]*(?:<\|message\|>)?(.*?)(?=<\|?(?:end|return|start|channel|call)\|?>|\Z)", re.S)
_AFTER_END = re.compile(r"(?<=\S)\s*(?:<\|im_end\|>|<end_of_turn>|<\|eot_id\|>|<\|endoftext\|>|<\|end_of_text\|>|(?<!`)</s>).*\Z", re.S)  # a template ends the turn there
_TOKEN = re.compile(r"<\|?(?:start|end|channel|message|return|im_start|im_end|eot_id|endoftext|end_of_turn|begin_of_text)\|?>(?:assistant\b)?")
_OPENING = re.compile(
    r"[¡¿]?(?:(?:Sure(?: thing)?|Certainly|Of course|Absolutely|Okay|OK|Alright|Great|Gladly|Understood|No problem|Happy to help|Natürlich|Gerne?|Klar|Selbstverständlich|Alles klar|"
    r"Bien sûr|Volontiers|D'accord|Claro(?: que sí)?|Por supuesto|Con gusto)(?: thing)?[!.,:—–-]*\s*)?"
    r"(?:(?:Here(?:['’]s| is| are|['’]re)|Below is|Below are|This is|I['’]ve (?:written|drafted|prepared|put together)|I have (?:written|drafted|prepared)|Hier (?:ist|sind|kommt)|Nachfolgend|"
    r"Voici|Ci-dessous|Aquí (?:está|tienes|tiene|va)|A continuación)\b[^\n]{0,160}:)?",
    re.I,
)
_KIND_OF_TEXT = re.compile(
    r"\b(?:letter|e-?mail|mail|message|text|draft|version|note|report|summary|poem|story|translation|reply|response|answer|list|file|document|content|post|article|speech|table|outline|plan|code|script|"
    r"minutes|agenda|paragraph|invitation|application|it|them|brief|schreiben|entwurf|fassung|zusammenfassung|übersetzung|antwort|nachricht|gedicht|lettre|texte|courriel|résumé|traduction|réponse|"
    r"carta|correo|texto|borrador|resumen|traducción|respuesta)\b",
    re.I,
)
_OFFER = re.compile(
    r"[*_(]{0,3}(?:(?:Please )?(?:let me know|feel free|tell me)|Would you like(?: me)?|Do you want(?: me)?|Shall I|If you(?:['’]d| would| want| need)|I hope this|I can (?:also )?|Is there anything|Just (?:say|let)|"
    r"Lass(?:en Sie)? (?:es )?mich|Sag(?:en Sie)? mir|Gib mir|Soll ich|Möchte(?:st du|n Sie)|Ich hoffe,? (?:das|dies)|Wenn (?:du|Sie)|N['’]hésitez?|Dis-moi|Dites-moi|Voulez-vous|Souhaitez-vous|J['’]espère que|"
    r"Avísame|Dime|Si (?:quieres|necesitas|desea)|¿Quieres|Espero que)\b[^\n]*",
    re.I,
)
_ABOUT_TEXT = re.compile(
    r"\b(?:chang|adjust|edit|tweak|revis|modif|tone|version|shorter|longer|formal|rewrite|rephrase|personali[sz]e|customi[sz]e|different|improve|help|else|anpass|änder|kürz|förmlich|ton\b|weiter|fassung|"
    r"ajust|changement|autre|plus court|cambi|ajustar|otra|más cort)\w*",
    re.I,
)
_NOTE = re.compile(
    r"[*_(]{0,3}(?:Note|Hinweis|Anmerkung|Remarque|Nota)[*_]{0,2}:[*_]{0,2} [^\n]*\b(?:I['’]ve|I have|I (?:kept|assumed|left|used)|placeholder|brackets|ich habe|platzhalter|klammern|j['’]ai|he )[^\n]*",
    re.I,
)
_FENCE = re.compile(r"\A\s*(```+|~~~+)[^\n`]*\n(.*?)\n?[ \t]*\1[ \t]*\Z", re.S)
_RULE = re.compile(r"(?:---+|\*\*\*+|___+)")


def strip_framing(text: str) -> str:
    """The text alone. What might belong to it stays: a letter that begins "Here is the report you asked for, Anna" or ends "Let me know if you have questions"."""
    bare = strip_thinking(text).strip("\n")
    body, was_opened = _without_opening(bare)
    body, was_closed = _without_offer(_parted(body) if was_opened else body, was_opened)
    if (inner := strip_fence(body)) != body:
        return inner
    if (was_opened or was_closed) and _RULE.fullmatch(body.split("\n", 1)[0].strip()):
        body = body.split("\n", 1)[-1].strip("\n")
    return body


def _parted(text: str) -> str:
    """The text with an empty line before a last line that speaks about it, where that follows a fence directly."""
    body, _, last = text.rstrip().rpartition("\n")
    return f"{body}\n\n{last}" if body.rstrip().endswith(("```", "~~~")) and _OFFER.fullmatch(last.strip()) else text


def strip_fence(text: str) -> str:
    """The text without a fence that stands around all of it."""
    whole = _FENCE.match(text)
    return whole[2].strip("\n") if whole and not re.search(rf"^{whole[1]}", whole[2], re.M) else text


def strip_thinking(text: str) -> str:
    """The text without thinking in tags (closed, or opened before the text begins) and without the channels of a template."""
    if (channels := list(_CHANNEL.finditer(text))) and any(channel[1].lower() in ("final", "analysis", "commentary", "thought") for channel in channels):
        finals = [channel[2] for channel in channels if channel[1].lower() == "final"]
        text = finals[-1] if finals else _CHANNEL.sub("", text)
    text = _TOKEN.sub("", text if "<s>" in text else _AFTER_END.sub("", text))
    text = _THOUGHT.sub("", _BRACKET_THOUGHT.sub("", text))
    text = _CLOSED_ONLY.sub("", text)
    return _OPEN_ONLY.sub("", text)


def _without_opening(text: str) -> tuple[str, bool]:
    """Without a first paragraph that hands the text over: "Sure!", "Here is the letter:"."""
    head, _, rest = text.partition("\n")
    line = head.strip().strip("*_")
    if not line or not rest.strip() or not _OPENING.fullmatch(line.removesuffix("**")):
        return text, False
    is_handing_over = line.endswith(":") and rest.startswith(("\n", "```", "~~~", "---")) and bool(_KIND_OF_TEXT.search(line))
    is_word_only = not line.endswith(":") and len(line.split()) <= 3 and rest.startswith("\n")
    if not (is_handing_over or is_word_only):
        return text, False
    body = rest.strip("\n")
    again, _ = _without_opening(body) if is_word_only else (body, False)
    return again, True


def _without_offer(text: str, was_opened: bool) -> tuple[str, bool]:
    """Without a last paragraph that speaks about the text, and the rule before it."""
    paragraphs = re.split(r"\n\s*\n", text.rstrip())
    taken = False
    while len(paragraphs) > 1 and _is_about_text(paragraphs[-1].strip(), paragraphs[-2], was_opened):
        paragraphs, taken = paragraphs[:-1], True
    if not taken:
        return text, False
    body = "\n\n".join(paragraphs).rstrip()
    head, _, last = body.rpartition("\n")
    return (head.rstrip() if _RULE.fullmatch(last.strip()) else body), True


def _is_about_text(paragraph: str, before: str, was_opened: bool) -> bool:
    if _NOTE.fullmatch(paragraph):
        return True
    if not _OFFER.fullmatch(paragraph):
        return False
    follows_end = before.rstrip().endswith(("```", "~~~", "---", "***")) or was_opened
    return bool(_ABOUT_TEXT.search(paragraph)) and (
        follows_end or bool(re.search(r"\b(?:version|tone|shorter|longer|formal|changes?|adjust\w*|edits?|tweak\w*|Fassung|kürzer|anpass\w*|änder\w*)\b", paragraph, re.I))
    )
