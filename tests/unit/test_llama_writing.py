"""Bytes to text, choosing tokens, grammars as text, sizes: the small parts of the decode loop."""

from __future__ import annotations

import json
from pathlib import Path

import numpy
import pytest

from models.llama.call_shape import HERMES
from models.llama.grammar import calls_grammar, schema_grammar
from models.llama.sampling import Sampler, is_repeating
from models.llama.size import billions, labelled
from models.llama.writing import TextWriter
from tests.helpers.gguf_models import Shape, write


@pytest.mark.parametrize("stops", [(), ("</end>", "never")])
def test_letters_of_several_bytes_come_whole_and_nothing_is_lost(stops: tuple[str, ...]) -> None:
    data = "zwölf € 🙂 <end".encode()
    for size in range(1, len(data) + 1):
        writer = TextWriter(stops)
        pieces = [writer.feed(data[at : at + size]) for at in range(0, len(data), size)]
        assert "".join(pieces) + writer.end() == data.decode() and "\ufffd" not in "".join(pieces)


def test_nothing_of_a_stop_string_and_nothing_behind_it_is_written() -> None:
    text = "answer<|stop|>more"
    for size in range(1, len(text) + 1):
        writer = TextWriter(("<|stop|>",))
        assert "".join(writer.feed(text[at : at + size].encode()) for at in range(0, len(text), size)) + writer.end() == "answer"
        assert writer.stopped


def test_greedy_is_the_likeliest_and_chance_is_among_the_likely() -> None:
    logits = numpy.full(1000, -5.0, numpy.float32)
    logits[[7, 9, 11]] = [9.0, 8.5, 2.0]
    assert Sampler(0).choose(logits) == 7
    chosen = {Sampler(1.0, seed).choose(logits) for seed in range(60)}
    assert chosen == {7, 9}
    masked = numpy.where(numpy.arange(1000) == 500, logits, -numpy.inf)
    assert Sampler(0).choose(masked) == Sampler(0.7, 1).choose(masked) == 500


def test_a_stretch_that_comes_again_and_again_is_seen_and_a_list_is_not() -> None:
    assert is_repeating([1, 2, *([5, 6, 7] * 80)])
    assert is_repeating([9] * 200) and not is_repeating([9] * 100)
    assert is_repeating([1, 2, *([*range(100, 150)] * 3)]) and not is_repeating([1, 2, *([*range(100, 150)] * 2)])
    assert not is_repeating([token for row in range(60) for token in (5, 6, 1000 + row)])


def test_a_grammar_holds_each_tool_to_arguments_of_its_own() -> None:
    tools = [
        {"type": "function", "function": {"name": "files_read", "parameters": {"type": "object", "properties": {"path": {"type": "string", "enum": ['a "b".md']}}}}},
        {"type": "function", "function": {"name": "now"}},
    ]
    grammar = calls_grammar(tools, HERMES, json.dumps)
    rules = {line.partition(":")[0]: line.partition(": ")[2] for line in grammar.splitlines()[1:]}
    assert rules["call"] == "call_0 | call_1" and json.dumps('\n{"name": "files_read", "arguments": ') in rules["call_0"]
    schema = json.loads(rules["args_0"].removeprefix("%json "))
    assert schema["additionalProperties"] is False and schema["properties"]["path"]["enum"] == ['a "b".md']
    assert json.loads(rules["args_1"].removeprefix("%json "))["properties"] == {}
    assert '"additionalProperties": true' in schema_grammar({"type": "object", "properties": {}, "additionalProperties": True})


@pytest.mark.parametrize(("label", "number"), [("0.5B", 0.5), ("135M", 0.135), ("8x7B", 56.0), ("A3B", 3.0), ("large", 0.0)])
def test_labels_of_sizes(label: str, number: float) -> None:
    assert labelled(label) == pytest.approx(number)


def test_a_file_without_a_label_is_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "m.gguf", Shape(layers=2, width=128, inner=256, heads=4, shared=2))
    assert 0.0002 < billions(path) < 0.001  # 1,024 x 128 of the vocabulary and two layers
    (tmp_path / "bad.gguf").write_bytes(b"GGUF\x03\0\0\0" + b"\xff" * 40)
    assert billions(tmp_path / "bad.gguf") == billions(tmp_path / "none.gguf") == 0.0
