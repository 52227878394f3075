"""Caps on tokens and money, counted where models are called; and rules that choose a model by what is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.service.composition import Core
from core.turn import model_routing
from core.turn.language import detect_language
from models.scripted import ScriptedModel
from tests.integration.test_pipeline import GOOD, TWO, ask

TEXT = "do something with a.txt"


def models(**more: Any) -> dict[str, ScriptedModel]:
    return {"planner": ScriptedModel([TWO] * 9, "planner"), "reviewer": ScriptedModel([GOOD] * 9, "reviewer"), **more}


def used(core: Core) -> int:
    usage = core.runs.deps.usage_ledger.usage_today()
    return usage.prompt_tokens + usage.completion_tokens


async def test_a_run_stops_at_its_cap_and_says_how_to_allow_more(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(**models())
    core.settings.set("limits.run_tokens", 1)
    result = await ask(core, workspace)
    assert result["status"] == "failed" and "has used" in result["answer"] + str(result.get("error")) and not (workspace / "a.txt").exists()
    assert len([event for event in core.journal.of_run(result["run_id"]) if event.type == "model_called"]) == 1  # the one that reached it


async def test_the_cap_of_a_day_counts_all_runs_also_after_a_restart(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(**models())
    assert (await ask(core, workspace))["status"] == "done"
    spent = used(core)
    assert spent > 0
    await core.stop()
    again = make_core(**models())
    assert used(again) == spent
    again.settings.set("limits.day_tokens", spent)
    assert (await ask(again, workspace))["status"] == "failed"
    again.settings.set("limits.day_tokens", spent * 10)
    assert (await ask(again, workspace))["status"] == "done"


@pytest.mark.parametrize(("answer", "status"), [("once", "done"), ("no", "failed")])
async def test_at_a_cap_the_person_may_let_it_go_on(answer: str, status: str, make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(**models())
    core.settings.set("limits.run_tokens", 1)
    core.front_ends.connected.add(object())
    run_id = core.runs.start({"text": TEXT, "workspace": str(workspace), "approve": "ask"})
    ended, asked = asyncio.ensure_future(core.runs.wait(run_id, 20)), 0
    while not ended.done():
        for waiting in core.approvals.pending():
            assert waiting["kind"] == "cap" and "tokens" in waiting["preview"]
            core.approvals.answer(waiting["id"], answer)
            asked += 1
        await asyncio.sleep(0.005)
    assert ended.result()["result"]["status"] == status and asked >= 1


def test_rules_are_read_in_order_and_bad_ones_are_named() -> None:
    known = model_routing.collect_signals("Bitte schreibe mir einen langen Text über die Rechnung und das Passwort", False, 0.0, 9)
    rules = [
        {"role": "executor", "model": "never"}, {"role": "planner", "when": "words > 100", "model": "long"}, {"when": "language == 'de' and words > 3", "model": "german"},
        {"role": "planner", "model": "rest"}, "nonsense", {"when": "words >"},
    ]  # fmt: skip
    assert model_routing.choose_model("planner", rules, known) == "german" and model_routing.choose_model("executor", rules, known) == "never"
    assert model_routing.choose_model("planner", rules[:2], known) == "" and model_routing.choose_model("planner", "nonsense", known) == ""
    assert len(model_routing.find_rule_faults(rules)) == 2 and model_routing.find_rule_faults([{"model": "x", "when": "import os"}]) and model_routing.find_rule_faults(None) == []


@pytest.mark.parametrize(
    ("text", "language"),
    [("make a folder for all the photos", "en"), ("fais un dossier pour mes photos et pas plus", "fr"), ("haz una carpeta para las fotos", "es"), ("xyz", ""), ("", "")],
)
def test_the_language_is_told_by_common_words(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_signals_tell_code_and_private_things() -> None:
    assert model_routing.collect_signals("what is my IBAN", True, 1.5, 3) | {"load": 0} == {
        "words": 4, "characters": 15, "language": "en", "code": False, "private": True, "local_only": True, "day_usd": 1.5, "hour": 3, "load": 0,
    }  # fmt: skip
    assert model_routing.collect_signals("def f(x): return x in main.py", False, 0, 0)["code"]


async def test_a_rule_chooses_the_planner_and_the_run_says_so(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(**models(other=ScriptedModel([TWO] * 3, "other")))
    core.settings.extra["route"] = [{"role": "planner", "when": "words < 10", "model": "other"}]
    result = await ask(core, workspace)
    assert result["status"] == "done" and result["models"]["planner"] == "other"
    core.settings.extra["route"] = [{"role": "planner", "when": "words > 10", "model": "other"}]
    assert (await ask(core, workspace))["models"]["planner"] == "planner"
