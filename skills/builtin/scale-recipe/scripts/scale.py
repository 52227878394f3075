"""A recipe with its amounts changed."""

import re
import sys
from fractions import Fraction

GLYPHS = {"½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3", "⅛": "1/8"}
AMOUNT = re.compile(
    r"^(\s*(?:[-*+]\s+|\d+[.)]\s+)?)(\d+\s+\d+/\d+|\d+/\d+|\d+(?:[.,]\d+)?)(?:\s*([-–])\s*(\d+(?:[.,]\d+)?))?(?=\s*[A-Za-zäöüß])(?!\s*(?:min|minutes|hours?|°|degrees|stunden|minuten)\b)",
    re.I,
)
FOR = re.compile(r"(?:serves|servings|for|für|portions?|portionen)\D{0,12}(\d+)", re.I)

text = data["text"]
for glyph, plain in GLYPHS.items():
    text = re.sub(rf"(\d)\s*{glyph}", rf"\1 {plain}", text).replace(glyph, plain)
said = FOR.search(text)
before = Fraction(str(data["before"])) or (Fraction(said[1]) if said else Fraction(0))
if not before:
    sys.exit("The recipe does not say for how many it is; give it as `before`.")
factor = Fraction(str(data["people"])) / before


def value(part):
    whole, _, rest = part.strip().partition(" ")
    return Fraction(whole.replace(",", ".")) + (Fraction(rest) if rest else 0)


def shown(number):
    if number.denominator in (1, 2, 3, 4, 8) and number < 20:
        whole, rest = divmod(number, 1)
        return " ".join(str(part) for part in (whole, rest) if part) or "0"
    return f"{float(number):.4g}" if number < 10 else str(round(float(number)))


def scaled(match):
    more = f"{match[3]}{shown(value(match[4]) * factor)}" if match[4] else ""
    return f"{match[1]}{shown(value(match[2]) * factor)}{more}"


people = f"{float(data['people']):g}"
lines = [AMOUNT.sub(scaled, line) if not FOR.search(line) else FOR.sub(lambda match: match[0][: match.start(1) - match.start()] + people, line) for line in text.splitlines()]
print(f"For {people} instead of {float(before):g}:\n")
print("\n".join(lines))
