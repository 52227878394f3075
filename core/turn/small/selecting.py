"""Questions about tables: the model writes one SELECT, which code puts right where it knows better; the result is told in a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.conversations import steps_of
from core.execution.run_state import StepState
from core.turn.act.closing import LoopEnd
from core.turn.small.columns import Column, quote_column, type_of
from core.turn.small.hands import CannotDo, SmallTurn
from core.turn.small.last_lines import asks_for_next, nearest_rows
from core.turn.small.numbers import as_read
from core.turn.small.request import SmallRequest
from core.turn.small.sql_conditions import leave_out_days, leave_out_unsaid
from core.turn.small.sql_extremes import keep_extreme
from core.turn.small.sql_mending import mend_literals, mend_unknown, quote_names, widen_months, widen_values
from core.turn.small.sql_needs import missing_from

SQL = "You write one SELECT for DuckDB that answers a question about tables. Use only the tables, columns and values that are shown; write values exactly as shown. A month or year of a date: strftime(day, '%Y-%m') = '2021-05'; of a text: month LIKE '2021%'. Leave out conditions that nobody asked for. Answer with the SELECT and nothing else."
SAY = "You are given a question and the result that answers it. Answer in one short sentence, in the language of the question, with all values of the result as they are."
SELECT = r"SELECT [^;`\n]{6,320}"  # what a reply of the model looks like
TRIES = 3
_RELATIVE = re.compile(r"\b(?:to(?:day|morrow)|yesterday|this|next|last|upcoming|ago|since|until|now|overdue|so far)\b", re.I)  # days that are told from today
_MONEY = re.compile(r"\b(?:dollars?|euros?|pounds?|rupees?|naira|pesos?|francs?)\b")


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A SELECT and what came of it; ``left``: what the request's words call for and it does not do."""

    sql: str
    state: StepState
    left: tuple[str, ...]

    @property
    def rows(self) -> list[dict[str, Any]]:
        return list((self.state.value or {}).get("rows") or []) if self.state.status == "done" else []

    @property
    def worth(self) -> tuple[bool, int]:
        """By which attempts are compared: one that gives something before one that gives nothing, then the one that leaves less undone."""
        return any(cell is not None for row in self.rows for cell in row.values()), -len(self.left)

    @property
    def hints(self) -> list[str]:
        """What the model is told before it tries again; empty where nothing is wrong with it."""
        if self.state.status != "done":
            error = str((self.state.error or {}).get("message", "")).splitlines()[0][:200]
            return [*self.left, f"Not like this: {self.sql} It says: {error}"]
        return [*self.left, *([] if self.worth[0] else [f"Not like this, which gives nothing: {self.sql}"])]


async def answer_from_tables(turn: SmallTurn, request: SmallRequest, paths: Sequence[str]) -> LoopEnd:
    """Ask the tables, up to three times where a SELECT does not work, gives nothing or leaves out what the words call for; the best counts."""
    columns, told = await _describe(turn, paths)
    today = f"Today is {turn.today.isoformat()}.\n" if _RELATIVE.search(request.meaning) and asks_for_next(request.meaning) is None else ""
    said = f"{told}\n{today}{_before(turn, request)}Question: {request.question}"
    best, hints = None, missing_from("", request.meaning, columns)
    for number in range(TRIES):
        asked = said + (f"\n({' '.join(hints)})" if hints else "")
        attempt = await _attempt(turn, request, paths, columns, (await turn.ask(SQL, asked, most=130, pattern=SELECT, temperature=0.6 * (number > 0))).text.strip())
        best = attempt if best is None or attempt.worth > best.worth else best
        hints = attempt.hints
        if not hints:
            break
    if best is None or best.state.status != "done":
        raise CannotDo("I could not work this out from the table.")
    return await _worded(turn, request, best.state.value or {}, ", ".join(paths))


async def _attempt(turn: SmallTurn, request: SmallRequest, paths: Sequence[str], columns: Sequence[Column], sql: str) -> _Attempt:
    """Run a SELECT as code puts it right: names, then values, then days, then what nobody said, then what is the most or the least."""
    said = f"{request.text} {request.plain}"
    sql = leave_out_unsaid(widen_months(widen_values(mend_literals(quote_names(sql, columns), columns), columns, said), said), columns, said)
    sql = keep_extreme(sql, said) if asks_for_next(request.meaning) is None else leave_out_days(sql, columns)
    state = await _query(turn, paths, sql)
    if state.status != "done" and (mended := mend_unknown(sql, str((state.error or {}).get("message", "")))) != sql:
        sql = mended
        state = await _query(turn, paths, sql)
    return _Attempt(sql, state, tuple(missing_from(sql, said, columns)))


def _before(turn: SmallTurn, request: SmallRequest) -> str:
    """The question that this one goes on from, with its SELECT."""
    if request.sources.how != "earlier" or not request.before:
        return ""
    sql = next((str(row["args"].get("sql", "")) for row in reversed(steps_of(turn.past)) if row.get("tool") == "tables.query" and row.get("status") == "done"), "")
    return f"Question: {request.before}\n{sql}\n" if sql else f"(asked before: {request.before})\n"


