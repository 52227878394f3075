"""Tables: CSV, Excel, Parquet and JSON, looked at, asked in SQL, converted. DuckDB does the work, on a copy in memory, shut off from files and network."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Annotated, Any

from core.errors import ToolFailed, ToolRetry
from core.ports import ToolContext, ToolResult
from tools import paths
from tools.declare import Planned, tool
from tools.workbench import Workbench

MAX_ROWS = 500
MEMORY = "1GB"
_READERS = {
    ".csv": "read_csv_auto",
    ".tsv": "read_csv_auto",
    ".txt": "read_csv_auto",
    ".parquet": "read_parquet",
    ".json": "read_json_auto",
    ".jsonl": "read_json_auto",
    ".ndjson": "read_json_auto",
}


@tool("tables.describe", "reads", reads=("path",), aliases=("describe_table", "table_info", "csv_info", "excel_info", "table_columns", "table_schema"))
async def describe(context: ToolContext, path: str, sheet: Annotated[str, "of a workbook; the first where empty"] = "") -> ToolResult:
    """Columns, types, number of rows and the first rows of a table."""
    file = paths.existing(path, context.workspace).resolve()
    columns, rows, count = await asyncio.to_thread(_described, file, sheet)
    value = {"path": str(file), "rows": count, "columns": [{"name": name, "type": kind} for name, kind in columns], "first": rows}
    return ToolResult(value, f"{count} rows.\n{_shown([name for name, _ in columns], rows)}", tainted=not paths.is_inside(file, context.workspace))


@tool("tables.query", "reads", reads=("path",), aliases=("query_table", "sql", "sql_query", "query_csv", "run_sql", "duckdb", "excel_query", "filter_table", "aggregate_table"))
async def query(
    context: ToolContext,
    path: Annotated[str | list[str], "a CSV, Excel, Parquet or JSON file, or several"],
    sql: Annotated[str, "a SELECT; the tables are named t, t2, … in the order of the paths, or like their files"],
    limit: Annotated[int, "rows at most"] = 100,
) -> ToolResult:
    """Ask tables a question in SQL."""
    files = [paths.existing(name, context.workspace).resolve() for name in (path if isinstance(path, list) else [path])]
    names, rows = await asyncio.to_thread(_asked, files, sql, max(1, min(limit, MAX_ROWS)))
    tainted = not all(paths.is_inside(file, context.workspace) for file in files)
    return ToolResult(
        {"columns": names, "rows": [dict(zip(names, row, strict=True)) for row in rows], "count": len(rows)}, _shown(names, rows) if rows else "No rows.", tainted=tainted
    )


@tool(
    "tables.convert",
    "reversible",
    reads=("source",),
    writes=("target",),
    aliases=("convert_table", "csv_to_excel", "excel_to_csv", "csv_to_parquet", "table_convert", "export_table"),
)
def convert(
    bench: Workbench, source: str, target: Annotated[str, "new file; .csv, .xlsx, .parquet or .json"], sql: Annotated[str, "what of it, as a SELECT from t; all where empty"] = ""
) -> Planned:
    """Write a table, or what a SELECT takes of it, in another format."""
    origin, goal = paths.existing(source, bench.workspace).resolve(), paths.target_of(target, bench.workspace)
    if goal.suffix.lower() not in (".csv", ".xlsx", ".parquet", ".json"):
        raise ToolRetry("A table is written as .csv, .xlsx, .parquet or .json.")
    with tempfile.TemporaryDirectory(dir=bench.changes.blobs.path("00").parent.parent, prefix="table-") as folder:
        made = Path(folder) / f"table{goal.suffix.lower()}"
        count = _written(origin, sql or "SELECT * FROM t", made)
        changes = (*bench.changes.folders(goal.parent), bench.changes.put_file(goal, made))
    return Planned(changes, {"path": str(goal), "rows": count}, f"Wrote {count} rows to {bench.shown(goal)}.", f"{bench.shown(origin)} → {bench.shown(goal)}")


def _open(files: list[Path]) -> Any:
    """A database in memory that holds the files as tables and can reach nothing else."""
    import duckdb

    database = duckdb.connect(":memory:", config={"memory_limit": MEMORY, "threads": 2})
    try:
        for number, file in enumerate(files, 1):
            _load(database, f"t{number}" if number > 1 else "t", file, "")
            _name_after(database, f"t{number}" if number > 1 else "t", file)
        database.execute("SET enable_external_access = false")
        database.execute("SET lock_configuration = true")
    except duckdb.Error as error:
        database.close()
        raise ToolFailed(f"{files[0].name} cannot be read as a table: {str(error).splitlines()[0][:300]}", code="unreadable") from error
    return database


def _load(database: Any, name: str, file: Path, sheet: str) -> None:
    kind = file.suffix.lower()
    if kind in (".xlsx", ".xlsm"):
        _load_sheet(database, name, file, sheet)
    elif kind in _READERS:
        database.execute(f"CREATE TABLE {name} AS SELECT * FROM {_READERS[kind]}(?)", [str(file)])
    else:
        raise ToolRetry(f"{file.name} is no table: it must end in .csv, .tsv, .xlsx, .parquet or .json.")


def _load_sheet(database: Any, name: str, file: Path, sheet: str) -> None:
    import openpyxl

    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        page = book[sheet] if sheet else book.worksheets[0]
        rows = [list(row) for row in page.iter_rows(values_only=True)]
    except KeyError as error:
        raise ToolRetry(f"{file.name} has no sheet {sheet}; it has {', '.join(book.sheetnames)}.") from error
    except Exception as error:  # openpyxl raises many kinds for damaged files
        raise ToolFailed(f"{file.name} is damaged or no workbook ({type(error).__name__}).", code="unreadable") from error
    heads = [str(value) if value not in (None, "") else f"column{number}" for number, value in enumerate(rows[0] if rows else ["column1"], 1)]
    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="", encoding="utf-8") as scratch:
        import csv

        writer = csv.writer(scratch)
        writer.writerow(heads)
        writer.writerows(rows[1:])
        scratch.flush()
        database.execute(f"CREATE TABLE {name} AS SELECT * FROM read_csv_auto(?, header = true)", [scratch.name])


def _name_after(database: Any, table: str, file: Path) -> None:
    stem = "".join(letter if letter.isalnum() else "_" for letter in file.stem)
    if stem.lower() != table and stem and not stem[0].isdigit():
        database.execute(f'CREATE VIEW "{stem}" AS SELECT * FROM {table}')


def _asked(files: list[Path], sql: str, limit: int) -> tuple[list[str], list[list[Any]]]:
    import duckdb

    database = _open(files)
    try:
        statements = database.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise ToolRetry("Only one SELECT at a time.")
        found = database.execute(sql)
        names = [column[0] for column in found.description]
        return names, [[_plain(value) for value in row] for row in found.fetchmany(limit)]
    except duckdb.Error as error:
        raise ToolRetry(f"The SQL does not work: {str(error).strip()[:600]}") from error
    finally:
        database.close()


def _described(file: Path, sheet: str) -> tuple[list[tuple[str, str]], list[list[Any]], int]:
    database = _open([file]) if not sheet else _open_sheet(file, sheet)
    try:
        columns = [(row[0], row[1]) for row in database.execute("DESCRIBE t").fetchall()]
        rows = [[_plain(value) for value in row] for row in database.execute("SELECT * FROM t LIMIT 5").fetchall()]
        return columns, rows, database.execute("SELECT count(*) FROM t").fetchone()[0]
    finally:
        database.close()


def _open_sheet(file: Path, sheet: str) -> Any:
    import duckdb

    database = duckdb.connect(":memory:")
    _load(database, "t", file, sheet)
    return database


def _written(origin: Path, sql: str, made: Path) -> int:
    names, rows = _asked([origin], sql, 10_000_000)
    if made.suffix == ".xlsx":
        import openpyxl

        book = openpyxl.Workbook(write_only=True)
        page = book.create_sheet("table")
        page.append(names)
        for row in rows:
            page.append([value if isinstance(value, str | int | float | bool) or value is None else json.dumps(value) for value in row])
        book.save(made)
        return len(rows)
    import duckdb

    with duckdb.connect(":memory:") as database:
        _load(database, "t", origin, "")
        _name_after(database, "t", origin)
        options = {".csv": "(HEADER, DELIMITER ',')", ".parquet": "(FORMAT parquet)", ".json": "(FORMAT json, ARRAY true)"}[made.suffix]
        database.execute(f"COPY ({sql.rstrip().rstrip(';')}) TO '{str(made).replace(chr(39), chr(39) * 2)}' {options}")
    return len(rows)


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) or value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)


def _shown(names: list[str], rows: list[list[Any]]) -> str:
    lines = [" | ".join(names), " | ".join("---" for _ in names)]
    return "\n".join(lines + [" | ".join("" if value is None else str(value) for value in row) for row in rows])
