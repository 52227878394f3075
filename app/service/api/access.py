"""How a route reaches the core."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from app.service.composition import Core
from core.errors import UsageError


def _core(connection: HTTPConnection) -> Core:
    return connection.app.state.core  # type: ignore[no-any-return]


CoreOf = Annotated[Core, Depends(_core)]


def default_workspace(core: Core) -> str:
    """The folder the desktop works in: our own is made when it is first needed, one that the person chose is not. Raises :class:`UsageError` where that is gone."""
    chosen = core.settings["workspace.default"]
    if not chosen:
        own = Path.home() / "Documents" / "Deskhand"
        own.mkdir(parents=True, exist_ok=True)
        return str(own)
    folder = Path.home() / Path(chosen).expanduser()
    if not folder.is_dir():
        raise UsageError(f"The folder {chosen!r} is not there.", code="bad_workspace", hint="Choose another in the settings, or make it again.")
    return str(folder)
