"""Tools that take one thing or a batch: which arguments belong together, checked with the rest of a call before anything is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pydantic
from pydantic_core import PydanticCustomError

from tools.declare import Tool


def either(*forms: tuple[str, ...]) -> Callable[[Tool], Tool]:
    """A declared tool whose calls must give all arguments of at least one of ``forms``."""

    def require(arguments: Any) -> Any:
        given = arguments.model_fields_set
        if not any(set(form) <= given for form in forms):
            lacking = min(([name for name in form if name not in given] for form in forms), key=len)
            others = " or ".join(" and ".join(form) for form in forms)
            raise PydanticCustomError(
                "incomplete", "{lacking} missing; it takes {others}", {"lacking": " and ".join(lacking) + (" is" if len(lacking) == 1 else " are"), "others": others}
            )
        return arguments

    def change(tool: Tool) -> Tool:
        assert tool.arguments is not None
        checks: dict[str, Any] = {"require_a_form": pydantic.model_validator(mode="after")(require)}
        return replace(tool, arguments=pydantic.create_model(tool.arguments.__name__, __base__=tool.arguments, __validators__=checks), forms=forms)

    return change
