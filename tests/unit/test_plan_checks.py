import json
from pathlib import Path

import pytest

from core.plan import Edge, Plan, Step, resolve_references
from core.planning.checks.finding import CheckContext
from core.planning.checks.grounding import find_literals
from core.planning.checks.plan_checks import check_plan
from core.planning.checks.step_order import add_hidden_order, find_cycle
from tools.toolbox import LocalToolBox


def codes(plan: Plan, toolbox: LocalToolBox, workspace: Path, request: str = "do it", **more: object) -> set[str]:
    context = CheckContext(request, workspace, toolbox, 40, **more)  # type: ignore[arg-type]
    return {finding.code for finding in check_plan(plan, context)}


def write(id_: str = "s1", path: str = "a.txt", needs: tuple[Edge, ...] = (), **args: object) -> Step:
    return Step(id_, "files.write", {"path": path, "text": "x", **args}, needs)


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (Plan(), "empty"),
        (Plan((Step("s1", "files.wrote", {}),)), "unknown_tool"),
        (Plan((write(), write())), "duplicate_id"),
        (Plan((write(bogus=1),)), "bad_arguments"),
        (Plan((Step("s1", "files.write", {}),)), "bad_arguments"),
        (Plan((write(needs=(Edge("s9"),)),)), "unknown_step"),
        (Plan((write(text="{{s9.output}}", needs=(Edge("s9"),)),)), "unknown_step"),
        (Plan((write("s1"), write("s2", "b.txt", text="{{s1.output}}"))), "bad_reference"),
        (Plan((write("s1", needs=(Edge("s2"),)), write("s2", "b", (Edge("s1"),)))), "cycle"),
        (Plan((write("s1"), write("s2", "b", (Edge("s1", "import os"),)))), "bad_condition"),
        (Plan((Step("s1", "files.write", {"path": "a", "text": "x"}, check="open()"),)), "bad_check"),
        (Plan((Step("s1", "files.write", {"path": "a", "text": "x"}, device="laptop"),)), "unknown_device"),
        (Plan((Step("s1", "files.read", {"path": "never-heard-of.txt"}),)), "invented_file"),
        (Plan(tuple(write(f"s{n}", f"{n}.txt") for n in range(41))), "too_long"),
    ],
)
def test_code_finds_what_is_wrong_with_a_plan(plan: Plan, code: str, toolbox: LocalToolBox, workspace: Path) -> None:
    assert code in codes(plan, toolbox, workspace)


def test_a_sound_plan_has_no_findings(toolbox: LocalToolBox, workspace: Path) -> None:
    plan = Plan((write("s1"), Step("s2", "files.read", {"path": "a.txt"}, (Edge("s1"),)), write("s3", "b.txt", (Edge("s2"),), text="{{s2.output.text}}")))
    assert codes(plan, toolbox, workspace) == set()


def test_a_denied_tool_is_found_before_anything_runs(toolbox: LocalToolBox, workspace: Path) -> None:
    assert "not_permitted" in codes(Plan((write(),)), toolbox, workspace, denied=("files.write",))


def test_a_name_or_number_that_no_step_carries_is_found(toolbox: LocalToolBox, workspace: Path) -> None:
    assert "not_carried" in codes(Plan((write(),)), toolbox, workspace, 'write "hello" 42 times into a.txt')
    assert "not_carried" not in codes(Plan((write(text="hello 42"),)), toolbox, workspace, 'write "hello" 42 times into a.txt')


def test_memory_served_as_news_is_caught(toolbox: LocalToolBox, workspace: Path) -> None:
    memory = "The president visited the northern harbour and opened the new bridge on Tuesday morning with a speech"
    assert "memory_as_news" in codes(Plan(answer=memory), toolbox, workspace, "what is the latest news?", remembered=(memory,))
    assert "memory_as_news" not in codes(Plan(answer=memory), toolbox, workspace, "what did I note?", remembered=(memory,))


def test_literals_are_quotations_names_and_numbers() -> None:
    assert find_literals("Copy 'my file' and notes/a.txt to b.md 3 times") == ["my file", "notes/a.txt", "b.md", "3"]


def test_steps_that_touch_the_same_path_get_an_order(toolbox: LocalToolBox, workspace: Path) -> None:
    plan = Plan((Step("s1", "files.make_folder", {"path": "d"}), write("s2", "d/a.txt"), write("s3", "other.txt")))
    ordered = add_hidden_order(plan, toolbox, workspace)
    assert [[edge.step for edge in step.needs] for step in ordered.steps] == [[], ["s1"], []]


def test_a_long_chain_is_no_cycle_and_does_not_recurse() -> None:
    chain = tuple(Step(f"s{n}", "t", {}, (Edge(f"s{n - 1}"),) if n else ()) for n in range(5000))
    assert find_cycle(chain) == []


def test_a_whole_output_reads_as_text_where_text_is_wanted(toolbox: LocalToolBox) -> None:
    outputs = {"s1": {"result": 144, "expression": "12*12"}, "s2": {"result": 16.09, "unit": "km"}, "s3": {"items": [{"path": "a.png"}, {"path": "b.png"}]}}
    for step, text in (("s1", "144"), ("s2", "16.09 km"), ("s3", "a.png\nb.png")):
        args = resolve_references({"path": "x.txt", "text": f"{{{{{step}.output}}}}"}, outputs)
        assert toolbox.resolve("files.write", args)[1]["text"] == text
    assert json.loads(toolbox.resolve("files.write", {"path": "x.json", "text": {"a": 1}})[1]["text"]) == {"a": 1}  # what a planner wrote stays as it is


def test_a_reference_that_is_the_whole_string_keeps_its_type() -> None:
    outputs = {"s1": {"rows": [1, 2], "text": "hi"}}
    assert resolve_references({"a": "{{s1.output.rows}}", "b": "say {{ s1.output.text }}", "c": "{{s1.output.rows[1]}}"}, outputs) == {"a": [1, 2], "b": "say hi", "c": 2}
    with pytest.raises(KeyError, match="no missing"):
        resolve_references("{{s1.output.missing}}", outputs)
