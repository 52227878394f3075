"""Arithmetic, units, dates: read by code, so that no model has to calculate."""

from __future__ import annotations

import ast
import datetime
import math
import operator
import re
from collections.abc import Callable
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from core.errors import ToolRetry
from core.places import zone_of
from core.ports import ToolContext, ToolResult
from tools.dates import read_date
from tools.declare import tool
from tools.files.entries import BRIEF
from tools.moments import add_months, add_times
from tools.spoken_numbers import arithmetic

_OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod, ast.Pow: operator.pow, ast.USub: operator.neg, ast.UAdd: operator.pos,
}  # fmt: skip
_FUNCTIONS = {
    name: getattr(math, name) for name in ("sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "exp", "log", "log10", "log2", "floor", "ceil", "factorial", "gcd", "hypot")
}
_FUNCTIONS |= {
    "abs": abs, "round": round, "min": lambda *values: min(_flat(values)), "max": lambda *values: max(_flat(values)), "sum": lambda *values: math.fsum(_flat(values)) if any(isinstance(one, float) for one in _flat(values)) else sum(_flat(values)),
    "mean": lambda *values: math.fsum(_flat(values)) / len(_flat(values)), "ln": math.log, "mod": operator.mod,
}  # fmt: skip
MOST = 100  # expressions, values or dates in one call
HOW = f"Numbers with a decimal point, + - * / // % ^, brackets, 'percent of', pi, e, and {', '.join(sorted(_FUNCTIONS))}. tables.query works on columns of a file."
UNITS = "Units are written as km, mile, ft, kg, lb, oz, l, cup, m2, degC, degF, km/h, kWh, GB, hour."
_WORDS = (
    (r"\bplus\b|\badded to\b", "+"), (r"\bminus\b|\btake away\b|\bless\b", "-"), (r"\b(?:times|multiplied by)\b|[×·]|(?<=\d)\s*x\s*(?=\d)", "*"),
    (r"\b(?:divided by|over)\b|÷", "/"), (r"\bto the power of\b|\^", "**"), (r"\bsquared\b", "**2"), (r"\bcubed\b", "**3"), (r"(?:the )?square root of\s*([\d.]+)", r"sqrt(\1)"),
    (r"([\d.]+)\s*(?:%|percent)\s*(?:of)\s*", r"(\1/100)*"), (r"([\d.]+)\s*(?:%|percent)(?!\w)", r"(\1/100)"), (r"(?<=\d),(?=\d{3}\b)", ""), (r"=\s*\??\s*$", ""), (r"\?\s*$", ""),
)  # fmt: skip


def _flat(values: Any) -> list[Any]:
    return [item for value in values for item in (value if isinstance(value, list) else [value])]


@tool("calc.evaluate", "reads", aliases=("calc", "calculate", "calculator", "math", "evaluate", "compute"))
async def evaluate(
    context: ToolContext,
    expression: Annotated[str, BRIEF, "e.g. 17.5% of 240, (4+5)^2, mean(3, 4, 8), 14:46-13:12, 2026-03-01 + 30 days"] = "",
    expressions: Annotated[list[str], BRIEF, "instead several, each worked out by itself"] = [],  # noqa: B006
) -> ToolResult:
    """Work out arithmetic, also with clock times and dates; one expression or several. Exact to 12 digits."""
    wanted = [*([expression] if expression.strip() else []), *expressions][:MOST]
    if not wanted:
        raise ToolRetry("There is no expression.", hint="expression is one, expressions a list of several.")
    today = context.clock.now().astimezone().date()
    if len(wanted) == 1:
        value, text = _worked_out(wanted[0], today)
        return ToolResult({**value, "expression": wanted[0]}, f"{wanted[0].strip()} = {text}")
    rows, said = [], []
    for one in wanted:
        row, text = _attempted(one, today)
        rows.append(row)
        said.append(text)
    if all("error" in row for row in rows):
        raise ToolRetry("None of them can be worked out: " + " ".join(str(row["error"]) for row in rows[:5]), hint=HOW)
    return ToolResult({"results": rows, "count": len(rows)}, "\n".join(said))


def _attempted(expression: str, today: datetime.date) -> tuple[dict[str, Any], str]:
    """One of several: what it gives, or why it gives nothing; and how that is said."""
    try:
        value, text = _worked_out(expression, today)
        return {"expression": expression.strip(), **value}, f"{expression.strip()} = {text}"
    except ToolRetry as error:
        why = f"{expression.strip()[:100]}: {error.message}"
        return {"expression": expression.strip(), "error": why}, why


def _worked_out(expression: str, today: datetime.date) -> tuple[dict[str, Any], str]:
    """``result`` as JSON and in words. Raises :class:`ToolRetry`."""
    if found := add_times(expression, today):
        return found.value, found.text
    value = tidy(calculate(expression))
    return {"result": value}, f"{value:.2f}" if _is_amount(expression, value) else number(value)


def _is_amount(expression: str, value: float | int) -> bool:
    """Whether amounts of money are added up: numbers with two decimals, and a result that needs no more. 12.60 + 3.40 is 16.00."""
    fractions = re.findall(r"(?<![\d.])(\d[\d,]*)\.(\d+)(?![\d.])", expression)
    is_plain = not re.search(r"[%^]|\*\*|[a-z]", re.sub(r"\b(?:plus|minus|times|and|sum|max|min|eur|usd|gbp|chf)\b", "", expression, flags=re.I), re.I)
    cents = bool(fractions) and all(len(decimals) == 2 for _, decimals in fractions) and any(whole != "0" for whole, _ in fractions)
    return cents and is_plain and abs(value) < 1e12 and abs(value * 100 - round(value * 100)) < 1e-6


def tidy(value: float | int) -> float | int:
    """A number without the noise of binary fractions, twelve digits long."""
    return float(f"{value:.12g}") if isinstance(value, float) and math.isfinite(value) else value


def calculate(expression: str) -> float | int:
    """The value of an expression in symbols or plain words. Raises :class:`ToolRetry`."""
    text = arithmetic(expression)
    for pattern, symbol in _WORDS:
        text = re.sub(pattern, symbol, text)
    try:
        value = _value(ast.parse(text.strip(), mode="eval").body)
    except ZeroDivisionError as error:
        raise ToolRetry("That divides by zero.", hint=HOW) from error
    except (SyntaxError, ValueError, TypeError, OverflowError, KeyError, RecursionError, MemoryError) as error:
        raise ToolRetry(f"{expression[:100]!r} is not an expression that can be worked out.", hint=HOW) from error
    if isinstance(value, complex | list):
        raise ToolRetry(f"{expression[:100]!r} does not give one real number.", hint=HOW)
    return value


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return node.value
    if isinstance(node, ast.Name) and node.id in ("pi", "e", "tau"):
        return getattr(math, node.id)
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left), _value(node.right)
        if isinstance(node.op, ast.Pow) and (abs(right) > 1000 or (abs(left) > 1e6 and abs(right) > 50)):
            raise OverflowError
        return _OPERATORS[type(node.op)](left, right)
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(item) for item in node.elts]
    if isinstance(node, ast.UnaryOp):
        return _OPERATORS[type(node.op)](_value(node.operand))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        values = [_value(item) for item in node.args]
        if node.func.id == "factorial" and values[0] > 1000:
            raise OverflowError
        return _FUNCTIONS[node.func.id](*values)
    raise ValueError("not arithmetic")


