import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from core.messages import Reply, ToolCall
from core.planning.plan_format import PLAN_SCHEMA, ParseError, plan_from_json, read_plan
from core.planning.prompts import PLANNER
from core.planning.review import read_review
from models.llama.grammar import schema_grammar

PLAN = '{"steps": [{"id": "s1", "tool": "files.write", "args": {"path": "a.txt", "text": "x"}, "needs": []}]}'


@pytest.mark.parametrize(
    "text",
    [
        PLAN,
        f"Here is the plan:\n```json\n{PLAN}\n```\nShall I go on?",
        f"<think>maybe {{a}}</think>{PLAN}",
        '[{"name": "files.write", "arguments": {"path": "a.txt", "text": "x"}}]',
        '{"plan": {"steps": [{"action": "files.write", "parameters": {"path": "a.txt", "text": "x"}}]}}',
        '{"tool": "files.write", "args": "{\\"path\\": \\"a.txt\\", \\"text\\": \\"x\\"}"}',
        "{'steps': [{'tool': 'files.write', 'args': {'path': 'a.txt', 'text': 'x',},}]}",
        '{"tool_calls": [{"function": {"name": "files.write", "arguments": {"path": "a.txt", "text": "x"}}}]}',
    ],
)
def test_a_plan_is_read_in_every_form_that_models_write(text: str) -> None:
    (step,) = read_plan(Reply(text)).steps
    assert (step.tool, step.args) == ("files.write", {"path": "a.txt", "text": "x"})


def test_native_tool_calls_are_a_plan_in_order() -> None:
    plan = read_plan(Reply("", calls=(ToolCall("a", {"x": 1}), ToolCall("b", {}))))
    assert [(step.id, step.tool, [edge.step for edge in step.needs]) for step in plan.steps] == [("s1", "a", []), ("s2", "b", ["s1"])]


def test_a_reference_makes_an_edge_even_when_needs_forgets_it() -> None:
    plan = read_plan(Reply('{"steps": [{"id": "a", "tool": "t", "args": {}}, {"id": "b", "tool": "t", "args": {"x": "{{a.output.text}}"}}]}'))
    assert [edge.step for edge in plan.steps[1].needs] == ["a"]


def test_conditions_on_edges_are_kept() -> None:
    plan = read_plan(
        Reply(
            '{"steps": [{"id": "a", "tool": "t"}, {"id": "b", "tool": "t", "needs": [{"step": "a", "on": "failure"}]}, {"id": "c", "tool": "t", "needs": [{"step": "a", "on": "output.n > 1"}]}]}'
        )
    )
    assert [step.needs[0].on for step in plan.steps[1:]] == ["on_failure", "output.n > 1"]


def test_plain_words_are_a_direct_answer() -> None:
    assert read_plan(Reply("Paris is the capital of France.")).answer == "Paris is the capital of France."


@pytest.mark.parametrize("text", ["", "   ", "<think>hm</think>", '{"steps": 3}', '{"steps": ["a"]}', '{"steps": [{"args": {}}]}', '{"other": 1}'])
def test_what_is_no_plan_says_why(text: str) -> None:
    with pytest.raises(ParseError):
        read_plan(Reply(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"score": 0.9, "issues": [], "suggestions": ["shorter"]}', (0.9, [], ["shorter"])),
        ("SCORE: 0.4\nISSUES:\n- wrong file\n- missing step\nSUGGESTIONS:\n- none", (0.4, ["wrong file", "missing step"], [])),
        ("**Score**: 8/10\n\nISSUES: none", (0.8, [], [])),
        ("Score: 85%\nISSUES:\n1. typo\n", (0.85, ["typo"], [])),
        ('<think>0.1</think>{"Score": "0.75", "Issues": "a", "Suggestions": null}', (0.75, ["a"], [])),
    ],
)
def test_a_review_is_read_as_json_or_as_sections(text: str, expected: tuple) -> None:
    assert read_review(text) == expected


@pytest.mark.parametrize("text", ["looks good", '{"issues": []}', "score: 7", '{"score": "high"}'])
def test_a_review_without_a_usable_score_is_unreadable(text: str) -> None:
    with pytest.raises(ParseError):
        read_review(text)


def _json_objects(text: str) -> Iterator[Any]:
    """Every object that stands in a text as JSON, those inside others left out."""
    at, decoder = text.find("{"), json.JSONDecoder()
    while at >= 0:
        try:
            value, length = decoder.raw_decode(text[at:])
        except ValueError:
            value, length = None, 1
        if value is not None:
            yield value
        at = text.find("{", at + length)


def _plans_as_documented() -> list[Any]:
    guide = (Path(__file__).parents[2] / "docs/plan-format.md").read_text(encoding="utf-8")
    needs = [row for row in _json_objects(PLANNER) if set(row) == {"step", "on"}]
    whole = [row for text in (PLANNER, guide) for row in _json_objects(text) if "steps" in row]
    step = {"id": "s2", "tool": "notes.add", "args": {"text": "x"}}
    return [*whole, *({"steps": [{**step, "needs": [need]}]} for need in needs)]


def _is_written_by_a_held_model(plan: Any) -> bool:
    from llguidance import LLMatcher, LLTokenizer

    tokenizer = LLTokenizer("byte")
    matcher, tokens = LLMatcher(tokenizer, schema_grammar(PLAN_SCHEMA)), tokenizer.tokenize_str(json.dumps(plan, ensure_ascii=False))
    return bool(matcher.validate_tokens(tokens) == len(tokens) and matcher.consume_tokens(tokens) and matcher.is_accepting())


def test_whatever_prompt_and_guide_show_can_be_written_by_a_model_that_is_held_to_the_schema() -> None:
    pytest.importorskip("llguidance")  # a build without llama.cpp
    plans = _plans_as_documented()
    assert len(plans) > 6
    assert [plan for plan in plans if not _is_written_by_a_held_model(plan)] == []
    assert [plan for plan in plans if not Draft202012Validator(PLAN_SCHEMA).is_valid(plan)] == []
    assert not _is_written_by_a_held_model({"steps": [{"id": "s1", "tool": "t", "args": {}, "needs": [{"on": "always"}]}]})


def test_needs_of_both_kinds_are_in_the_schema_and_are_read() -> None:
    plan = {"steps": [{"id": "a", "tool": "t", "args": {}, "needs": []}, {"id": "b", "tool": "t", "args": {}, "needs": ["a", {"step": "a", "on": "output.n > 1"}]}]}
    assert Draft202012Validator(PLAN_SCHEMA).is_valid(plan)
    assert [edge.on for edge in plan_from_json(plan).steps[1].needs] == ["on_success", "output.n > 1"]
    assert not Draft202012Validator(PLAN_SCHEMA).is_valid({"steps": [{**plan["steps"][1], "needs": [1]}]})
