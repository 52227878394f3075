"""Files as tables of a DuckDB in memory that can reach neither files nor network once they are loaded."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from core.errors import ToolFailed, ToolRetry
from tools.regular_files import name_for_library, open_regular
from tools.tabular.grid import Grid, grid_of_sheet, grid_of_text
from tools.tabular.rendering import show_columns
from tools.tabular.typing_columns import Typed, quoted, type_columns

MEMORY = "1GB"  # what the database keeps itself to; the box around it bounds the rest
TEXTS, BOOKS = (".csv", ".tsv", ".txt", ".tab"), (".xlsx", ".xlsm")
READERS = {".parquet": "read_parquet", ".json": "read_json_auto", ".jsonl": "read_json_auto", ".ndjson": "read_json_auto"}
KINDS = "Tables are .csv, .tsv, .txt, .xlsx, .parquet, .json and .jsonl."
_ELSEWHERE = {  # what other dialects call it, as they are most often tried
    "date_format": "strftime(day, '%Y-%m')", "to_char": "strftime(day, '%Y-%m')", "to_date": "strptime(text, '%d.%m.%Y')::DATE", "str_to_date": "strptime(text, '%d.%m.%Y')::DATE", "getdate": "today()",
    "nvl": "coalesce(a, b)", "isnull": "coalesce(a, b)", "charindex": "strpos(text, part)", "datediff": "date_diff('day', a, b)", "to_number": "try_cast(text AS DOUBLE)", "convert": "try_cast(x AS DOUBLE)",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """One table in the database: how SQL calls it, where it comes from, its columns with their DuckDB types."""

    name: str
    file: Path
    sheet: str
    columns: tuple[tuple[str, str], ...]
    rows: int
    notes: tuple[str, ...]  # what is odd about the file, and how it was read
    readings: tuple[tuple[str, str], ...] = ()  # columns that are not as they stand, each with how they were read
    aliases: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ()  # columns whose fractions all have two decimals

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it; :meth:`of_json` makes it again."""
        return asdict(self) | {"file": str(self.file)}

    @staticmethod
    def of_json(fields: dict[str, Any]) -> Table:
        pairs = {name: tuple((one, two) for one, two in fields[name]) for name in ("columns", "readings")}
        return Table(**fields | pairs | {name: tuple(fields[name]) for name in ("notes", "aliases", "amounts")} | {"file": Path(fields["file"])})

    @property
    def names(self) -> tuple[str, ...]:
        """What SQL may call it."""
        return (self.name, *self.aliases)

    @property
    def called(self) -> str:
        """How SQL calls it, as it is said to who asks: by its place (``t``, ``t2``) or its name; a further sheet by its title alone, where that is free."""
        is_further = "_" in self.name and self.aliases
        return self.aliases[0] if is_further else " or ".join(self.names[:2])

    @property
    def source(self) -> str:
        return f"{self.file.name}, sheet {self.sheet}" if self.sheet else self.file.name


@dataclass(slots=True)
class Loaded:
    """An open database with its tables."""

    database: Any
    tables: list[Table] = field(default_factory=list)

    @property
    def described(self) -> str:
        """The tables with their columns, for who wrote SQL that does not fit."""
        return "; ".join(f"{table.called} ({table.source}) has {show_columns(table.columns)}" for table in self.tables[:6])

    def add(self, name: str, file: Path, sheet: str, notes: Sequence[str], aliases: Sequence[str] = (), typed: Sequence[Typed] = ()) -> None:
        """Take a table of the database into the list, with views by its other names where those are free."""
        columns = tuple((row[0], row[1]) for row in self.database.execute(f"DESCRIBE {quoted(name)}").fetchall())
        count = self.database.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()[0]
        unique = {alias.lower(): alias for alias in reversed(aliases) if alias}  # names differ by more than their case, as in SQL
        taken = self._names()
        free = [alias for alias in dict.fromkeys(aliases) if unique.get(alias.lower()) == alias and alias.lower() not in taken]
        for alias in free:
            self.database.execute(f"CREATE TEMP VIEW {quoted(alias)} AS SELECT * FROM {quoted(name)}")
        reserved = {row[0] for row in self.database.execute("SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'reserved'").fetchall()}
        shown = tuple(alias if alias.isidentifier() and alias.lower() not in reserved else quoted(alias) for alias in free)
        readings = tuple((one.name, one.note) for one in typed if one.note)
        self.tables.append(Table(name, file, sheet, columns, count, tuple(notes), readings, shown, tuple(one.name for one in typed if one.decimals)))

    def _names(self) -> set[str]:
        return {row[0].lower() for row in self.database.execute("SELECT table_name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views()").fetchall()}


@contextmanager
def open_tables(files: Sequence[Path], sheet: str | Sequence[str] = "", at: str = ":memory:", most: int = 0) -> Iterator[Loaded]:
    """Called in a box (:mod:`tools.sandbox.box`), which ends what takes too long. The files as tables ``t``, ``t2`` …, and by the names of files and sheets; shut off before anything is asked of it. Raises :class:`ToolError`.

    ``sheet`` comes first of a workbook's: one name for all files, or one for each. ``most`` bounds the rows of a text, and those of all sheets of a workbook together; 0 reads all.
    """
    import duckdb

    database = duckdb.connect(at, config={"memory_limit": MEMORY, "threads": 2})
    loaded = Loaded(database)
    try:
        for number, file in enumerate(files, 1):
            try:
                _load(loaded, f"t{number}" if number > 1 else "t", file, sheet if isinstance(sheet, str) else sheet[number - 1], most)
            except duckdb.Error as error:
                raise ToolFailed(
                    f"{file.name} cannot be read as a table: {str(error).splitlines()[0][:300]}", code="unreadable", hint=f"{KINDS} files.read shows it as text."
                ) from error
        database.execute("SET enable_external_access = false")
        database.execute("SET lock_configuration = true")
        yield loaded
    finally:
        database.close()


