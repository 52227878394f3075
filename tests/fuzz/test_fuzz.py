"""Odd input for what reads foreign text and bytes: it ends soon, in a value or in the error that it declares, whatever comes."""

from __future__ import annotations

import contextlib
import io
import json
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calls.reader import read_calls, visible
from core.calls.stream import CallSplitter
from core.clock import FakeClock
from core.conditions import BadExpression, check_expression, is_true
from core.errors import ToolError
from core.gate.policy import PermissionPolicy
from core.home import Home
from core.memory.forgetting import Wanted
from core.messages import Reply, ToolSpec
from core.planning.checks.finding import CheckContext
from core.planning.checks.plan_checks import check_plan
from core.planning.plan_format import ParseError, plan_from_json, read_plan
from core.ports import Intent, Scope
from core.settings import Settings
from core.storage.database import Database
from core.yaml_text import load_yaml
from tests.fuzz.conftest import FUZZ
from tools.documents.encodings import decode
from tools.documents.frame import frame
from tools.documents.hidden import mark_text
from tools.documents.plain import rows_of
from tools.toolbox import LocalToolBox
from tools.unpacking import unpack

SECONDS = 2.0  # of processor time that one example may take
TOOLS = (
    ToolSpec("files_write", "w", {"type": "object", "properties": {"path": {"type": "string"}, "text": {"type": "string"}, "n": {"type": "integer"}}}),
    ToolSpec("x", "x", {"type": "object", "properties": {}}),
)
SCHEMAS = {tool.name: tool.parameters for tool in TOOLS}
_PIECES = (
    '<', '{', '[', '(', '}', ']', ')', '"', "'", '```', '```json\n', '<think>', '</think>', '<function=files_write>', '<parameter=path>', '</parameter>', '<tool_call>', '</tool_call>', '{"name":"files_write",',
    '"arguments":{', '"path":"a"', 'files_write', 'files_write(path="a")', '[TOOL_CALLS]', '<|python_tag|>', '<|channel|>', '\\', '\\u', 'Action: ', 'Action Input: ', '|', '- ', ':', ',', 'call:', '{"a":1}', '[[',
    '<invoke name="x">', '</', '=', '-----', '── ', 'end of ', '\u200b', 'a,b;c\t', '#', '&a', '*a', '? ', '!!python/name:x', '\n', '\t', ' ', '0', '1e9', 'NaN', '{{s1.output}}', '"steps":[', '"tool":"x"', 'é', '\ud800',
)  # fmt: skip
texts = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from(_PIECES) | st.text(max_size=6), max_size=60).map("".join),
    st.tuples(st.lists(st.sampled_from(_PIECES), min_size=1, max_size=3).map("".join), st.integers(1, 3000)).map(lambda pair: pair[0] * pair[1]),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(("s1", "files.write", "{{s1.output.text}}", "always", "a.txt")),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(("steps", "id", "tool", "args", "needs", "check", "on", "when", "device", "path", "text", "answer")) | st.text(max_size=5), inner, max_size=6),
    max_leaves=40,
)  # fmt: skip


@contextlib.contextmanager
def soon() -> Iterator[None]:
    began = time.process_time()
    yield
    assert time.process_time() - began < SECONDS, "it took too long"


# -- what models say -----------------------------------------------------------------------------------------------


@FUZZ
@given(texts)
def test_replies(text: str) -> None:
    with soon():
        visible(text)
        for call in read_calls(text, SCHEMAS):
            assert call.name and isinstance(call.arguments, dict)


@FUZZ
@given(texts, st.integers(1, 40))
def test_replies_in_pieces(text: str, size: int) -> None:
    with soon():
        splitter = CallSplitter(TOOLS)
        for start in range(0, min(len(text), 4000), size):
            list(splitter.feed(text[start : start + size]))
        list(splitter.end())


@FUZZ
@given(texts)
def test_plans_as_text(text: str) -> None:
    with soon(), contextlib.suppress(ParseError):
        read_plan(Reply(text), TOOLS)


