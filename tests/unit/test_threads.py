"""Threads follow what other programs leave free."""

from __future__ import annotations

from models.llama.threads import Threads


def test_threads_follow_the_cores_that_are_free() -> None:
    at, set_to = [(0.0, 0.0, 0.0)], list[int]()
    threads = Threads(4, set_to.append, lambda: at[-1])
    for moment, expected in (
        ((10.0, 40.0, 0.0), 4),  # all idle
        ((10.5, 40.0, 0.0), 4),  # too soon to look again
        ((20.0, 40.0, 10.0), 1),  # others have three, this process one
        ((30.0, 40.0, 10.0), 1),  # others have all four: one at least
        ((40.0, 50.0, 20.0), 2),
        ((50.0, 90.0, 20.0), 4),
    ):
        at.append(moment)
        threads.look()
        assert threads.count == expected
    assert set_to == [1, 2, 4]