def number(value: float | int) -> str:
    """A number without needless digits; whole numbers whole."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.12g}" if isinstance(value, float) else str(value) if abs(value) < 10**40 else f"{value:.6e}"


@tool("units.convert", "reads", aliases=("convert", "convert_units", "unit_convert", "conversion"))
async def convert(
    context: ToolContext,
    value: Annotated[float | list[float], "how much; or several, all of one unit"],
    source: Annotated[str, "unit, e.g. mile, kg, degC, cup, km/h"],
    target: Annotated[str, "unit of the same kind"],
) -> ToolResult:
    """Convert between units of measure (length, weight, volume, temperature, speed, energy, data). For money: money.convert."""
    values = value if isinstance(value, list) else [value]
    rows = [{"value": one, "result": tidy(_converted(one, source, target))} for one in values[:MOST]]
    if not rows:
        raise ToolRetry("There is nothing to convert.", hint="value is a number, or a list of numbers.")
    text = "\n".join(f"{number(tidy(row['value']))} {source} = {number(row['result'])} {target}" for row in rows)
    return ToolResult({"result": rows[0]["result"], "unit": target} if not isinstance(value, list) else {"results": rows, "unit": target, "count": len(rows)}, text)


def _converted(value: float, source: str, target: str) -> float:
    """Raises :class:`ToolRetry` where a unit is not known, or the two are not of one kind."""
    import pint

    registry = _registry()
    try:
        result = float(registry.Quantity(value, unit(source)).to(unit(target)).magnitude)
    except pint.UndefinedUnitError as error:
        raise ToolRetry(f"The unit {error.unit_names} is not known.", hint=UNITS) from error
    except (pint.DimensionalityError, pint.OffsetUnitCalculusError) as error:
        kinds = [str(getattr(error, name, "")).strip("[]() ") for name in ("dim1", "dim2")]
        raise ToolRetry(
            f"{source} cannot be converted to {target}" + (f": the one is {kinds[0] or 'a plain number'}, the other {kinds[1] or 'a plain number'}." if any(kinds) else "."),
            hint=UNITS,
        ) from error
    except Exception as error:  # pint raises what its parser raises
        raise ToolRetry(f"{source!r} or {target!r} is no unit.", hint=UNITS) from error
    return result


_UNIT_NAMES = {
    "c": "degC",
    "celsius": "degC",
    "f": "degF",
    "fahrenheit": "degF",
    "k": "kelvin",
    "miles": "mile",
    "mi": "mile",
    "lbs": "pound",
    "lb": "pound",
    "kmh": "km/hour",
    "mph": "mile/hour",
    "feet": "foot",
    "inches": "inch",
    "gal": "gallon",
    "in": "inch",
    "gb": "gigabyte",
    "mb": "megabyte",
    "kb": "kilobyte",
    "h": "hour",
    "min": "minute",
    "l": "liter",
    "°c": "degC",
    "°f": "degF",
    "degrees celsius": "degC",
    "degrees fahrenheit": "degF",
    "degrees c": "degC",
    "degrees f": "degF",
    "degree celsius": "degC",
    "degree fahrenheit": "degF",
    "centigrade": "degC",
    "kilos": "kilogram",
    "kilo": "kilogram",
    "stone": "stone",
    "stones": "stone",
    "km/h": "km/hour",
    "kph": "km/hour",
    "kilometers per hour": "km/hour",
    "kilometres per hour": "km/hour",
    "miles per hour": "mile/hour",
    "nautical miles": "nautical_mile",
    "square metres": "meter**2",
    "square meters": "meter**2",
    "square feet": "foot**2",
    "square foot": "foot**2",
    "square miles": "mile**2",
    "square kilometers": "km**2",
    "cubic metres": "meter**3",
    "cubic meters": "meter**3",
    "kilowatt hours": "kilowatt_hour",
    "kwh": "kilowatt_hour",
    "gigabytes": "gigabyte",
    "megabytes": "megabyte",
    "kilobytes": "kilobyte",
    "terabytes": "terabyte",
    "tb": "terabyte",
    "gib": "gibibyte",
    "mib": "mebibyte",
    "oz": "ounce",
    "ozs": "ounce",
    "fl oz": "fluid_ounce",
    "fluid ounces": "fluid_ounce",
    "tbsp": "tablespoon",
    "tsp": "teaspoon",
    "mins": "minute",
    "hrs": "hour",
    "secs": "second",
    "foot": "foot",
    "yds": "yard",
    "yd": "yard",
    "metre": "meter",
    "litre": "liter",
    "calories": "calorie",
    "kcal": "kilocalorie",
    "horsepower": "horsepower",
    "hp": "horsepower",
}
_pint: list[Any] = []


def unit(name: str) -> str:
    """A unit as pint spells it: "light years", "square yards", "miles per gallon"."""
    said = " ".join(name.lower().rstrip(". ").split())
    if said in _UNIT_NAMES:
        return _UNIT_NAMES[said]
    if power := re.fullmatch(r"(square|cubic) (.+)", said):
        return f"({unit(power[2])})**{2 if power[1] == 'square' else 3}"
    if rate := re.fullmatch(r"(.+?) per (.+)", said):
        return f"({unit(rate[1])})/({unit(rate[2])})"
    return said.replace(" ", "_") if " " in said else name.strip()


def _registry() -> Any:
    import pint

    if not _pint:
        _pint.append(pint.UnitRegistry(autoconvert_offset_to_baseunit=True))
    return _pint[0]


@tool("time.now", "reads", fresh=True, aliases=("datetime", "current_time", "get_time", "date", "time", "now", "get_date"))
async def now(context: ToolContext, zone: Annotated[str | list[str], "IANA zone such as Europe/Lisbon, or a city; or several; empty: this machine's"] = "") -> ToolResult:
    """The time, date, weekday and week of the year now, here or in other zones."""
    zones = zone if isinstance(zone, list) and zone else [zone if isinstance(zone, str) else ""]
    rows = [_moment(context.clock.now().astimezone(_zone(name) if name else None), name) for name in zones[:MOST]]
    value = {key: row for key, row in rows[0].items() if key != "text"} if len(rows) == 1 else {"items": rows, "count": len(rows)}
    return ToolResult(value, "\n".join(row["text"] for row in rows))


def _moment(moment: datetime.datetime, zone: str) -> dict[str, Any]:
    text = f"It is {moment:%H:%M} on {moment:%A}, {moment.day} {moment:%B %Y} (week {moment.isocalendar().week})" + (f" in {zone}." if zone else ".")
    return {
        "iso": moment.isoformat(timespec="seconds"), "date": f"{moment:%Y-%m-%d}", "time": f"{moment:%H:%M}", "weekday": f"{moment:%A}", "week": moment.isocalendar().week, "zone": zone, "text": text,
    }  # fmt: skip


@tool("time.calculate", "reads", aliases=("date_difference", "add_days", "date_add", "days_between"))
async def calculate_time(
    context: ToolContext,
    start: Annotated[str, "date: 2026-03-31, 31 March, today, Christmas …"] = "today",
    end: Annotated[str | list[str], "date to count to, or several; empty when adding"] = "",
    days: Annotated[int, "to add; negative goes back; so with the others"] = 0,
    weeks: Annotated[int, "to add"] = 0,
    months: Annotated[int, "to add; the day stays, or is the month's last"] = 0,
    years: Annotated[int, "to add"] = 0,
) -> ToolResult:
    """Days between two dates, or the date some days, weeks, months or years from one. Gives weekdays too; with nothing to add, that of the date itself."""
    today = context.clock.now().astimezone().date()
    if end:
        rows = [_gap(start, one, today) for one in (end if isinstance(end, list) else [end])[:MOST]]
        return ToolResult(rows[0] if isinstance(end, str) else {"items": rows, "count": len(rows)}, "\n".join(row["text"] for row in rows))
    try:
        goal = add_months(_date(start, today), months + 12 * years) + datetime.timedelta(days=days, weeks=weeks)
    except (OverflowError, ValueError) as error:
        raise ToolRetry("That date is too far away.", hint="Years go from 1 to 9999.") from error
    return ToolResult({"date": goal.isoformat(), "weekday": f"{goal:%A}"}, f"{goal:%A}, {_shown(goal)}")


def _gap(start: str, end: str, today: datetime.date) -> dict[str, Any]:
    last = _date(end, today)
    first = _date(start, today, past=end.strip().lower() == "today")
    gap = (last - first).days
    text = f"From {first:%A} {_shown(first)} to {last:%A} {_shown(last)}: {gap} days" + (f" ({gap / 7:.1f} weeks)." if abs(gap) > 13 else ".")
    return {"days": gap, "weeks": tidy(gap / 7), "start": first.isoformat(), "end": last.isoformat(), "text": text}


def _date(text: str, today: datetime.date, past: bool = False) -> datetime.date:
    found = read_date(text, today, past)
    if found is None:
        raise ToolRetry(f"{text!r} is not a date that can be read.", hint="Write it as 2026-03-31, 31 March, today, tomorrow, next Monday or Christmas.")
    return found


def _shown(date: datetime.date) -> str:
    return f"{date.day} {date:%B %Y}"


def _zone(name: str) -> ZoneInfo:
    zone = zone_of(name)
    if zone is None:
        raise ToolRetry(f"{name!r} is neither a time zone nor a city whose time is known.", hint="Write the zone, such as Europe/Lisbon, Asia/Tokyo, America/New_York or UTC.")
    return zone
