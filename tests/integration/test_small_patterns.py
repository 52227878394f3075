"""A reply that is held to a pattern: what a made-up GGUF writes from noise fits it, and it ends where the pattern ends."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest
from llama_cpp import Llama

from core.messages import Finished, Message, ModelRequest, TextDelta
from core.turn.small.selecting import SELECT
from core.turn.small.text_sums import SUM
from models.llama.chat import LlamaModel
from models.llama.constraint import Constraint, Grammars
from models.llama.context import Context
from models.llama.grammar import pattern_grammar
from models.llama.held import Holder, grammar_of
from models.llama.wire import chat_job
from models.servers.tool_names import ToolNames
from tests.helpers.gguf_models import Shape, write

SMALL = Shape(layers=2, width=128, inner=256, heads=4, shared=2)


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("model") / "model.gguf", SMALL)


@pytest.fixture(scope="module")
def context(gguf: Path) -> Iterator[Context]:
    llm = Llama(str(gguf), n_ctx=256, n_batch=64, verbose=False)
    yield Context(llm)
    llm.close()


@pytest.fixture(scope="module")
def grammars(context: Context) -> Grammars:
    made = Grammars(context, 1024, [2])
    if not made.usable:
        pytest.skip("llguidance is not installed")
    return made


def job_of(**more: object) -> dict[str, object]:
    request = ModelRequest((Message("user", "which?"),), **more)  # type: ignore[arg-type]
    return dict(chat_job(request, ToolNames(())))


def noise(constraint: Constraint, context: Context, seed: int) -> str:
    """What is written where every token is drawn by chance among those that may come."""
    chance, data = numpy.random.default_rng(seed), b""
    for _ in range(400):
        token = int(constraint.mask(chance.standard_normal(1024).astype(numpy.float32)).argmax())
        assert constraint.allows(token)
        if context.is_end(token):
            break
        data += context.piece(token)
        if not constraint.accept([token]) or constraint.is_done:
            break
    return data.decode("utf-8", "replace")


def test_a_request_has_one_grammar_at_most() -> None:
    assert grammar_of(job_of()) == "" and grammar_of(job_of(pattern="yes|no")) == pattern_grammar("yes|no")
    assert "%json" in grammar_of(job_of(schema={"type": "object"})) and "yes" in grammar_of(job_of(pattern="yes|no"))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "pattern",
    [
        "yes|no",
        "|".join(map(re.escape, ("1,234.50", "12/5", "a (b) [c]", "none", "50 %"))),
        "[0-9]{4}-[0-9]{2}-[0-9]{2}",
        SUM,
        SELECT,
        "|".join(map(re.escape, ("Rent & more", "Größe", "C:\\x", 'say "hi"'))),
    ],
    ids=["words", "numbers", "dates", "sums", "select", "names"],
)
def test_a_pattern_holds_even_noise(pattern: str, seed: int, grammars: Grammars, context: Context) -> None:
    constraint = Holder(grammars, [], None, pattern_grammar(pattern), opened=False).whole
    assert constraint is not None, "the engine takes this pattern"
    said = noise(constraint, context, seed)
    if len(said.encode()) < 300:
        assert re.fullmatch(pattern, said), said


def test_a_pattern_that_the_engine_refuses_holds_nothing(grammars: Grammars) -> None:
    for pattern in ("(", r"(a)\1"):
        assert Holder(grammars, [], None, pattern_grammar(pattern), opened=False).whole is None


def test_a_model_that_thinks_first_is_held_from_its_answer_on(grammars: Grammars, context: Context) -> None:
    holder = Holder(grammars, [], None, pattern_grammar("yes|no"), opened=True)
    assert holder.whole is None and holder.hear("Let me see. It may be no.") is None
    constraint = holder.hear("</think>y")
    assert constraint is not None and noise(constraint, context, 1) == "es"


async def test_a_reply_of_a_model_fits_its_pattern_and_ends(gguf: Path) -> None:
    model = LlamaModel("m", gguf, 2048, {"threads": 1})
    try:
        request = ModelRequest((Message("system", "You help. " * 12), Message("user", "which?")), max_tokens=60, pattern="left|right|none of (both|them)")
        async with contextlib.aclosing(model.stream(request)) as stream:
            parts = [part async for part in stream]
    finally:
        await model.worker.close()
    assert "".join(part.text for part in parts if isinstance(part, TextDelta)) in ("left", "right", "none of both", "none of them")
    assert isinstance(parts[-1], Finished) and parts[-1].reason == "stop"
