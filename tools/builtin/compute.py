"""Arithmetic, units, dates: read by code, so that no model has to calculate."""

from __future__ import annotations

import ast
import calendar
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
from tools.spoken_numbers import arithmetic

_OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod, ast.Pow: operator.pow, ast.USub: operator.neg, ast.UAdd: operator.pos,
}  # fmt: skip
_FUNCTIONS = {
    name: getattr(math, name) for name in ("sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "exp", "log", "log10", "log2", "floor", "ceil", "factorial", "gcd", "hypot")
}
_FUNCTIONS |= {"abs": abs, "round": round, "min": min, "max": max, "sum": lambda *values: sum(values), "ln": math.log, "mod": operator.mod}
_WORDS = (
    (r"\bplus\b|\badded to\b", "+"), (r"\bminus\b|\btake away\b|\bless\b", "-"), (r"\b(?:times|multiplied by)\b|[×·]|(?<=\d)\s*x\s*(?=\d)", "*"),
    (r"\b(?:divided by|over)\b|÷", "/"), (r"\bto the power of\b|\^", "**"), (r"\bsquared\b", "**2"), (r"\bcubed\b", "**3"), (r"(?:the )?square root of\s*([\d.]+)", r"sqrt(\1)"),
    (r"([\d.]+)\s*(?:%|percent)\s*(?:of)\s*", r"(\1/100)*"), (r"([\d.]+)\s*(?:%|percent)(?!\w)", r"(\1/100)"), (r"(?<=\d),(?=\d{3}\b)", ""), (r"=\s*\??\s*$", ""), (r"\?\s*$", ""),
)  # fmt: skip


@tool("calc.evaluate", "reads", aliases=("calc", "calculate", "calculator", "math", "evaluate", "compute"))
async def evaluate(context: ToolContext, expression: Annotated[str, "e.g. 17.5% of 240, sqrt(2)*3, (4+5)^2"]) -> ToolResult:
    """Work out an arithmetic expression."""
    value = calculate(expression)
    return ToolResult({"result": value, "expression": expression}, f"{expression.strip()} = {number(value)}")


def calculate(expression: str) -> float | int:
    """The value of an expression in symbols or plain words. Raises :class:`ToolRetry`."""
    text = arithmetic(expression)
    for pattern, symbol in _WORDS:
        text = re.sub(pattern, symbol, text)
    try:
        value = _value(ast.parse(text.strip(), mode="eval").body)
    except ZeroDivisionError as error:
        raise ToolRetry("That divides by zero.") from error
    except (SyntaxError, ValueError, TypeError, OverflowError, KeyError, RecursionError, MemoryError) as error:
        raise ToolRetry(f"{expression[:100]!r} is not an expression that can be worked out.") from error
    if isinstance(value, complex):
        raise ToolRetry("The result is not a real number.")
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
    return f"{value:.10g}" if isinstance(value, float) else str(value) if value < 10**40 else f"{value:.6e}"


@tool("units.convert", "reads", aliases=("convert", "convert_units", "unit_convert", "conversion"))
async def convert(context: ToolContext, value: float, source: Annotated[str, "unit, e.g. mile, kg, degC, cup"], target: Annotated[str, "unit"]) -> ToolResult:
    """Convert between units of measure."""
    import pint

    registry = _registry()
    try:
        result = registry.Quantity(value, unit(source)).to(unit(target)).magnitude
    except pint.UndefinedUnitError as error:
        raise ToolRetry(f"The unit {error.unit_names} is not known.") from error
    except (pint.DimensionalityError, pint.OffsetUnitCalculusError) as error:
        raise ToolRetry(f"{source} cannot be converted to {target}.") from error
    return ToolResult({"result": result, "unit": target}, f"{number(value)} {source} = {number(round(result, 6))} {target}")


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
async def now(context: ToolContext, zone: Annotated[str, "IANA zone such as Europe/Lisbon, or a city; empty: this machine's"] = "") -> ToolResult:
    """The time and date now."""
    moment = context.clock.now().astimezone(_zone(zone) if zone else None)
    iso_week = moment.isocalendar().week
    value = {"iso": moment.isoformat(timespec="seconds"), "date": f"{moment:%Y-%m-%d}", "time": f"{moment:%H:%M}", "weekday": f"{moment:%A}", "week": iso_week}
    return ToolResult(value, f"It is {moment:%H:%M} on {moment:%A}, {moment.day} {moment:%B %Y}" + (f" in {zone}." if zone else "."))


@tool("time.calculate", "reads", aliases=("date_difference", "add_days", "date_add", "days_between"))
async def calculate_time(
    context: ToolContext,
    start: Annotated[str, "date: 2026-03-31, 31 March, today, Christmas …"] = "today",
    end: Annotated[str, "date; empty when adding"] = "",
    days: int = 0,
    weeks: int = 0,
    months: int = 0,
    years: int = 0,
) -> ToolResult:
    """Days between two dates, or a date some days, weeks, months or years away."""
    today = context.clock.now().astimezone().date()
    if end:
        last = _date(end, today)
        first = _date(start, today, past=end.strip().lower() == "today")
        gap = (last - first).days
        return ToolResult({"days": gap, "weeks": gap / 7}, f"From {_shown(first)} to {_shown(last)}: {gap} days" + (f" ({gap / 7:.1f} weeks)." if abs(gap) > 13 else "."))
    try:
        goal = _later(_date(start, today), months + 12 * years) + datetime.timedelta(days=days, weeks=weeks)
    except (OverflowError, ValueError) as error:
        raise ToolRetry("That date is too far away.") from error
    return ToolResult({"date": goal.isoformat(), "weekday": f"{goal:%A}"}, f"{goal:%A}, {_shown(goal)}")


def _date(text: str, today: datetime.date, past: bool = False) -> datetime.date:
    found = read_date(text, today, past)
    if found is None:
        raise ToolRetry(f"{text!r} is not a date like 2026-03-31 or 31 March.")
    return found


def _later(date: datetime.date, months: int) -> datetime.date:
    """The same day some months on, or the last of that month."""
    month = date.month - 1 + months
    year, month = date.year + month // 12, month % 12 + 1
    return datetime.date(year, month, min(date.day, calendar.monthrange(year, month)[1]))


def _shown(date: datetime.date) -> str:
    return f"{date.day} {date:%B %Y}"


def _zone(name: str) -> ZoneInfo:
    zone = zone_of(name)
    if zone is None:
        raise ToolRetry(f"{name!r} is neither a time zone like Europe/Lisbon nor a city whose time is known.")
    return zone
