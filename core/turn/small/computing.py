"""Sums and counts: the model writes one SELECT over a table, or picks numbers out of texts; code works them out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from core.conversations import steps_of
from core.execution.run_state import StepState
from core.language.words import content_stems
from core.turn.act.closing import LoopEnd
from core.turn.small.answering import answer_question
from core.turn.small.columns import Column, quote_column
from core.turn.small.hands import CannotDo, SmallTurn
from core.turn.small.material import Document, find_material
from core.turn.small.passages import excerpt
from core.turn.small.request import SmallRequest
from core.turn.small.sorting import JUDGE
from core.turn.small.sql_mending import quote_names, widen_months, widen_values
from core.turn.small.workspace_files import TABLES

SQL = "You write one SELECT for DuckDB that answers a question about tables. Use only the tables, columns and values that are shown; write values exactly as shown. A month or year of a date: strftime(day, '%Y-%m') = '2021-05'; of a text: month LIKE '2021%'. Leave out conditions that nobody asked for. Answer with the SELECT and nothing else."
SAY = "You are given a question and the result that answers it. Answer in one short sentence, in the language of the question, with all values of the result as they are."
PICK = "You are given a text and a question. Which of the numbers of the text counts for the question? If the text has nothing to do with the question: none"
SUMS = "You are given facts and a question. Write the one calculation that answers it, only with numbers that stand in the facts or the question and + - * / ( ), and nothing else."
SELECT, SUM = r"SELECT [^;`\n]{6,320}", r"\(?[0-9]{1,9}(\.[0-9]{1,4})?\)?( [-+*/] \(?[0-9]{1,9}(\.[0-9]{1,4})?\)?){1,8}"
_TOTAL = re.compile(
    r"\b(?:add up|sum|totals?|altogether|in all|all in all|overall|insgesamt|zusammen|en tout|en total)\b|\bhow much (?:did|do|does|have|has|was|were|money)\b", re.I
)
_MONEY = re.compile(r"\b(?:dollars?|euros?|pounds?|rupees?|naira|pesos?|francs?)\b")
_NUMBER = re.compile(r"(?<![\w.,])\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d{1,2})?(?![\w])|(?<![\w.,-])\d+(?:[.,]\d{1,4})?(?![\w])")
_WORDED = {
    "half": "0.5",
    "quarter": "0.25",
    "third": "3",
    "twice": "2",
    "double": "2",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "ten": "10",
    "twelve": "12",
    "dozen": "12",
    "percent": "100",
    "%": "100",
    "year": "12",
    "month": "12",
}


async def compute(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """The number that is asked for, from tables where tables are meant, else from texts."""
    sources = request.sources
    tables = [path for path in sources.files if path.lower().endswith(TABLES)]
    if tables:
        return await _from_tables(turn, request, tables[:3])
    documents = await find_material(turn, request)
    if found := [document.path for document in documents if document.path.lower().endswith(TABLES)]:
        return await _from_tables(turn, request, found[:3])
    if len(documents) > 1 and _TOTAL.search(request.text):
        return await _sum_over(turn, request, documents)
    if turn.history and (not documents or sources.how == "earlier"):
        if end := await _calculate(turn, request, documents):
            return end
    return await answer_question(turn, request)


# -- tables ----------------------------------------------------------------------------------------------------------


async def _from_tables(turn: SmallTurn, request: SmallRequest, paths: Sequence[str]) -> LoopEnd:
    columns, told = await _describe(turn, paths)
    said = f"{told}\n{_before(turn, request)}Question: {request.question}"
    state, sql, hints = None, "", missing_from("", request.text)
    for number in range(3):
        asked = said + (f"\n({' '.join(hints)})" if hints else "")
        sql = _mended((await turn.ask(SQL, asked, most=130, pattern=SELECT, temperature=0.6 * (number > 0))).text.strip(), columns, request)
        left = missing_from(sql, request.text, columns)
        state = await _query(turn, paths, sql)
        if state.status != "done" and (mended := mend_unknown(sql, str((state.error or {}).get("message", "")))) != sql:
            sql = mended
            state = await _query(turn, paths, sql)
        if state.status == "done" and (state.value or {}).get("rows") and not left:
            break
        error = str((state.error or {}).get("message", "")).splitlines()[0][:200] if state.status != "done" else ""
        hints = [*left, *([f"Not like this: {sql} It says: {error}"] if error else [])]
        if not hints:
            break
    if state is None or state.status != "done":
        raise CannotDo("I could not work this out from the table.")
    return await _worded(turn, request, state.value or {}, ", ".join(paths))


def _mended(sql: str, columns: Sequence[Column], request: SmallRequest) -> str:
    """The SELECT as code puts it right: names, then values, then days."""
    said = f"{request.text} {request.plain}"
    return widen_months(widen_values(mend_literals(quote_names(sql, columns), columns), columns, said), said)


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
        listed = ", ".join(f"{quote_column(column['name'])} ({_type(column['type'])})" for column in table["columns"])
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
            found = values if isinstance(values, list) else re.findall(r"'([^']*)'|([^,\[\]]+)", str(values))
            kept = tuple(str(value if isinstance(value, str) else "".join(value)).strip() for value in found)
            held[name] = kept if len(kept) <= 16 and all(len(value) < 40 for value in kept) else ()
    return [Column(table, column["name"], column["type"], held.get(column["name"], ()), spans.get(column["name"], "")) for column in columns]


def _type(type_: str) -> str:
    return {"VARCHAR": "text", "DATE": "date", "TIMESTAMP": "time", "BOOLEAN": "true/false"}.get(type_, "number")


def mend_literals(sql: str, columns: Sequence[Column]) -> str:
    """The SELECT with values as the columns hold them: another case, or another form of the same word, is put right."""
    known = {value.casefold(): value for column in columns for value in column.values}

    def put_right(match: re.Match[str]) -> str:
        said = match[1]
        if said in known.values() or not said:
            return match[0]
        same = known.get(said.casefold())
        alike = [value for value in known.values() if content_stems(value) and content_stems(value) == content_stems(said)]
        mended = same or (alike[0] if len(alike) == 1 else said)
        return "'" + mended.replace("'", "''") + "'"

    days = "|".join(re.escape(quote_column(column.name)) for column in columns if column.type.startswith(("DATE", "TIMESTAMP")))
    if days:
        sql = re.sub(rf"(?<![\w(])((?:\w+\.)?(?:{days}))\s+(NOT\s+)?LIKE\b", r"CAST(\1 AS VARCHAR) \2LIKE", sql, flags=re.I)
    return _mend_columns(re.sub(r"'((?:[^']|'')*)'", put_right, sql), columns)


def _mend_columns(sql: str, columns: Sequence[Column]) -> str:
    """The SELECT with each value compared with the column that holds it, where the one that is named does not and one other does."""

    def put_right(match: re.Match[str]) -> str:
        named = next((column for column in columns if column.values and quote_column(column.name).strip('"').casefold() == match["column"].strip('"').casefold()), None)
        holding = [column for column in columns if match["value"].replace("''", "'") in column.values]
        if named is None or named in holding or len(holding) != 1:
            return match[0]
        return f"{match['before']}{quote_column(holding[0].name)}{match['compared']}'{match['value']}'"

    return re.sub(r"""(?P<before>(?:\b\w+\.)?)(?P<column>\b\w+\b|"[^"]+")(?P<compared>\s*(?:=|<>|!=|\bI?LIKE\b)\s*)'(?P<value>(?:[^']|'')*)'""", put_right, sql, flags=re.I)


