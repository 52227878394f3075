"""Which runs somebody waits for: a client that follows one run, or a front end that watches all of them, such as the window."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator


class Attendance:
    """For all runs of a core, loop thread only.

    A run counts as attended until everybody who followed or watched it has gone away; a client that only polls is never seen to go.
    """

    def __init__(self, active: Callable[[], Iterable[str]]) -> None:
        self._active = active
        self._followers: Counter[str] = Counter()
        self._watchers = 0
        self._taken_up: set[str] = set()  # after a start, without anybody waiting for them
        self._deserted: set[str] = set()
        self._listeners: list[Callable[[], None]] = []

    def subscribe(self, hear: Callable[[], None]) -> None:
        """``hear`` is called whenever somebody came or went."""
        self._listeners.append(hear)

    def is_attended(self, run_id: str) -> bool:
        """Whether anybody waits for a run, as far as is known."""
        return run_id not in self._taken_up and run_id not in self._deserted

    @contextlib.contextmanager
    def follow(self, run_id: str) -> Iterator[None]:
        """A client waits for one run; when the last one has gone away and no front end watches, the run is deserted."""
        self.forget(run_id)
        self._followers[run_id] += 1
        self._tell()
        try:
            yield
        finally:
            self._followers[run_id] -= 1
            self._followers += Counter()  # drops what is zero
            self._desert({run_id})

    @contextlib.contextmanager
    def watch(self, returns: bool = False) -> Iterator[None]:
        """A front end shows all runs; when the last one has gone away, closed or killed, what nobody follows is deserted.

        ``returns``: it goes on where its connection broke off, so that the runs are still shown there. A new one opens on something else.
        """
        if returns:
            self._deserted.clear()
        self._watchers += 1
        self._tell()
        try:
            yield
        finally:
            self._watchers -= 1
            self._desert(set(self._active()))

    def take_up(self, run_id: str) -> None:
        """A run goes on after a start: whoever asked for it may be long gone."""
        self._taken_up.add(run_id)

    def forget(self, run_id: str) -> None:
        """A run is over, or somebody is there for it again."""
        self._taken_up.discard(run_id)
        self._deserted.discard(run_id)

    def _desert(self, left: set[str]) -> None:
        """Somebody has gone away from these runs."""
        if not self._watchers:
            self._deserted |= {run_id for run_id in self._active() if run_id in left and run_id not in self._followers}
            self._tell()

    def _tell(self) -> None:
        for hear in self._listeners:
            hear()
