"""Which architectures the installed llama.cpp can load: asked of it, kept for this build, and held against files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.errors import ModelError
from models import catalog, gguf_file
from models.llama.architectures import Architectures, ask_llama
from models.llama.process import Worker
from tests.helpers.gguf_models import Shape, write

FAMILIES = {"llama", "qwen35", "qwen35moe", "gemma4", "lfm2", "lfm2moe", "gpt-oss", "granite", "smollm3", "mistral3", "nemotron_h", "deepseek2", "muse-glimmer", "laguna"}


async def test_llama_says_itself_what_it_can_load() -> None:
    found = await ask_llama(sorted(FAMILIES | {"owl-of-tomorrow", "glm5next", "clip", "gptj", "QWEN35", "qwen35 "}))
    assert all(found[name] for name in FAMILIES)
    assert not any(found[name] for name in ("owl-of-tomorrow", "glm5next", "clip", "gptj", "QWEN35", "qwen35 "))


async def test_everything_in_the_catalogue_can_be_loaded_by_this_build() -> None:
    names = {profile.architecture for profile in catalog.local_profiles()}
    found = await ask_llama(sorted(names))
    assert {name for name, can in found.items() if not can} == set() and set(found) == names


async def test_the_word_is_that_of_the_file_and_the_answer_is_true_of_it(tmp_path: Path) -> None:
    """Both sides of the answer tried: a file of an architecture that can be loaded is, one of another is not."""
    good = write(tmp_path / "good.gguf", Shape())
    name = gguf_file.read(good).architecture
    data = good.read_bytes()
    other = name[:-1] + ("x" if name[-1] != "x" else "y")
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(data.replace(name.encode(), other.encode()))
    assert gguf_file.read(bad).architecture == other and await ask_llama([name, other]) == {name: True, other: False}
    worker = Worker(good, {"context": 256})
    try:
        assert (await worker.load())["architecture"] == name
    finally:
        await worker.close()
    with pytest.raises(ModelError):
        await Worker(bad, {"context": 256}).load()


class Llama:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[Sequence[str]] = []
        self.fails = False

    async def __call__(self, names: Sequence[str]) -> dict[str, bool]:
        self.asked.append(names)
        if self.fails:
            raise ModelError("It does not start.", code="model_failed")
        return {name: name == "known" for name in names}


async def test_each_build_is_asked_once_about_each_name(tmp_path: Path) -> None:
    llama, kept = Llama(), tmp_path / "cache" / "architectures.json"
    first = Architectures(kept, llama, lambda: "build one")
    assert await first.loadable(["known", "other", ""]) == {"known": True, "other": False}
    assert await first.loadable(["known"]) == {"known": True} and await Architectures(kept, llama, lambda: "build one").loadable(["other"]) == {"other": False}
    assert llama.asked == [["known", "other"]]
    assert await Architectures(kept, llama, lambda: "build two").loadable(["other"]) == {"other": False} and len(llama.asked) == 2
    assert json.loads(kept.read_text()) == {"build": "build two", "loadable": {"other": False}}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"build": "b"}', '{"build": "b", "loadable": 3}'])
async def test_a_damaged_file_is_begun_anew(tmp_path: Path, content: str) -> None:
    kept = tmp_path / "architectures.json"
    kept.write_text(content)
    assert await Architectures(kept, Llama(), lambda: "b").loadable(["known"]) == {"known": True}


async def test_a_llama_that_does_not_start_says_nothing_and_is_asked_again(tmp_path: Path) -> None:
    llama = Llama()
    llama.fails = True
    asked = Architectures(tmp_path / "a.json", llama, lambda: "b")
    assert await asked.loadable(["known"]) == {} and not (tmp_path / "a.json").exists()
    llama.fails = False
    assert await asked.loadable(["known"]) == {"known": True}
