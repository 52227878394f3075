"""Where a small model's question is looked up: in tables by a SELECT that code puts right, in the newest line, in a file though it was taken for nothing of this computer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.service.composition import Core
from core.turn.small import answering, selecting
from tests.integration.test_small_turns import ask, read_as, small

__all__ = ["read_as"]
STOCK = "product;units;price\nscrew 4x30;850;0,04\nscrew 5x50;320;0,07\nanchor 6mm;900;0,03\n"
SPENT = "date,what,category,naira\n2026-11-02,MTN,data,3500\n2026-11-03,bus,transport,800\n2026-11-05,rice,food,4200\n"
FEES = "Name,Total fee,Paid\nAarav,18000,18000\nSneha,18000,12000\n"


def first_cell(asked: str) -> str:
    return f"It is {asked.rpartition(': ')[2]}."


@pytest.mark.parametrize(
    ("name", "table", "asked", "sql", "expected"),
    [
        ("spent.csv", SPENT, "how much on data and transport together, see spent.csv", "SELECT SUM(naira) FROM t WHERE category = 'data'", "4300"),
        ("stock.csv", STOCK, "what are all my screws in stock.csv worth, units x price", "SELECT SUM(units * price) FROM t WHERE product = 'screw 4x30'", "56.40"),
        ("fees.csv", FEES, "total of the fees that are pending in fees.csv", "SELECT SUM(Total fee) - SUM(Paid number) FROM t", "6000"),
        (
            "spent.csv",
            SPENT,
            "how much on food in 2026 in total, see spent.csv",
            "SELECT SUM(naira) FROM t WHERE category = 'food' AND strftime('%Y-%m', date) = '2026-09'",
            "4200",
        ),
    ],
)
async def test_a_select_is_put_right_by_what_the_table_holds(
    name: str, table: str, asked: str, sql: str, expected: str, make_core: Callable[..., Core], workspace: Path, read_as: Callable[..., None]
) -> None:
    read_as("compute")
    (workspace / name).write_text(table)
    result = await ask(make_core(planner=small({selecting.SQL: sql, selecting.SAY: first_cell})), workspace, asked)
    assert expected in result["answer"], result


async def test_the_newest_of_lines_about_the_same_is_read_and_told_with_its_place(make_core: Callable[..., Core], workspace: Path, read_as: Callable[..., None]) -> None:
    read_as("ask")
    (workspace / "service.txt").write_text("Service log\n2025-04-11 tractor oil, 6120 hrs\n2025-05-02 mower oil, 80 hrs\n2025-09-03 tractor oil, 6274 hrs\n")

    def answered(asked: str) -> str:
        assert "6274" in asked and "6120" not in asked
        return "The oil of the tractor was last changed on 2025-09-03, at 6274 hrs."

    result = await ask(make_core(planner=small({answering.SYSTEM: answered})), workspace, "when was the oil of the tractor last changed, see service.txt")
    assert "6274" in result["answer"] and "line 4" in result["answer"], result


async def test_what_is_taken_for_nothing_of_this_computer_is_looked_for_first(make_core: Callable[..., Core], workspace: Path, read_as: Callable[..., None]) -> None:
    read_as("outside")
    (workspace / "fixtures.txt").write_text("12 Dec Riverside away 14:00\n19 Dec Harbour home 14:00\n")
    core = make_core(planner=small({answering.SYSTEM: "You play Riverside on 12 Dec, away."}))
    assert "12 Dec" in (await ask(core, workspace, "when do we play riverside next and is it away"))["answer"]
    assert "outside of what I can do" in (await ask(core, workspace, "When does the next ferry leave Hoek?"))["answer"]
