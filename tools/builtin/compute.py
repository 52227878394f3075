"""Arithmetic, units, dates: read by code, so that no model has to calculate."""

from __future__ import annotations

import ast
import datetime
import math
import operator
import re
from collections.abc import Callable
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.errors import ToolRetry
from core.ports import ToolContext, ToolResult
from tools.declare import tool

_OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod, ast.Pow: operator.pow, ast.USub: operator.neg, ast.UAdd: operator.pos,
}  # fmt: skip
_FUNCTIONS = {
    name: getattr(math, name) for name in ("sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "exp", "log", "log10", "log2", "floor", "ceil", "factorial", "gcd", "hypot")
}
_FUNCTIONS |= {"abs": abs, "round": round, "min": min, "max": max, "sum": lambda *values: sum(values), "ln": math.log}
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
    text = expression.strip().lower()
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
}
_pint: list[Any] = []


def unit(name: str) -> str:
    """A unit as pint spells it."""
    return _UNIT_NAMES.get(name.strip().lower().rstrip("."), name.strip())


def _registry() -> Any:
    import pint

    if not _pint:
        _pint.append(pint.UnitRegistry(autoconvert_offset_to_baseunit=True))
    return _pint[0]


@tool("time.now", "reads", aliases=("datetime", "current_time", "get_time", "date", "time", "now", "get_date"))
async def now(context: ToolContext, zone: Annotated[str, "IANA zone such as Europe/Lisbon; empty: this machine's"] = "") -> ToolResult:
    """The time and date now."""
    moment = context.clock.now().astimezone(_zone(zone) if zone else None)
    iso_week = moment.isocalendar().week
    value = {"iso": moment.isoformat(timespec="seconds"), "date": f"{moment:%Y-%m-%d}", "time": f"{moment:%H:%M}", "weekday": f"{moment:%A}", "week": iso_week}
    return ToolResult(value, f"It is {moment:%H:%M} on {moment:%A}, {moment.day} {moment:%B %Y}" + (f" in {zone}." if zone else "."))


@tool("time.calculate", "reads", aliases=("date_difference", "add_days", "date_add", "days_between"))
async def calculate_time(
    context: ToolContext, start: Annotated[str, "ISO date, or today"] = "today", end: Annotated[str, "ISO date; empty when adding"] = "", days: int = 0, weeks: int = 0
) -> ToolResult:
    """Days between two dates, or a date some days or weeks away."""
    first = _date(start, context)
    if end:
        gap = (_date(end, context) - first).days
        return ToolResult({"days": gap, "weeks": gap / 7}, f"From {first} to {_date(end, context)}: {gap} days.")
    try:
        goal = first + datetime.timedelta(days=days, weeks=weeks)
    except OverflowError as error:
        raise ToolRetry("That date is too far away.") from error
    return ToolResult({"date": goal.isoformat(), "weekday": f"{goal:%A}"}, f"{goal:%A}, {goal.day} {goal:%B %Y}")


def _date(text: str, context: ToolContext) -> datetime.date:
    today = context.clock.now().astimezone().date()
    known = {"today": 0, "now": 0, "tomorrow": 1, "yesterday": -1}
    if text.strip().lower() in known:
        return today + datetime.timedelta(days=known[text.strip().lower()])
    try:
        return datetime.date.fromisoformat(text.strip()[:10])
    except ValueError as error:
        raise ToolRetry(f"{text!r} is not a date like 2026-03-31.") from error


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ToolRetry(f"{name!r} is not a time zone like Europe/Lisbon.") from error