def mend_unknown(sql: str, error: str) -> str:
    """The SELECT with the column that the database proposes for one that is not there, where one is like it."""
    unknown = re.search(r'column "([^"]+)" not found', error)
    if unknown is None:
        return sql
    candidates = re.findall(r'"([^"]+)"', error[unknown.end() :])
    said = unknown[1].casefold()
    alike = [name for name in candidates if name.casefold() in said or said in name.casefold() or set(content_stems(name)) & set(content_stems(said))]
    return re.sub(rf'"?\b{re.escape(unknown[1])}\b"?', lambda _: quote_column(alike[0]), sql) if alike else sql


_NEEDS = (
    (re.compile(r"\b(?:times|multiplied|x price|qty x|per unit)\b", re.I), re.compile(r"\*(?!\))"), "Multiply the columns."),
    (re.compile(r"\baverage|on average|durchschnitt|moyenne\b", re.I), re.compile(r"\bavg\(", re.I), "Take AVG."),
    (re.compile(r"\bhow many (?!hours|minutes|days|weeks|miles|km|kilomet|points|goals|units|pieces|euros|dollars|pounds|kg|grams|lit|cal|steps|pages|words|tickets|people|guests)", re.I), re.compile(r"\bcount\(", re.I), "COUNT them."),
    (re.compile(r"\bhow many\b", re.I), re.compile(r"\bcount\(|\bsum\(", re.I), "COUNT them."),
    (re.compile(r"\b(?:altogether|in total|in all|add up|total|sum)\b|\bhow much (?:money )?(?:did|have|has|do|does) (?:i|we|they|he|she) (?:take|earn|sell|sold|make|made|spen|pay|paid|use|get)", re.I), re.compile(r"\bsum\(", re.I), "Take SUM."),
    (re.compile(r"\b(?:without|except|excluding|leave out|not count|do not count|don't count|other than|not (?:yet )?paid|(?:have|has)(?: not|n't) paid|unpaid)\b", re.I), re.compile(r"<>|!=|\bnot\b|\bis null\b|\bexcept\b|=\s*'?(?:no|false|unpaid|open)", re.I), "Leave out what does not count, by <> or NOT."),
)  # fmt: skip


