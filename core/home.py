"""Where Deskhand keeps its data: ``$DESKHAND_HOME``, else the platform's data folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.errors import StorageError
from core.private_files import keep_private


@dataclass(frozen=True, slots=True)
class Home:
    """The data folder and the paths inside it. Nothing else in the product builds these paths."""

    root: Path

    @staticmethod
    def default() -> Home:
        """The folder in force, resolved but not created."""
        given = os.environ.get("DESKHAND_HOME")
        if given:
            return Home(Path(given).expanduser().absolute())
        return Home(_platform_folder(os.environ.get("HOME"), os.environ.get("XDG_DATA_HOME")))

    def create(self) -> None:
        """Make the folders (mode 0700). Raises :class:`StorageError` when that cannot be done."""
        try:
            for folder in (self.root, self.blobs, self.trash, self.logs, self.notes, self.models, self.skills, self.backups):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"The data folder {self.root} cannot be written: {error.strerror}.",
                code="home_not_writable",
                hint="Free some space or set DESKHAND_HOME to a folder you may write.",
            ) from error
        keep_private(self.root)

    @property
    def database(self) -> Path:
        return self.root / "deskhand.sqlite"

    @property
    def settings(self) -> Path:
        return self.root / "settings.toml"

    @property
    def token(self) -> Path:
        return self.root / "api-token"

    @property
    def lock(self) -> Path:
        return self.root / "core.lock"

    @property
    def endpoint(self) -> Path:
        """JSON of the running core: pid, port, version, started."""
        return self.root / "core.json"

    @property
    def running(self) -> Path:
        """There while a core runs; left behind by one that was taken down."""
        return self.root / "running.json"

    @property
    def blobs(self) -> Path:
        return self.root / "blobs"

    @property
    def trash(self) -> Path:
        return self.root / "trash"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def notes(self) -> Path:
        return self.root / "notes"

    @property
    def models(self) -> Path:
        """Model files that were added to this data folder alone; they go before those that all share."""
        return self.root / "models"

    @staticmethod
    def shared_models() -> Path:
        """Where fetched models are kept for all data folders of this user: ``$DESKHAND_CACHE/models``, else in the platform's cache folder."""
        if given := os.environ.get("DESKHAND_CACHE"):
            return Path(given).expanduser().absolute() / "models"
        import platformdirs

        return Path(platformdirs.user_cache_dir("deskhand", appauthor=False)) / "models"

    @property
    def mcp(self) -> Path:
        """``mcp.json``, which people and other programs edit."""
        return self.root / "mcp.json"

    @property
    def skills(self) -> Path:
        """The person's own skills, a folder each."""
        return self.root / "skills"

    @property
    def index(self) -> Path:
        """What can be made anew from other files at any time."""
        return self.root / "index"

    @property
    def scratch(self) -> Path:
        """What is made on the way to something; swept at each start."""
        return self.root / "scratch"

    @property
    def backups(self) -> Path:
        return self.root / "backups"


@cache
def _platform_folder(*environment: str | None) -> Path:
    """The platform's folder for data. ``environment`` is what that depends on: each step of a run asks, and looking takes longer than many a tool."""
    import platformdirs

    return Path(platformdirs.user_data_dir("deskhand", appauthor=False))
