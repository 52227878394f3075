"""For which runs somebody waits: followers of one, watchers of all, and who comes back."""

from __future__ import annotations

from core.turn.attendance import Attendance


def test_a_run_is_deserted_when_all_who_saw_it_have_gone() -> None:
    told = list[int]()
    attendance = Attendance(lambda: ("a", "b"))
    attendance.subscribe(lambda: told.append(1))
    with attendance.watch():
        with attendance.follow("a"):
            pass
        assert attendance.is_attended("a"), "the window shows it"
    assert not attendance.is_attended("a") and not attendance.is_attended("b") and told


def test_who_follows_one_run_keeps_no_other() -> None:
    attendance = Attendance(lambda: ("a", "b"))
    with attendance.follow("b"):
        with attendance.watch():
            pass
        assert attendance.is_attended("b") and not attendance.is_attended("a")
        with attendance.follow("a"):
            assert attendance.is_attended("a")
        assert not attendance.is_attended("a"), "another terminal is no reason to wait for it"


def test_a_window_that_comes_back_has_its_runs_again_a_new_one_has_not() -> None:
    attendance = Attendance(lambda: ("a",))
    with attendance.watch():
        pass
    with attendance.watch():
        assert not attendance.is_attended("a")
    with attendance.watch(returns=True):
        assert attendance.is_attended("a")


def test_what_was_taken_up_after_a_start_waits_until_somebody_follows_it() -> None:
    attendance = Attendance(lambda: ("a",))
    attendance.take_up("a")
    with attendance.watch(returns=True):
        assert not attendance.is_attended("a")
        with attendance.follow("a"):
            assert attendance.is_attended("a")
