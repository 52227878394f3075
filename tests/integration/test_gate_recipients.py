"""A yes to something private holds for those who would have got it then, and for nobody else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.commands.mcp_serve import CLIENT
from app.service.api.resources import call as call_by_hand
from app.service.api.shapes import ToolCallBody
from app.service.composition import Core
from core.errors import RefusedByPolicy
from models.scripted import ScriptedModel
from tests.integration.test_action_loop import ask, call, model, tool_results
from tests.integration.test_loop_attacks import SECRET, answer_questions, person  # noqa: F401

MakeCore = Callable[..., Core]
KEY = "~/.ssh/id_rsa"
READ = f"read {KEY} to me"


async def granted(
    make_core: MakeCore, workspace: Path, first: dict[str, object], then: dict[str, object], decision: str = "always", **more: ScriptedModel
) -> tuple[Core, str, str]:
    """A core in which a model read the key with a lasting yes, and what the request for it says when another one, with other properties, wants it without anybody to ask."""
    planner, executor = model([call("files_read", path=KEY)], "That is all.", **first), model([call("files_read", path=KEY)], "That is all.", **then)
    core = make_core(planner=planner, other=executor, **more)
    _, asked = await answer_questions(core, workspace, READ, [decision])
    assert len(asked) == 1 and asked[0]["grantable"]
    await ask(core, workspace, READ, approve="none", models={"planner": "other", "executor": "other"})
    return core, asked[0]["why"], str(tool_results(executor.requests[-1]))


REMOTE = {"local": False, "host": "api.example.com"}


async def test_always_for_models_here_lets_no_model_elsewhere_have_it(person: Path, make_core: MakeCore, workspace: Path) -> None:  # noqa: F811
    _, _, said = await granted(make_core, workspace, {}, REMOTE)
    assert SECRET not in said and "its text would go to api.example.com" in said


async def test_always_for_one_model_elsewhere_is_for_that_one_and_for_models_here(person: Path, make_core: MakeCore, workspace: Path) -> None:  # noqa: F811
    again = model([call("files_read", path=KEY)], "That is all.", **REMOTE)
    core, why, said = await granted(make_core, workspace, REMOTE, {"local": False, "host": "other.example.net"}, again=again)
    assert "api.example.com" in why and SECRET not in said and "other.example.net" in said
    await ask(core, workspace, READ, approve="none", models={"planner": "again", "executor": "again"})
    assert SECRET in str(tool_results(again.requests[-1])), "what was agreed to for it is not asked about anew"


async def test_always_for_models_here_still_holds_for_them(person: Path, make_core: MakeCore, workspace: Path) -> None:  # noqa: F811
    assert SECRET in (await granted(make_core, workspace, {}, {}))[2]


@pytest.mark.parametrize("decision", ["always", "conversation"])
async def test_a_program_that_is_served_gets_nothing_that_was_agreed_to_for_the_person(decision: str, person: Path, make_core: MakeCore, workspace: Path) -> None:  # noqa: F811
    core, _, _ = await granted(make_core, workspace, {}, {}, decision)
    body = ToolCallBody(args={"path": KEY}, workspace=str(workspace), client=CLIENT)
    with pytest.raises(RefusedByPolicy, match="MCP"):
        await call_by_hand(core, "files.read", body)
    if decision == "always":
        assert SECRET in (await call_by_hand(core, "files.read", body.model_copy(update={"client": ""})))["text"], "the person's own terminal reads it"


async def test_the_question_of_a_run_for_another_program_names_it(person: Path, make_core: MakeCore, workspace: Path) -> None:  # noqa: F811
    planner = model([call("files_read", path=KEY)], "That is all.")
    _, asked = await answer_questions(make_core(planner=planner), workspace, READ, ["no"], client=CLIENT)
    assert asked and CLIENT in asked[0]["why"]
