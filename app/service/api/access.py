"""How a route reaches the core."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from app.service.composition import Core


def _core(connection: HTTPConnection) -> Core:
    return connection.app.state.core  # type: ignore[no-any-return]


CoreOf = Annotated[Core, Depends(_core)]


def default_workspace(core: Core) -> str:
    """The folder the desktop works in; made when it is first needed."""
    chosen = core.settings["workspace.default"]
    folder = Path(chosen).expanduser() if chosen else Path.home() / "Documents" / "Deskhand"
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)
