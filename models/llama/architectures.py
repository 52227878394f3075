"""Which architectures the llama.cpp here can load; asked of it once for each build, and kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path

from core.errors import ModelError
from models.llama import backends
from models.llama.process import Worker

Ask = Callable[[Sequence[str]], Awaitable[dict[str, bool]]]


async def ask_llama(names: Sequence[str]) -> dict[str, bool]:
    """What llama.cpp says, in a process of its own. Raises :class:`ModelError`."""
    return await Worker(Path("architectures")).loadable_architectures(names)


class Architectures:
    """``kept`` is a file that is begun anew with every build; ``ask`` asks about names that are not in it."""

    def __init__(self, kept: Path, ask: Ask = ask_llama, build: Callable[[], str] = backends.build) -> None:
        self._kept, self._ask, self._build = kept, ask, build
        self._turn = asyncio.Lock()
        self._known: dict[str, bool] | None = None

    async def loadable(self, names: Iterable[str]) -> dict[str, bool]:
        """By name whether it can be loaded; a name of which llama.cpp cannot be asked is left out. Names are those of ``general.architecture``."""
        wanted = {name for name in names if name}
        async with self._turn:
            known = self._read()
            if missing := sorted(wanted - known.keys()):
                try:
                    known |= await self._ask(missing)
                    self._write(known)
                except ModelError:
                    pass  # no llama.cpp, or one that does not start: nothing is known
        return {name: known[name] for name in wanted if name in known}

    def _read(self) -> dict[str, bool]:
        if self._known is None:
            self._known = {}
            try:
                found = json.loads(self._kept.read_text(encoding="utf-8"))
                if found["build"] == self._build():
                    self._known = {str(name): bool(can) for name, can in found["loadable"].items()}
            except (OSError, ValueError, TypeError, KeyError, AttributeError):
                pass  # none yet, or damaged: it is asked again
        return self._known

    def _write(self, known: dict[str, bool]) -> None:
        part = self._kept.with_suffix(".part")
        try:
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps({"build": self._build(), "loadable": known}, indent=1), encoding="utf-8")
            part.replace(self._kept)
        except OSError:
            pass  # it is asked again next time