def missing_from(sql: str, request: str, columns: Sequence[Column] = ()) -> list[str]:
    """What the request's words call for and the SELECT does not do."""
    told = [told for asked, done, told in _NEEDS if asked.search(request) and not done.search(sql)]
    if sql and re.search(r"'\d{4}-\d{2}", sql) and not _SAYS_DAY.search(request):
        told.append("Leave out the dates.")
    if counted := re.search(r"\bcount\(", sql, re.I) and _counted_amount(request, columns):
        told.append(f"Take SUM({counted}).")
    return told


_SAYS_DAY = re.compile(
    r"\d|\b(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|spring|summer|autumn|winter|year|month|week|today|yesterday|quarter|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?)\b",
    re.I,
)


def _counted_amount(request: str, columns: Sequence[Column]) -> str:
    """A column of numbers that the request asks the amount of: "most hours" where there is a column hours."""
    asked = re.findall(r"\b(?:most|least|fewest|how many|many)\s+(\w+)", request, re.I)
    return next(
        (
            quote_column(column.name)
            for word in asked
            for column in columns
            if _type(column.type) == "number" and content_stems(word) and content_stems(word) == content_stems(column.name)
        ),
        "",
    )


async def _worded(turn: SmallTurn, request: SmallRequest, value: dict[str, Any], place: str) -> LoopEnd:
    """The result in a sentence of the model's, where it keeps all values; else as it is."""
    rows = value.get("rows") or []
    if not rows or all(cell is None for row in rows for cell in row.values()):
        return turn.finish(f"Nothing in {place} fits that.")
    shown = [_number(cell) for row in rows[:12] for cell in row.values()]
    listed = "\n".join(", ".join(f"{name}: {_number(cell)}" for name, cell in row.items()) for row in rows[:12])
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


def _number(cell: Any) -> str:
    """A cell as people read it: no long tails of binary fractions."""
    if isinstance(cell, float):
        return f"{cell:.2f}" if abs(cell - round(cell)) > 1e-9 else str(round(cell))
    return str(cell)


# -- texts -----------------------------------------------------------------------------------------------------------


async def _sum_over(turn: SmallTurn, request: SmallRequest, documents: Sequence[Document]) -> LoopEnd:
    """One number of each text, picked by the model among those that stand there, added up by code."""
    terms: list[tuple[str, str]] = []
    counted = about(request.question, documents)[:20]
    if condition := " ".join(request.reading.texts("condition")):
        counted = [document for document in counted if await _counts(turn, document, condition)]
    for document in counted:
        part = excerpt(document.text, request.text + " total amount", 900).text
        numbers = list(dict.fromkeys(match[0] for match in _NUMBER.finditer(part)))
        if not numbers:
            continue
        picked = total_of(part) if _TOTAL.search(request.text) and not _about_less(request) else ""
        picked = picked or (await turn.choose(PICK, f"{document.name}:\n{part}\n\nQuestion: {request.question}", [*numbers[:24], "none"]))[0]
        if picked and picked != "none":
            terms.append((document.name, plain_number(picked)))
    if not terms:
        return turn.finish("I found no amounts there that this asks for.")
    sum_ = " + ".join(number for _, number in terms)
    state = await turn.must("calc.evaluate", expression=sum_)
    listed = "\n".join(f"- {name}: {number}" for name, number in terms)
    return turn.finish(f"Altogether {_result(state.value, state.text)}.\n\n{listed}")


