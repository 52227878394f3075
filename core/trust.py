"""Which folders the person trusts: whose ``AGENTS.md`` speaks for the person. Any other folder's is read too, but a plan made with it is treated as made with words from outside.

A folder that was downloaded or cloned may carry instructions of anybody; they must not be able to use what was allowed for the person's own requests.
"""

from __future__ import annotations

from pathlib import Path

from core.settings import Settings

KEY = "workspace.trusted"


def is_trusted(workspace: Path, settings: Settings) -> bool:
    """Whether the folder is one that the person named, lies in one, or is the folder that the desktop works in."""
    named = [*settings[KEY], *filter(None, [settings["workspace.default"]])]
    here = workspace.resolve()
    return any(here.is_relative_to(Path(name).expanduser().resolve()) for name in named if Path(name).expanduser().is_absolute())
