"""Requests to built-in tools that the model has not practised, in their usual forms: read by code."""

from __future__ import annotations

from models.starter import everyday_lists, everyday_machine, everyday_numbers
from models.starter.described import Described
from models.starter.scene import Call
from models.starter.usual import first_of

_FORMS = (*everyday_lists.FORMS, *everyday_machine.FORMS, *everyday_numbers.FORMS)


def read(request: str, there: Described | None) -> tuple[Call, ...]:
    """The calls of such a request; none for any other. Raises :class:`foreign.Missing` for a day that has to be asked about."""
    addressed = "@" in (request.split() or [""])[0]  # to another machine
    return () if addressed else first_of(_FORMS, request, there)
