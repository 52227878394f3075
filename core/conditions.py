"""Edge conditions and step checks: a small expression language, evaluated by code.

Python's own grammar, cut down: comparisons, ``and or not``, ``in``, arithmetic, constants, names, ``.key`` and ``[n]`` into
JSON, and the functions ``len``, ``exists``, ``contains``, ``lower``. ``output`` is the parent's (or the step's own) output.
Nothing else evaluates; there are no calls into Python.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

_COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b, ast.Is: operator.eq, ast.IsNot: operator.ne,
}  # fmt: skip
_ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Mod: operator.mod}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "len": len,
    "exists": lambda value: value is not None,
    "contains": lambda text, part: part in text,
    "lower": lambda text: str(text).lower(),
}
_NAMES = {"true": True, "false": False, "null": None, "none": None}


MOST_JOINED, MOST_BITS = 100_000, 4_000  # letters or items of what is joined, and bits of whole numbers that are reckoned with


class BadExpression(ValueError):
    """An expression that is not of this language; the text says where."""


def check_expression(expression: str) -> str | None:
    """Return what is wrong with an expression; None when it is of the language."""
    try:
        _walk(_parse(expression), None)
    except BadExpression as error:
        return str(error)
    except Exception:
        return None  # of the language; it only lacks its values here
    return None


def is_met(expression: str, output: Any, status: str = "done") -> bool:
    """Whether the expression is true of ``output``; what cannot be evaluated (a missing key, a wrong type) is false."""
    try:
        return bool(_walk(_parse(expression), {"output": output, "status": status}))
    except BadExpression:
        raise
    except (KeyError, IndexError, TypeError, ValueError, ZeroDivisionError):
        return False


def is_true(expression: str, names: dict[str, Any]) -> bool:
    """Whether the expression is true where these names have these values; what cannot be evaluated is false.

    Raises :class:`BadExpression` for what is not of the language, other names included.
    """
    try:
        return bool(_walk(_parse(expression), names))
    except BadExpression:
        raise
    except (KeyError, IndexError, TypeError, ValueError, ZeroDivisionError):
        return False


def _parse(expression: str) -> ast.expr:
    if len(expression) > 500:
        raise BadExpression("longer than 500 characters")
    try:
        return ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadExpression(f"not an expression: {expression!r}") from error


def _walk(node: ast.expr, names: dict[str, Any] | None) -> Any:
    handler = _HANDLERS.get(type(node))
    if handler is None:
        raise BadExpression(f"{type(node).__name__} is not allowed")
    return handler(node, names)


def _name(node: ast.Name, names: dict[str, Any] | None) -> Any:
    if node.id.lower() in _NAMES:
        return _NAMES[node.id.lower()]
    if node.id not in (("output", "status") if names is None else names):
        raise BadExpression(f"unknown name {node.id}")
    return names[node.id] if names is not None else {}


def _attribute(node: ast.Attribute, names: dict[str, Any] | None) -> Any:
    value = _walk(node.value, names)
    return value.get(node.attr) if isinstance(value, dict) else None


def _subscript(node: ast.Subscript, names: dict[str, Any] | None) -> Any:
    return _walk(node.value, names)[_walk(node.slice, names)]


def _compare(node: ast.Compare, names: dict[str, Any] | None) -> bool:
    values = [_walk(item, names) for item in (node.left, *node.comparators)]
    return all(_COMPARE[type(op)](values[i], values[i + 1]) for i, op in enumerate(node.ops))


def _bool(node: ast.BoolOp, names: dict[str, Any] | None) -> bool:
    results = (bool(_walk(value, names)) for value in node.values)
    return all(results) if isinstance(node.op, ast.And) else any(results)


def _unary(node: ast.UnaryOp, names: dict[str, Any] | None) -> Any:
    value = _walk(node.operand, names)
    return not value if isinstance(node.op, ast.Not) else -value


def _binary(node: ast.BinOp, names: dict[str, Any] | None) -> Any:
    if type(node.op) not in _ARITHMETIC:
        raise BadExpression(f"{type(node.op).__name__} is not allowed")
    left, right = _walk(node.left, names), _walk(node.right, names)
    if not _is_bounded(node.op, left, right):
        raise TypeError("only numbers, and short texts with +")
    return _ARITHMETIC[type(node.op)](left, right)


def _is_bounded(op: ast.operator, left: Any, right: Any) -> bool:
    """Whether the result is no larger than what it is made of: a text times a number, or filled in by %, may be of any size."""
    if isinstance(left, str | list) and isinstance(right, str | list):
        return isinstance(op, ast.Add) and len(left) + len(right) <= MOST_JOINED
    return isinstance(left, int | float) and isinstance(right, int | float) and all(not isinstance(one, int) or one.bit_length() <= MOST_BITS for one in (left, right))


def _call(node: ast.Call, names: dict[str, Any] | None) -> Any:
    if not isinstance(node.func, ast.Name) or node.func.id not in _FUNCTIONS or node.keywords:
        raise BadExpression("only len, exists, contains and lower may be called")
    return _FUNCTIONS[node.func.id](*(_walk(arg, names) for arg in node.args))


_HANDLERS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Constant: lambda node, names: node.value,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Compare: _compare,
    ast.BoolOp: _bool,
    ast.UnaryOp: _unary,
    ast.BinOp: _binary,
    ast.Call: _call,
    ast.List: lambda node, names: [_walk(item, names) for item in node.elts],
    ast.Tuple: lambda node, names: [_walk(item, names) for item in node.elts],
}
