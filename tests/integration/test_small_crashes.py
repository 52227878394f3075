"""A crash before and after every event of a small model's turn: the next start goes on, asks nothing again that was answered, and does nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.service.composition import Core, compose
from core.home import Home
from core.language.reading import Reading
from core.messages import ModelRequest
from core.turn.small import answering, program_prompt, sorting, writing
from models.reader.labels import KINDS
from models.scripted import ScriptedModel
from tools.confinement import program as sandbox

GIVEN = {"lease.txt": "The deposit is 900 euros.\nPets are not allowed.\n", "a_old.txt": "one\n", "b_old.txt": "two\n", "log.txt": "begin\n"}


class Crash(BaseException):
    """Stands for the end of the process."""


@dataclass(frozen=True)
class Turn:
    """A request, how it is read, what the model says to each question (no two are the same), and what the folder is afterwards."""

    text: str
    kind: str
    says: Callable[[str, str], str]
    after: dict[str, str]
    events: int  # about as many as there are; a crash after the last one disturbs nothing


def _answered(system: str, text: str) -> str:
    return {answering.SYSTEM: "The deposit is 900 euros.", writing.WRITE: "The deposit is 900 euros."}[system]


def _written(system: str, text: str) -> str:
    assert system == program_prompt.SYSTEM
    return 'for path in files(".", "*_old.txt"):\n    move(path, "Old/")\nappend("log.txt", "moved")' if "(Mind: " in text else "for path in ("


def _judged(system: str, text: str) -> str:
    assert system == sorting.JUDGE
    return "no" if text.startswith(("lease.txt", "log.txt")) else "yes"


MOVED = {"lease.txt": GIVEN["lease.txt"], "Old/a_old.txt": "one\n", "Old/b_old.txt": "two\n"}
TURNS = {
    "ask": Turn("What is the deposit in lease.txt?", "ask", _answered, GIVEN, 14),
    "write": Turn("Summarise lease.txt and save it as short.txt", "summarise", _answered, {**GIVEN, "short.txt": "The deposit is 900 euros.\n"}, 17),
    "program": Turn("move all these old files into Old, then add the line moved to log.txt", "steps", _written, {**MOVED, "log.txt": "begin\nmoved\n"}, 26),
    "sort": Turn("move all files that hold a number into Old", "sort", _judged, {**MOVED, "log.txt": "begin\n"}, 21),
}


def small(turn: Turn) -> ScriptedModel:
    """What it says depends only on what it is asked."""

    def reply(request: ModelRequest) -> str:
        return turn.says(request.messages[0].content, request.messages[-1].content)

    return ScriptedModel([reply], "planner", calls=True, context=8_000, billions=1.5)


CRASHES = [
    pytest.param(name, at, after, id=f"{name}-{at}-{'after' if after else 'before'}") for name, turn in TURNS.items() for at in range(2, turn.events) for after in (False, True)
]


@pytest.fixture(params=list(TURNS))
def turn(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Turn:
    found = TURNS[request.param]
    if request.param == "program" and not sandbox():
        pytest.skip("bubblewrap is not here, or may not make namespaces")

    class SaidKind:
        def read(self, text: str, before: str = "") -> Reading:
            return Reading({kind: 0.96 if kind == found.kind else 0.04 / len(KINDS) for kind in KINDS})

    monkeypatch.setattr("app.service.composition.RequestReader", SaidKind)
    return found


def held(workspace: Path) -> dict[str, str]:
    return {path.relative_to(workspace).as_posix(): path.read_text() for path in workspace.rglob("*") if path.is_file()}


def fill(workspace: Path) -> None:
    for name, text in GIVEN.items():
        (workspace / name).write_text(text)


def core_that_crashes(home: Home, model: ScriptedModel, at: int, after: bool) -> Core:
    core = compose(home, models={"planner": model})
    core.settings.set("models.planner", "planner")
    count, append = [0], core.journal.append

    def counted(type_: str, run_id: str = "", data: dict[str, Any] | None = None) -> Any:
        count[0] += 1
        if count[0] > at or (count[0] == at and not after):
            raise Crash
        event = append(type_, run_id, data)
        if count[0] == at:
            raise Crash
        return event

    core.journal.append = counted  # type: ignore[method-assign]
    return core


def replied(core: Core, run_id: str) -> int:
    """How many of the model's words stand in the journal."""
    return sum(event.type == "model_replied" and bool(event.data["owner"]) for event in core.journal.of_run(run_id))


def asked(model: ScriptedModel) -> dict[tuple[str, float], None]:
    """What the model was asked, and how warm, in order: a program is asked for once more by the same words."""
    return {(request.messages[-1].content, request.temperature): None for request in model.requests}


def finished(core: Core, run_id: str) -> list[str]:
    return [event.data["step"] for event in core.journal.of_run(run_id) if event.type == "step_finished"]


async def test_a_turn_that_is_not_disturbed(turn: Turn, workspace: Path, make_core: Callable[..., Core]) -> None:
    fill(workspace)
    model = small(turn)
    core = make_core(planner=model)
    run_id = core.runs.start({"text": turn.text, "workspace": str(workspace), "approve": "none"})
    result = (await core.runs.wait(run_id, 20))["result"]
    assert result["status"] == "done" and held(workspace) == turn.after, result
    assert len(model.requests) == replied(core, run_id) == len(asked(model)) > 0
    assert len(list(core.journal.of_run(run_id))) <= turn.events + 1, "the crashes below reach its end"


@pytest.mark.parametrize(("turn", "at", "after"), CRASHES, indirect=["turn"])
async def test_a_crash_at_any_event_asks_nothing_again_and_does_nothing_twice(
    at: int, after: bool, turn: Turn, own_home: Home, workspace: Path, make_core: Callable[..., Core]
) -> None:
    fill(workspace)
    first, model = small(turn), small(turn)
    broken = core_that_crashes(own_home, first, at, after)
    run_id = broken.runs.start({"text": turn.text, "workspace": str(workspace), "approve": "none"})
    try:
        await broken.runs.wait(run_id, 10)
    except (Crash, TimeoutError):
        pass
    broken.database.connection.close()  # as the kernel would: no clean stop
    await broken.pool.close()
    core = make_core(planner=model)
    before = replied(core, run_id)
    core.runs.resume_unfinished()
    row = await core.runs.wait(run_id, 20)
    assert row["status"] == "done" and held(workspace) == turn.after, row["result"]
    assert not asked(model).keys() & list(asked(first))[:before], "nothing is asked again whose answer is known"
    assert len(model.requests) == replied(core, run_id) - before
    steps = finished(core, run_id)
    assert len(steps) == len(set(steps)) == len(row["result"]["steps"]) > 0
    assert core.journal.verify() is None
    if turn.after != GIVEN:
        assert (await core.runs.undo(run_id))["complete"]
    assert held(workspace) == GIVEN
