"""Tables: CSV, Excel, Parquet and JSON, looked at, asked in SQL, converted. DuckDB does the work, on a copy in memory, shut off from files and network."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

from core.errors import ToolFailed, ToolRetry
from core.ports import ToolContext, ToolResult
from tools import paths
from tools.background import in_thread
from tools.declare import Planned, tool
from tools.files.names import existing
from tools.sandbox.box import in_box
from tools.sandbox.scratch import scratch_folder
from tools.tabular.database import Table, open_tables, run_select
from tools.tabular.outline import describe_columns
from tools.tabular.rendering import CENTS, count_rows, least_decimals, plain, show_columns, show_readings, show_rows
from tools.tabular.typing_columns import quoted
from tools.workbench import Workbench

MAX_ROWS, SAMPLE = 500, 5
TABLE_SECONDS = 120.0  # that looking at tables may take, or writing one
TABLE_MEMORY = 3_000_000_000  # bytes: the database keeps itself to 1 GB, what it is asked to compute does not
ENDINGS = (".csv", ".xlsx", ".parquet", ".json")
_ALL_COLUMNS = re.compile(r"(?:\bselect|\bdistinct|\ball|,|\.|\bcolumns\s*\()\s*\*|^\s*(?:from|summarize|describe)\b|\(\s*from\b", re.I)  # not count(*), nor a product
PATHS = Annotated[str | list[str], "a CSV, Excel, Parquet or JSON file, or several"]
SQL = "one SELECT in DuckDB's SQL; the tables are t, t2, … in the order of the paths, sheets by their names (t: the first)"


@tool("tables.describe", "reads", reads=("path",), aliases=("describe_table", "table_info", "csv_info", "excel_info", "table_columns", "table_schema"))
async def describe(context: ToolContext, path: PATHS, sheet: Annotated[str, "of a workbook; all where empty"] = "") -> ToolResult:
    """Columns with types, number of rows and the first rows of tables, every sheet of a workbook; and how amounts and dates were read."""
    files, sheets = _files(path, context.workspace)
    found = [one for file, own in zip(files, sheets, strict=True) for one in await in_thread(_described, file, own or sheet)]
    value = _shown(found[0]) | {"tables": [_shown(one) for one in found]}
    return ToolResult(value, "\n\n".join(map(_in_words, found)), tainted=_is_outside(files, context.workspace))


@tool("tables.query", "reads", reads=("path",), aliases=("query_table", "sql", "sql_query", "query_csv", "run_sql", "duckdb", "excel_query", "filter_table", "aggregate_table"))
async def query(context: ToolContext, path: PATHS, sql: Annotated[str, SQL], limit: Annotated[int, "rows shown, 500 at most"] = 100) -> ToolResult:
    """Sum, filter, group, join or sort tables by SQL (DuckDB). Amounts (1.234,56 €) and dates are read as such, which is said. tables.convert(source, sql, target) writes the result to a file."""
    files, sheets = _files(path, context.workspace)
    value, text = await in_thread(_asked, files, sheets, sql, max(1, min(limit, MAX_ROWS)))
    return ToolResult(value, text, tainted=_is_outside(files, context.workspace))


@tool(
    "tables.convert",
    "reversible",
    reads=("source",),
    writes=("target",),
    aliases=("convert_table", "csv_to_excel", "excel_to_csv", "csv_to_parquet", "table_convert", "export_table"),
)
def convert(
    bench: Workbench, source: PATHS, target: Annotated[str, "new file: .csv, .xlsx, .parquet or .json"], sql: Annotated[str, f"what to write: {SQL}; all of t where empty"] = ""
) -> Planned:
    """Write a table, or the result of SQL over several tables (a join, say), into a new file."""
    (origins, sheets), goal = _files(source, bench.workspace), paths.target_of(target, bench.workspace)
    if goal.suffix.lower() not in ENDINGS:
        raise ToolRetry(f"A table cannot be written as {goal.suffix or 'a file without ending'}.", hint=f"target ends in {', '.join(ENDINGS)}.")
    with scratch_folder() as folder:
        made = folder / f"table{goal.suffix.lower()}"
        wanted = sql.strip() or "SELECT * FROM t"
        with _slow_sql():
            names, first, count, notes, least = in_box(
                write_table, list(map(str, origins)), sheets, wanted, str(made), files=origins, seconds=TABLE_SECONDS, memory=TABLE_MEMORY, scratch=folder
            )
        changes = (*bench.changes.folders(goal.parent), bench.changes.put_made(goal, made))
    shown = f"{', '.join(map(bench.shown, origins))} → {bench.shown(goal)}"
    text = f"Wrote {count_rows(count)}, {_columns(len(names))}, to {bench.shown(goal)}:\n{_cut(show_rows(names, first, least), count)}{_noted(notes)}"
    value = {"path": str(goal), "rows": count, "columns": names, "first": first}
    return Planned(changes, value, text, f"{shown}\n{show_rows(names, first, least)}", tainted=_is_outside(origins, bench.workspace))


def _files(path: str | list[str], workspace: Path) -> tuple[list[Path], list[str]]:
    """The files, and for each the sheet that was named with it (``book.xlsx#Jan``). Raises :class:`ToolRetry`."""
    names = path if isinstance(path, list) else [path]
    if not names:
        raise ToolRetry("No table is named.", hint="path is a file, or a list of files.")
    parts = [paths.split_sheet(name, workspace) for name in names]
    return [existing(name, workspace).resolve() for name, _ in parts], [sheet for _, sheet in parts]


def _is_outside(files: Sequence[Path], workspace: Path) -> bool:
    return not all(paths.is_inside(file, workspace) for file in files)


def _described(file: Path, sheet: str) -> list[Described]:
    return [(Table.of_json(table), about, rows) for table, about, rows in in_box(describe_tables, str(file), sheet, files=[file], seconds=TABLE_SECONDS, memory=TABLE_MEMORY)]


def _asked(files: Sequence[Path], sheets: Sequence[str], sql: str, limit: int) -> tuple[dict[str, Any], str]:
    with _slow_sql():
        value, text = in_box(ask_tables, list(map(str, files)), list(sheets), sql, limit, files=files, seconds=TABLE_SECONDS, memory=TABLE_MEMORY)
    return value, text


@contextlib.contextmanager
def _slow_sql() -> Iterator[None]:
    """What takes too long is most often the question, not the file."""
    try:
        yield
    except ToolFailed as error:
        if error.code not in ("timeout", "too_large"):
            raise
        limit = f"longer than {TABLE_SECONDS:g} s" if error.code == "timeout" else "more memory than there is for it"
        raise ToolRetry(f"The SQL took {limit} and was stopped.", code=error.code, hint="Join on columns that are equal, or filter first.") from error


Described = tuple[Table, str, list[list[Any]]]  # a table, its columns in words, its first rows


def describe_tables(file: str, sheet: str) -> list[tuple[dict[str, Any], str, list[list[Any]]]]:
    """Each table of a file with its columns and first rows; of a workbook only ``sheet``, where that is given. Called in a box."""
    with open_tables([Path(file)], sheet) as loaded:
        return [
            (
                table.to_json(),
                describe_columns(loaded, table),
                [[plain(value) for value in row] for row in loaded.database.execute(f"SELECT * FROM {quoted(table.name)} LIMIT {SAMPLE}").fetchall()],
            )
            for table in (loaded.tables[:1] if sheet else loaded.tables)
        ]


def _shown(found: Described) -> dict[str, Any]:
    table, _, rows = found
    columns = [{"name": name, "type": kind} for name, kind in table.columns]
    return {"path": str(table.file), "sheet": table.sheet, "rows": table.rows, "columns": columns, "first": rows, "notes": [*table.notes, *show_readings(table.readings)]}


def _in_words(found: Described) -> str:
    table, about, rows = found
    head = f"{table.source}: {count_rows(table.rows)}, {_columns(len(table.columns))}: {about}"
    names = [name for name, _ in table.columns]
    sample = f"\n{_cut(show_rows(names, rows, [CENTS * (name in table.amounts) for name in names]), table.rows)}" if rows else ""
    return f"{head}{_noted([*table.notes, *show_readings(table.readings)])}{sample}"


def _columns(count: int) -> str:
    return f"{count} column" + ("" if count == 1 else "s")


def _cut(sample: str, count: int) -> str:
    """The first rows, with a word that there are more."""
    return sample if count <= SAMPLE else f"{sample}\n… and {count_rows(count - SAMPLE)} more"


def _noted(notes: Sequence[str]) -> str:
    return f"\n({'; '.join(notes)})" if notes else ""


def _notes_of(tables: Sequence[Table], sql: str) -> list[str]:
    """How the tables that a question names were read: what was odd about each, and how its columns came to be numbers or dates."""
    words = set(re.findall(r"\w+", sql.lower()))
    meant = [table for table in tables if not table.sheet or len(tables) == 1 or words & set(re.findall(r"\w+", " ".join(table.names).lower()))]
    return [f"{table.source}: {note}" if len(tables) > 1 else note for table in meant for note in (_reading(table, sql) or (["read"] if table.sheet and len(tables) > 1 else []))]


def _reading(table: Table, sql: str) -> list[str]:
    """What is odd about a table, and how those columns were read that the question uses: those it names, all where it takes all."""
    about = [note for note in table.notes if not note.startswith(("encoding", "separator", "the first line names"))]
    takes_all = bool(_ALL_COLUMNS.search(sql))
    return about + show_readings([(column, reading) for column, reading in table.readings if takes_all or _is_used(column, sql)])


def _is_used(column: str, sql: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(column)}(?!\w)", sql, re.I))


def _least_decimals(tables: Sequence[Table], sql: str) -> int:
    """Two where amounts are asked for: 12.6 of a column of 12.60 is 12.60."""
    takes_all = bool(_ALL_COLUMNS.search(sql))
    return CENTS if any(takes_all or _is_used(name, sql) for table in tables for name in table.amounts) else 0


def ask_tables(files: Sequence[str], sheets: Sequence[str], sql: str, limit: int) -> tuple[dict[str, Any], str]:
    """What SQL gives of tables, as a value and in words. Called in a box."""
    with open_tables(list(map(Path, files)), sheets) as loaded:
        found = run_select(loaded, sql)
        columns = [(column[0], str(column[1])) for column in found.description]
        names = [name for name, _ in columns]
        rows = [[plain(value) for value in row] for row in found.fetchmany(limit + 1)]
        count = len(rows) if len(rows) <= limit else len(rows) + _rest(found)
        rows, notes, least = rows[:limit], _notes_of(loaded.tables, sql), _least_decimals(loaded.tables, sql)
    shown = count_rows(count) + (f", the first {limit}" if count > limit else "")
    value = {"columns": names, "rows": [dict(zip(names, row, strict=False)) for row in rows], "count": count, "shown": len(rows), "notes": notes}
    head = f"{shown}, columns: {show_columns(columns)}\n{show_rows(names, rows, least_decimals(columns, least))}" if rows else f"No rows. Columns: {show_columns(columns)}"
    return value, f"{head}{_noted(notes)}"


def _rest(found: Any) -> int:
    """How many rows are left, without keeping them."""
    count = 0
    while rows := found.fetchmany(10_000):
        count += len(rows)
    return count


def write_table(files: Sequence[str], sheets: Sequence[str], sql: str, target: str) -> tuple[list[str], list[list[Any]], int, list[str], list[int]]:
    """Write what ``sql`` gives; its columns, first rows and number of rows, how the sources were read, and the decimals that each column is shown with at least. Called in a box."""
    import duckdb

    origins, made = list(map(Path, files)), Path(target)
    kept = made.with_name("result.duckdb")
    with open_tables(origins, sheets, at=str(kept)) as loaded:
        run_select(loaded, sql, into="result")
        notes, least = _notes_of(loaded.tables, sql), _least_decimals(loaded.tables, sql)
    with duckdb.connect(str(kept)) as database:  # nobody's SQL reaches this one, so it may write
        columns = [(row[0], row[1]) for row in database.execute("DESCRIBE result").fetchall()]
        alike = _amounts(database, columns) if least and made.suffix == ".csv" else set()
        chosen = ", ".join(f"{_rounded(name, kind, name in alike)} AS {quoted(name)}" for name, kind in columns)
        _export(database, f"SELECT {chosen} FROM result", made)
        first = [[plain(value) for value in row] for row in database.execute(f"SELECT * FROM result LIMIT {SAMPLE}").fetchall()]
        (count,) = database.execute("SELECT count(*) FROM result").fetchall()[0]
        return [name for name, _ in columns], first, count, notes, least_decimals(columns, least)


def _amounts(database: Any, columns: Sequence[tuple[str, str]]) -> set[str]:
    """Columns of a result that have two decimals at most, so that a text file can show two in every row."""
    doubles = [name for name, kind in columns if kind == "DOUBLE"]
    tests = ", ".join(f"bool_and(abs({quoted(name)}) < 1e12 AND abs({quoted(name)} * 100 - round({quoted(name)} * 100)) < 1e-4)" for name in doubles)
    return {name for name, fits in zip(doubles, database.execute(f"SELECT {tests} FROM result").fetchone(), strict=True) if fits} if doubles else set()


def _rounded(name: str, kind: str, is_amount: bool = False) -> str:
    """A column without the noise of binary fractions, twelve digits long; amounts with two decimals."""
    column = quoted(name)
    if is_amount:
        return f"CAST({column} AS DECIMAL(18, {CENTS}))"
    return (
        f"CASE WHEN abs({column}) BETWEEN 1e-9 AND 1e15 THEN round({column}, greatest(0, 11 - floor(log10(abs({column})))::INT)) ELSE {column} END" if kind == "DOUBLE" else column
    )


def _export(database: Any, sql: str, made: Path) -> None:
    if made.suffix == ".xlsx":
        _write_sheet(database.execute(sql), made)
        return
    options = {".csv": "(FORMAT csv, HEADER, DELIMITER ',')", ".parquet": "(FORMAT parquet)", ".json": "(FORMAT json, ARRAY true)"}[made.suffix]
    database.execute(f"COPY ({sql}) TO '{str(made).replace(chr(39), chr(39) * 2)}' {options}")


def _write_sheet(found: Any, made: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("table")
    page.append([column[0] for column in found.description])
    while rows := found.fetchmany(1000):
        for row in rows:
            page.append([_sheet_value(value) for value in row])
    book.save(made)


def _sheet_value(value: Any) -> Any:
    """A value as a workbook can hold it: numbers and days as such, lists as JSON."""
    if hasattr(value, "isoformat"):
        return value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value
    shown = plain(value)
    return json.dumps(shown, ensure_ascii=False) if isinstance(shown, list | dict) else shown