async def _counts(turn: SmallTurn, document: Document, condition: str) -> bool:
    """Whether a text fits what the request says of those that count."""
    said, _ = await turn.choose(JUDGE, f"{document.name}:\n{excerpt(document.text, condition, 700).text}\n\nIs this one {condition}? yes or no?", ("yes", "no"))
    return said != "no"


def about(question: str, documents: Sequence[Document]) -> Sequence[Document]:
    """Of several texts those that hold a name of the question; all where none holds it."""
    names = [match[0] for match in re.finditer(r"(?<=[a-z,] )[A-Z][\w&'-]{2,}(?: [A-Z][\w&'-]+)*", question)]
    for name in names:
        found = [document for document in documents if name.casefold() in document.text.casefold()]
        if found and len(found) < len(documents):
            return found
    return documents


_TOTAL_LINE = re.compile(r"\b(?:total|sum|amount due|to pay|balance due|grand total|gesamt\w*|summe|zu zahlen|montant total|importe)\b", re.I)


def total_of(text: str) -> str:
    """The number of the last line that says it is the total; empty where no line does, or one has several."""
    for line in reversed(text.splitlines()):
        if _TOTAL_LINE.search(line) and not re.search(r"\bsub-?total\b", line, re.I):
            numbers = [match[0] for match in _NUMBER.finditer(line)]
            return numbers[-1] if numbers else ""
    return ""


def _about_less(request: SmallRequest) -> bool:
    """Whether the request asks about a part of each text, so that its total is not what counts."""
    return re.search(r"\b(?:on|for)\s+(?!the\b|all\b|my\b|everything\b)[a-z]+s?\b", request.question) is not None and "total" not in request.question.lower()


def plain_number(written: str) -> str:
    """A number as arithmetic takes it: "1.234,50", "1,234.50" and "1 234.5" are 1234.5."""
    text = written.replace(" ", "").replace("'", "")
    if re.fullmatch(r"[1-9]\d{0,2}(?:[.,]\d{3})+", text):
        return re.sub(r"[.,]", "", text)
    if "," in text and "." in text:
        text = text.replace(",", "") if text.rfind(".") > text.rfind(",") else text.replace(".", "").replace(",", ".")
    return text.replace(",", ".")


async def _calculate(turn: SmallTurn, request: SmallRequest, documents: Sequence[Document]) -> LoopEnd | None:
    """A calculation over what was said before: "and half of that?". None where its numbers stand nowhere."""
    past = "\n".join(message.content[:500] for message in turn.history[-2:])
    facts = past + "".join(f"\n{document.name}: {excerpt(document.text, request.text, 700).text}" for document in documents[:1])
    expression = (await turn.ask(SUMS, f"{facts}\n\nQuestion: {request.text}", most=40, pattern=SUM)).text.strip()
    known = (
        {plain_number(match[0]) for match in _NUMBER.finditer(facts + " " + request.text)} | {number for word, number in _WORDED.items() if word in request.text.lower()} | {"2"}
    )
    used = re.findall(r"\d+(?:\.\d+)?", expression)
    if not used or any(not _is_known(number, known) for number in used):
        return None
    state = await turn.do("calc.evaluate", expression=expression)
    return turn.finish(f"{expression} = {_result(state.value, state.text)}") if state.status == "done" else None


def _is_known(number: str, known: set[str]) -> bool:
    return any(abs(float(number) - float(other)) < 1e-9 for other in known if re.fullmatch(r"\d+(?:\.\d+)?", other))


def _result(value: Any, text: str) -> str:
    result = value.get("result", value.get("value")) if isinstance(value, dict) else value
    return _number(result) if isinstance(result, int | float) else text.rpartition("=")[2].strip().rstrip(".") or text