async def _query(turn: SmallTurn, paths: Sequence[str], sql: str) -> StepState:
    return await turn.do("tables.query", path=list(paths) if len(paths) > 1 else paths[0], sql=sql)


async def _describe(turn: SmallTurn, paths: Sequence[str]) -> tuple[list[Column], str]:
    """The columns of tables, and how a model is told of them."""
    state = await turn.must("tables.describe", path=list(paths))
    columns: list[Column] = []
    lines: list[str] = []
    tables = [table for table in (state.value or {}).get("tables", []) if table.get("columns")]
    for number, table in enumerate(tables[:3], 1):
        name = "t" if number == 1 else f"t{number}"
        listed = ", ".join(f"{quote_column(column['name'])} ({type_of(column['type'])})" for column in table["columns"])
        lines.append(f"Table {name} ({str(table['path']).rpartition('/')[2]}): {listed}")
        first = table.get("first") or []
        if first:
            lines.append("for example: " + ", ".join(str(value)[:24] for value in first[0]))
        if len(tables) == len(paths):
            columns += await _values(turn, paths, name, table["columns"])
    lines += [f"{column.table}.{quote_column(column.name)} is one of: {', '.join(repr(value) for value in column.values)}" for column in columns if column.values]
    lines += [f"{column.table}.{quote_column(column.name)} goes from {column.span}" for column in columns if column.span]
    return columns, "\n".join(lines)


async def _values(turn: SmallTurn, paths: Sequence[str], table: str, columns: Sequence[dict[str, Any]]) -> list[Column]:
    """The columns with the values of those that hold text and few different ones."""
    texts = [column["name"] for column in columns if column["type"] in ("VARCHAR", "BOOLEAN")][:8]
    days = [column["name"] for column in columns if column["type"].startswith(("DATE", "TIMESTAMP"))][:3]
    held: dict[str, tuple[str, ...]] = {}
    spans: dict[str, str] = {}
    if days:
        parts = ", ".join(f"CAST(min({quote_column(name)}) AS VARCHAR) || ' to ' || CAST(max({quote_column(name)}) AS VARCHAR) AS d{number}" for number, name in enumerate(days))
        state = await _query(turn, paths, f"SELECT {parts} FROM {table}")
        rows = (state.value or {}).get("rows") or [{}]
        spans = {name: str(value) for name, value in zip(days, rows[0].values(), strict=False) if value}
    if texts:
        parts = ", ".join(f"list_sort(list(DISTINCT {quote_column(name)}))[1:17] AS c{number}" for number, name in enumerate(texts))
        state = await _query(turn, paths, f"SELECT {parts} FROM {table}")
        rows = (state.value or {}).get("rows") or [{}]
        for name, values in zip(texts, rows[0].values(), strict=False):
            found = values if isinstance(values, list) else ["".join(parts) for parts in re.findall(r"'([^']*)'|([^,\[\]]+)", str(values))]
            kept = tuple(str(value).strip() for value in found if value is not None)
            held[name] = kept if len(kept) <= 16 and all(len(value) < 40 for value in kept) else ()
    return [Column(table, column["name"], column["type"], held.get(column["name"], ()), spans.get(column["name"], "")) for column in columns]


async def _worded(turn: SmallTurn, request: SmallRequest, value: dict[str, Any], place: str) -> LoopEnd:
    """The result in a sentence of the model's, where it keeps all values; else as it is."""
    rows = nearest_rows(value.get("rows") or [], request.meaning, turn.today)
    if not rows:
        return turn.finish(f"Nothing in {place} fits that.")
    if all(cell is None for row in rows for cell in row.values()):
        is_sum = len(rows) == 1 and any("(" in name for name in rows[0])  # a sum over no rows
        return turn.finish(f"Nothing in {place} fits that." if is_sum else f"{', '.join(rows[0])} is empty there in {place}.")
    shown = [as_read(cell) for row in rows[:12] for cell in row.values()]
    listed = "\n".join(", ".join(f"{name}: {as_read(cell)}" for name, cell in row.items()) for row in rows[:12])
    if len(rows) > 6:
        return turn.finish(f"{listed}\n\n(from {place})")
    text = await turn.ask_text(SAY, f"Question: {request.question}\nResult: {listed}", most=70)
    text = without_unsaid_money(text, f"{request.text} {place} {listed}")
    plain = re.sub(r"(?<=\d)[, ](?=\d{3})", "", text)
    if not all(cell in text or cell in plain for cell in shown) or turn.faults(text):
        text = listed
    return turn.finish(f"{text}\n\n(from {place})")


def without_unsaid_money(text: str, known: str) -> str:
    """A sentence without a currency that neither the question nor the table speaks of; empty where it is a word that cannot be left out.

    >>> without_unsaid_money("You spent $193.65 on groceries.", "how much on groceries; total: 193.65")
    'You spent 193.65 on groceries.'
    """
    signs = [sign for sign in "$€£¥₹" if sign in text and sign not in known]
    for sign in signs:
        text = text.replace(sign, "").replace("  ", " ")
    words = {word.rstrip("s") for word in _MONEY.findall(text.lower())} - {word.rstrip("s") for word in _MONEY.findall(known.lower())}
    return "" if words and not signs else text