@FUZZ
@given(values)
def test_plans_and_their_checks(value: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        context = CheckContext("write 42 into a.txt", Path(folder), _toolbox(Path(folder)), 40)
        with soon(), contextlib.suppress(ParseError):
            check_plan(plan_from_json(value), context)


_boxes: list[LocalToolBox] = []


def _toolbox(folder: Path) -> LocalToolBox:
    from tools.blobs import BlobStore
    from tools.builtin import builtin_tools
    from tools.changes import Changes

    if not _boxes:
        _boxes.append(LocalToolBox(builtin_tools(), Changes(BlobStore(folder), folder), folder))
    return _boxes[0]


@FUZZ
@given(texts)
def test_conditions(text: str) -> None:
    with soon(), contextlib.suppress(BadExpression):
        if check_expression(text) is None:
            is_true(text, {"output": {"text": "a"}})


# -- what files hold -----------------------------------------------------------------------------------------------


@FUZZ
@given(texts)
def test_yaml(text: str) -> None:
    with soon(), contextlib.suppress(ValueError):
        load_yaml(text)


@FUZZ
@given(texts)
def test_texts_of_files(text: str) -> None:
    with soon():
        assert mark_text(frame("name", "about", text)).startswith("── name")
        assert isinstance(rows_of(text), list)
        Wanted.of_fact("My PIN is 1234, says Dr. Weber").blank(text)


@FUZZ
@given(st.binary(max_size=400))
def test_bytes_of_files(raw: bytes) -> None:
    with soon():
        found = decode(raw)
        assert found is None or isinstance(found.text, str)


def _zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a/b.txt", "hello " * 50)
        packed.writestr("c.txt", "x")
        packed.writestr("d/", "")
    return made.getvalue()


def _tar(mode: str) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as packed:  # type: ignore[call-overload]
        for name in ("a/b.txt", "ü" * 120):
            info = tarfile.TarInfo(name)
            info.size = 5
            packed.addfile(info, io.BytesIO(b"hello"))
    return made.getvalue()


ARCHIVES = [_zip(), _tar("w"), _tar("w:gz"), _tar("w:xz"), _tar("w:bz2")]


@FUZZ
@given(st.sampled_from(ARCHIVES), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=12), st.floats(0, 1))
def test_archives(whole: bytes, changes: list[tuple[float, int]], cut: float) -> None:
    raw = bytearray(whole)
    for place, value in changes:
        raw[int(place * (len(raw) - 1))] = value
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x").write_bytes(raw[: int(len(raw) * max(cut, 0.2))])
        (Path(folder) / "out").mkdir()
        with soon(), contextlib.suppress(ToolError):
            members = unpack(f"{folder}/x", f"{folder}/out")
            assert all((Path(folder) / "out" / str(number)).stat().st_size == size for number, (_, size) in enumerate(members) if size >= 0)
        assert sorted(item.name for item in Path(folder).iterdir()) == ["out", "x"]


# -- what the person ruled -----------------------------------------------------------------------------------------

paths = st.lists(st.sampled_from(("a", "A", "*", "**", "?", "[", "]", "!", "~", "..", ".", "/", "b.txt", "é")), max_size=24).map(lambda parts: "/w/" + "".join(parts))
places = st.lists(st.sampled_from(("a", "aa", "b.txt", "é", "x")), min_size=1, max_size=6).map(lambda parts: "/w/" + "/".join(parts))


@pytest.fixture(scope="module")
def policy() -> Iterator[PermissionPolicy]:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        database = Database(home.database)
        yield PermissionPolicy(database, Settings(home.settings), FakeClock())
        database.close()


@FUZZ
@given(
    st.lists(st.tuples(st.sampled_from(("allow", "ask", "deny")), st.sampled_from(("read", "change", "path", "host", "*")), paths), max_size=6),
    places,
    st.sampled_from(("read", "change")),
    st.booleans(),
)
def test_rules(policy: PermissionPolicy, rules: list[tuple[str, str, str]], place: str, access: str, is_private: bool) -> None:
    policy._database.execute("DELETE FROM permission")
    for decision, kind, pattern in rules:
        policy.add("*", "*" if kind == "*" else f"{kind}:{pattern}", decision)  # type: ignore[arg-type]
    scope = Scope("path", place, not is_private, is_private, access)  # type: ignore[arg-type]
    intent = Intent("t", {}, "reads" if access == "read" else "reversible", (scope,))
    with soon():
        verdict = policy.decide(intent, "").verdict
    speaking = {rule.decision for rule in policy.rules() if rule.covers(intent, scope, "")}
    if "deny" in speaking:
        assert verdict == "deny", "a no wins over everything"
    elif "ask" in speaking:
        assert verdict == "ask", "a question wins over a yes"
    if is_private and "allow" not in speaking:
        assert verdict != "allow", "what is private is never read unasked"


def test_patterns_of_many_stars_end(policy: PermissionPolicy) -> None:
    policy._database.execute("DELETE FROM permission")
    for pattern in ("/w/" + "*a" * 40 + "b", "/w/" + "**/a" * 40 + "b", "/w/" + "[a-z]*" * 40):
        policy.add("*", f"path:{pattern}", "deny")
    with soon():
        policy.decide(Intent("t", {}, "reads", (Scope("path", "/w/" + "a" * 4000),)), "")


def test_what_was_found_once() -> None:
    """Examples that longer fuzzing found, each of which broke something."""
    for text in ("[" * 20_000, '{"name":' * 8000, "{" * 20_000, json.dumps({"steps": [{"id": "s1", "tool": {}, "args": []}]})):
        with soon():
            visible(text)
            read_calls(text, SCHEMAS)
            with contextlib.suppress(ParseError):
                read_plan(Reply(text), TOOLS)


def test_conditions_make_nothing_large() -> None:
    for text in ("'a' * 9999999999 == 'b'", "[1] * 99999999 == 2", "'%999999999d' % 1 == 'x'", "output.text * 99999999 == 'x'", "9" * 400 + "*" + "9" * 90 + " > 1"):
        with soon():
            check_expression(text)
            assert is_true(text, {"output": {"text": "aaaaaaaaaaaaaaaaaaa"}}) in (True, False)
    assert is_true("1 + 2 * 3 == 7 and 'a' + 'b' == 'ab' and 7 % 4 == 3", {})
