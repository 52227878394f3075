"""What a small model is told is kept, corrected, forgotten and recalled, in other words and in another conversation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.service.composition import Core
from core.turn.small import program_prompt, recalling, remembering
from tests.integration.test_small_turns import ask, changes, names, read_as, sandboxed, small

__all__ = ["read_as"]


def facts(core: Core) -> list[str]:
    return [row["text"] for row in core.recall.memories.facts()]


async def test_a_correction_takes_the_place_of_what_it_corrects_and_is_undone(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(planner=small({remembering.REVISE: "The plumber I use is Donal Roche"}))
    await ask(core, workspace, "Remember the plumber I use is Kev Marsh.")
    result = await ask(core, workspace, "Scrap that, I've changed plumbers, it's Donal Roche from now on.")
    assert result["status"] == "done" and facts(core) == ["The plumber I use is Donal Roche"], result
    assert "in place of: The plumber I use is Kev Marsh" in result["answer"]
    await core.runs.undo(result["run_id"])
    assert facts(core) == ["The plumber I use is Kev Marsh"]


async def test_a_note_that_a_model_corrects_wrongly_buries_nothing(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(planner=small({remembering.REVISE: "The wifi password in the cottage is abc999"}))
    await ask(core, workspace, "Remember please that the wifi password in the cottage is grzyb2077")
    await ask(core, workspace, "The wifi password is changed to borowik3000. Remember the new one.")
    assert "borowik3000" in " ".join(facts(core)) and not any("abc999" in fact for fact in facts(core))


async def test_a_fact_beside_another_replaces_nothing(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(planner=small())
    await ask(core, workspace, "remember the oil man's number, 087 555 0142")
    await ask(core, workspace, "and the vet is 087 555 0199, remember that as well")
    assert len(facts(core)) == 2


async def test_what_is_to_be_forgotten_is_found_by_other_endings(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(planner=small())
    await ask(core, workspace, "keep in mind Dr Sandhu is on bleep 2906")
    await ask(core, workspace, "keep in mind Dr Okoro is on bleep 2911")
    await ask(core, workspace, "forget Dr Sandhus bleep please, shes gone to another trust", approve="all")
    assert facts(core) == ["Dr Okoro is on bleep 2911"]


async def test_not_to_forget_something_is_to_keep_it(make_core: Callable[..., Core], workspace: Path, read_as: Callable[..., None]) -> None:
    read_as("remember")
    core = make_core(planner=small())
    await ask(core, workspace, "don't forget that the spare key is with Mrs Oyelaran")
    assert facts(core) == ["The spare key is with Mrs Oyelaran"]


async def test_a_question_taken_for_something_else_is_answered_from_notes(make_core: Callable[..., Core], workspace: Path, read_as: Callable[..., None]) -> None:
    read_as("outside")
    core = make_core(planner=small({recalling.SYSTEM: "Mr Adeyemi takes two sugars and no milk."}))
    core.recall.memories.add("Mr Adeyemi takes two sugars in his tea and no milk")
    result = await ask(core, workspace, "how does Mr Adeyemi like his cuppa?")
    assert result["status"] == "done" and "two sugars" in result["answer"], result


async def test_an_answer_that_no_note_bears_out_is_not_given(make_core: Callable[..., Core], workspace: Path, read_as: Callable[..., None]) -> None:
    read_as("outside")
    core = make_core(planner=small({recalling.SYSTEM: "Your cousin lives in Lima."}))
    core.recall.memories.add("My sister is called Ann")
    result = await ask(core, workspace, "Where does my cousin live?")
    assert "Lima" not in result["answer"]


@sandboxed
async def test_a_deed_is_done_with_a_name_that_was_told_before(make_core: Callable[..., Core], workspace: Path, read_as: Callable[..., None]) -> None:
    read_as("organise")

    def written(asked: str) -> str:
        assert "Salt and Silence" in asked
        return 'move("draft9.md", "Salt and Silence.md")'

    (workspace / "draft9.md").write_text("The marsh.\n")
    (workspace / "draft8.md").write_text("The marsh is wet.\n")
    core = make_core(planner=small({program_prompt.SYSTEM: written}))
    core.recall.memories.add("My dissertation finally has a title, Salt and Silence")
    result = await ask(core, workspace, "rename draft9.md to whatever my dissertation is called, still .md", approve="all")
    assert names(workspace) == ["Salt and Silence.md", "draft8.md"] and changes(result) == ["files.move"], result