def _load(loaded: Loaded, name: str, file: Path, sheet: str, most: int) -> None:
    kind = file.suffix.lower()
    stem = "".join(letter if letter.isalnum() else "_" for letter in file.stem)
    names = (stem, file.stem, file.name)
    if kind in BOOKS:
        _load_book(loaded, name, file, sheet, names, most)
    elif kind in TEXTS:
        with grid_of_text(file) as grid:
            typed = _load_grid(loaded.database, name, grid, most)
        loaded.add(name, file, "", grid.notes, names, typed)
    elif kind in READERS:
        open_regular(file).close()  # the database opens by name, and would wait for a pipe
        loaded.database.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {READERS[kind]}(?)", [name_for_library(file)])
        loaded.add(name, file, "", (), names)
    else:
        raise ToolRetry(f"{file.name} is no table.", code="unreadable", hint=f"{KINDS} files.read and documents.read show other files as text.")


def _load_book(loaded: Loaded, name: str, file: Path, sheet: str, names: Sequence[str], most: int) -> None:
    """Every sheet is a table of its own name; the one that is asked for, or the first, is also called after the file."""
    import openpyxl

    opened = open_regular(file)
    try:
        book = openpyxl.load_workbook(opened, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises many kinds for damaged files
        opened.close()
        raise ToolFailed(
            f"{file.name} is damaged or no workbook ({type(error).__name__}).", code="unreadable", hint="Files of the old kind .xls have to be saved as .xlsx first."
        ) from error
    try:
        pages = {page.title: page for page in book.worksheets}
        if sheet and sheet not in pages:
            raise ToolRetry(f"{file.name} has no sheet {sheet}.", code="not_found", hint=f"Its sheets are {', '.join(pages)}.")
        first = sheet or next(iter(pages), "")
        for number, title in enumerate([first, *(title for title in pages if title != first)] if pages else [], 1):
            table = name if number == 1 else f"{name}_{number}"
            grid = grid_of_sheet(pages[title].iter_rows(values_only=True))
            typed = _load_grid(loaded.database, table, grid, share_of(most, len(pages)))
            loaded.add(table, file, title, grid.notes, (title, *(names if number == 1 else ())), typed)
    finally:
        book.close()
        opened.close()


def share_of(most: int, sheets: int) -> int:
    """The rows of each sheet, where a workbook may have ``most``; 0 is no bound."""
    return max(1, most // sheets) if most else 0


def _load_grid(database: Any, name: str, grid: Grid, most: int) -> list[Typed]:
    """A grid as a table with typed columns; how each of them was read."""
    if not grid.heads:
        database.execute(f"CREATE TEMP TABLE {quoted(name)} (column1 VARCHAR)")
        return []
    raw = f"raw_{name}"
    columns = ", ".join(f"{_text(head)}: 'VARCHAR'" for head in grid.heads)
    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="", encoding="utf-8") as scratch:
        writer = csv.writer(scratch, quoting=csv.QUOTE_ALL)
        writer.writerows(islice(grid.rows, most) if most else grid.rows)
        scratch.flush()
        options = f"header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"', new_line = '\\r\\n', max_line_size = 16000000, columns = {{{columns}}}"
        database.execute(f"CREATE TEMP TABLE {quoted(raw)} AS SELECT * FROM read_csv(?, {options})", [scratch.name])
    typed = type_columns(database, quoted(raw), grid.heads)
    database.execute(f"CREATE TEMP TABLE {quoted(name)} AS SELECT {', '.join(f'{one.sql} AS {quoted(one.name)}' for one in typed)} FROM {quoted(raw)}")
    database.execute(f"DROP TABLE {quoted(raw)}")
    return typed


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def run_select(loaded: Loaded, sql: str, into: str = "") -> Any:
    """The relation that a SELECT gives, or with ``into`` a table of that name. Raises :class:`ToolRetry` with the columns that there are."""
    import duckdb

    database = loaded.database
    try:
        statements = database.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise ToolRetry("Only one SELECT at a time.", hint=f"Tables: {loaded.described}.")
        return database.execute(f"CREATE TABLE {into} AS {statements[0].query.rstrip().rstrip(';')}" if into else sql)
    except duckdb.Error as error:
        raise ToolRetry(f"The SQL does not work: {_first_words(error)}", hint=f"{_instead(sql, str(error))}It is DuckDB's SQL. Tables: {loaded.described}.") from error


def _first_words(error: Exception) -> str:
    """What DuckDB says, without the picture of the place and without every form of a function."""
    return " ".join(str(error).partition("\n\nLINE ")[0].partition("\n\tCandidate functions")[0].split())[:600]


def _instead(sql: str, said: str) -> str:
    wrong = [f"{name}(…) is {own} here" for name, own in _ELSEWHERE.items() if f"name {name} " in said.lower() or (f"{name}(" in sql.lower() and f"'{name}(" in said.lower())]
    return "; ".join(wrong) + ". " if wrong else ""
