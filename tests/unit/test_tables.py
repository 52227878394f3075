"""Tables as people keep them: what is read from odd files, what is said of how it was read, and what is written out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from core.errors import ToolError, ToolRetry
from core.ports import ToolContext, ToolResult
from tools.tabular.rendering import number_text, show_rows, tidy
from tools.toolbox import LocalToolBox

DATA = Path(__file__).parents[1] / "data" / "tables"


class Caller:
    """Calls tools the way a run does."""

    def __init__(self, toolbox: LocalToolBox, context: ToolContext) -> None:
        self._box, self._context = toolbox, context

    async def __call__(self, name: str, /, **args: Any) -> ToolResult:
        known, mended = self._box.resolve(name, args)
        return await self._box.perform(await self._box.prepare(known, mended, self._context), self._context)


@pytest.fixture
def call(toolbox: LocalToolBox, context: ToolContext, workspace: Path) -> Caller:
    for file in DATA.iterdir():
        shutil.copy(file, workspace)
    return Caller(toolbox, context)


@pytest.mark.parametrize(
    ("file", "sql", "value", "said"),
    [
        ("german_cp1252.csv", "SELECT sum(Betrag) AS s FROM t", -1296.06, "Betrag: numbers with a decimal comma, point for thousands"),
        ("german_utf8.csv", "SELECT sum(Betrag) AS s FROM german_utf8", -1296.06, "decimal comma"),
        ("sepline.csv", "SELECT sum(Amount) AS s FROM t", 30, "1 row"),
        ("preamble.csv", "SELECT sum(Amount) AS s FROM t", -1020.5, "2 lines before the table left out"),
        ("us_dates.csv", "SELECT month(first(date)) AS s FROM t", 3, "month/day/year (a row has 31 second)"),
        ("eu_dates.csv", "SELECT month(first(date)) AS s FROM t", 4, "day/month/year (a row has 31 first)"),
        ("amb_dates.csv", "SELECT first(date) AS s FROM t", "03/04/2026", "ask the person"),
        ("zeros.csv", "SELECT first(postcode) AS s FROM t", "01067", "leading zeros"),
        ("ragged.csv", "SELECT sum(c) AS s FROM t", 14, "2 rows have fewer cells"),
        ("dupheads.csv", "SELECT first(name_2) AS s FROM t", "b", "a second column name is called name_2"),
        ("newlines.csv", "SELECT first(note) AS s FROM t", "line one\nline two", "1 row"),
        ("bom.csv", "SELECT first(Name) AS s FROM t", "A", "1 row"),
        ("budget.xlsx", "SELECT sum(Amount) AS s FROM Feb", 924.5, "budget.xlsx, sheet Feb"),
        ("budget.xlsx", "SELECT sum(Amount) AS s FROM t", 1069.5, "budget.xlsx, sheet Jan"),
    ],
)
async def test_odd_tables_give_the_right_value_and_say_how_they_were_read(file: str, sql: str, value: Any, said: str, call: Caller) -> None:
    result = await call("tables.query", path=file, sql=sql)
    assert result.value["rows"] == [{"s": value}] and said in result.text


@pytest.mark.parametrize(
    ("cells", "total", "note"),
    [
        (["1.234,56 €", "12,00 €"], 1246.56, "decimal comma, point for thousands, currency taken off"),
        (["$1,234.50", "-$2.25"], 1232.25, "comma for thousands, currency taken off"),
        (["(12.50)", "2.50"], -10.0, ""),
        (["1 234,50", "0,50"], 1235.0, "decimal comma"),
        (["10", "n/a", "5"], 15, "1 × no value read as empty"),
        (["1.5", "2.25"], 3.75, ""),
        (["12,50-", "2,00"], -10.5, "decimal comma"),
    ],
)
async def test_amounts_become_numbers_and_that_is_said(cells: list[str], total: float, note: str, call: Caller, workspace: Path) -> None:
    (workspace / "amounts.csv").write_text("Name;Amount\n" + "".join(f"n;{cell}\n" for cell in cells))
    result = await call("tables.query", path="amounts.csv", sql="SELECT sum(Amount) AS s FROM t")
    assert result.value["rows"] == [{"s": pytest.approx(total)}] and note in result.text


@pytest.mark.parametrize("cells", [["1,234.50", "1.234,50"], ["007", "12"], ["12 apples", "3"]])
async def test_what_is_no_plain_number_stays_text_and_that_is_said(cells: list[str], call: Caller, workspace: Path) -> None:
    (workspace / "texts.csv").write_text("Name;Amount\n" + "".join(f"n;{cell}\n" for cell in cells))
    described = await call("tables.describe", path="texts.csv")
    assert described.value["columns"][1]["type"] == "VARCHAR" and described.value["first"][0][1] == cells[0]


async def test_several_tables_and_all_sheets_are_described_in_one_call(call: Caller) -> None:
    result = await call("tables.describe", paths=["german_utf8.csv", "budget.xlsx", "empty.csv", "headonly.csv"])
    assert [(row["sheet"], row["rows"]) for row in result.value["tables"]] == [("", 3), ("Jan", 3), ("Feb", 2), ("", 0), ("", 0)]
    assert "german_utf8.csv: 3 rows, 3 columns: Datum (date 2026-01-03 to 2026-01-07), Empfänger (text), Betrag (number -1234.56 to " in result.text
    assert "budget.xlsx, sheet Feb: 2 rows" in result.text and "there are no rows" in result.text
    only = await call("tables.describe", path="budget.xlsx", sheet="Feb")
    assert len(only.value["tables"]) == 1 and only.value["rows"] == 2
    with pytest.raises(ToolRetry) as caught:
        await call("tables.describe", path="budget.xlsx", sheet="March")
    assert caught.value.hint == "Its sheets are Jan, Feb."


async def test_an_unnamed_last_column_does_not_cost_the_heads(call: Caller) -> None:
    found = await call("tables.describe", path="dupheads.xlsx")
    assert [column["name"] for column in found.value["columns"]] == ["Name", "Name_2", "column3"] and found.value["rows"] == 2


@pytest.mark.parametrize(
    ("sql", "hints"),
    [
        ("SELECT Amnt FROM t", ("Datum (date), Empfänger (text), Betrag (number)", "DuckDB")),
        ("SELECT date_format(Datum) FROM t", ("date_format(…) is strftime(day, '%Y-%m') here",)),
        ("SELECT * FROM nowhere", ("t or german_utf8",)),
        ("DELETE FROM t", ("Betrag (number)",)),
    ],
)
async def test_a_wrong_question_is_answered_with_the_columns_that_there_are(sql: str, hints: tuple[str, ...], call: Caller) -> None:
    with pytest.raises(ToolRetry) as caught:
        await call("tables.query", path="german_utf8.csv", sql=sql)
    assert all(hint in caught.value.hint for hint in hints)


async def test_long_results_are_counted_and_cut_with_a_word(call: Caller) -> None:
    result = await call("tables.query", path="zeros.csv", sql="SELECT * FROM range(1204)", limit=3)
    assert result.text.startswith("1,204 rows, the first 3, columns: range") and result.value["count"] == 1204 and len(result.value["rows"]) == 3
    wide = show_rows(["a"], [["x" * 250] for _ in range(200)])
    assert "more rows were left out here" in wide and len(wide) < 25_000


def test_numbers_are_shown_as_floats_can_carry_them() -> None:
    assert tidy(2031.1000000000004) == 2031.1 and number_text(0.1 + 0.2) == "0.3" and number_text(1e14) == "100000000000000"
    assert show_rows(["a"], [[2031.1000000000004], [12.25], [3.0]]).splitlines()[2:] == ["2031.10", "12.25", "3.00"]
    assert show_rows(["a"], [[60.4647058824], [54.5], [0.0]]).splitlines()[2:] == ["60.464706", "54.500000", "0.000000"]
    assert show_rows(["a"], [[0.0000012], [54.54625]]).splitlines()[2:] == ["1.2e-06", "54.54625"]
    assert show_rows(["a"], [[0.00125], [54.54625]]).splitlines()[2:] == ["0.00125", "54.54625"]


async def test_a_join_is_written_out_and_says_what_it_wrote(call: Caller, workspace: Path) -> None:
    (workspace / "heads.csv").write_text("Name,Head\nA,Ann\nB,Bob\n")
    join = "SELECT Head, Amount * 1.1 AS raised FROM t JOIN heads USING (Name) ORDER BY Head"
    for ending in ("csv", "xlsx", "json", "parquet"):
        result = await call("tables.convert", source=["bom.csv", "heads.csv"], target=f"joined.{ending}", sql=join)
        assert result.text.startswith(f"Wrote 2 rows, 2 columns, to joined.{ending}:\nHead | raised\n--- | ---\nAnn | 11") and result.value["rows"] == 2
    assert (workspace / "joined.csv").read_text() == "Head,raised\nAnn,11.0\nBob,22.0\n"
    assert json.loads((workspace / "joined.json").read_text()) == [{"Head": "Ann", "raised": 11.0}, {"Head": "Bob", "raised": 22.0}]
    page = openpyxl.load_workbook(workspace / "joined.xlsx").active
    assert page is not None and list(page.values) == [("Head", "raised"), ("Ann", 11), ("Bob", 22)]


async def test_what_is_written_holds_no_noise_of_fractions(call: Caller, workspace: Path) -> None:
    (workspace / "sums.csv").write_text("a\n0.1\n0.2\n")
    await call("tables.convert", source="sums.csv", target="sum.csv", sql="SELECT sum(a) AS s FROM t")
    assert (workspace / "sum.csv").read_text() == "s\n0.3\n"


@pytest.mark.parametrize("sql", ["SELECT * FROM read_text('/etc/hostname')", "SELECT 1; SELECT 2", "COPY t TO 'x.csv'", "SELECT * FROM read_csv_auto('/etc/passwd')"])
async def test_what_is_written_comes_from_the_named_tables_only(sql: str, call: Caller, workspace: Path) -> None:
    before = {file.name for file in workspace.iterdir()}
    with pytest.raises(ToolError):
        await call("tables.convert", source="bom.csv", target="leak.csv", sql=sql)
    assert {file.name for file in workspace.iterdir()} == before


def test_a_sheet_may_be_called_like_its_file_but_for_the_case(tmp_path: Path) -> None:
    import openpyxl

    from tools.tabular.database import open_tables

    book = openpyxl.Workbook()
    book.active.title = "Members"
    for row in (("name", "fee"), ("Anna", 12), ("Ben", 30)):
        book.active.append(row)
    book.create_sheet("Former").append(("name", "left"))
    book.save(tmp_path / "members.xlsx")
    with open_tables([tmp_path / "members.xlsx"]) as loaded:
        assert loaded.database.execute("SELECT sum(fee) FROM Members").fetchone()[0] == 42
        assert loaded.database.execute("SELECT sum(fee) FROM members").fetchone()[0] == 42


def _write_sales(workspace: Path) -> None:
    rows = [f"2026-01-{1 + number % 28:02},{('paid', 'open', 'paid')[number % 3]},{number + 0.6:.2f},{number + 1.25:.3f},C{number}" for number in range(40)]
    (workspace / "sales.csv").write_text("\n".join(["day,status,price,weight,customer", *rows, "2026-02-01,,1.00,1.125,C99\n"]))


async def test_a_first_look_names_types_and_the_values_of_short_columns(call: Caller, workspace: Path) -> None:
    _write_sales(workspace)
    head = (await call("files.read", path="sales.csv")).text.partition("\n")[0]
    assert (
        "columns: day (date 2026-01-01 to 2026-02-01), status (text: paid 27, open 13, empty 1), price (number 0.60 to 39.60), weight (number 1.125 to 40.25), customer (text)"
        in head
    )
    assert "columns:" not in (await call("files.read", path="sales.csv", start=3)).text
    first, second, frame = (await call("files.read", path="budget.xlsx")).text.splitlines()[:3]
    assert first.startswith("── sheet Jan, in SQL t or Jan: 3 rows below the header; columns: Date (date and time 2026-01-") and second.startswith(
        "── sheet Feb, in SQL Feb: 2 rows below the header; "
    )
    assert frame.startswith("── budget.xlsx (XLSX, 2 sheets: Jan, Feb ") and "columns" not in frame


async def test_values_that_are_many_long_or_single_are_not_named(call: Caller, workspace: Path) -> None:
    many = "".join(f"{number % 13},x{number % 13},{'long ' * 6},A (1)\n" for number in range(39))
    (workspace / "many.csv").write_text("n,many,long,odd\n" + many)
    head = (await call("files.read", path="many.csv")).text.partition("\n")[0]
    assert 'columns: n (whole number 0 to 12), many (text), long (text), odd (text: "A (1)" 39)' in head


async def test_amounts_keep_two_decimals(call: Caller, workspace: Path) -> None:
    _write_sales(workspace)
    one = await call("tables.query", path="sales.csv", sql="SELECT 2 * price AS double FROM t LIMIT 1")
    assert one.text == "1 row, columns: double (number)\ndouble\n---\n1.20" and one.value["rows"] == [{"double": 1.2}]
    typed = await call("tables.query", path="sales.csv", sql="SELECT CAST(count(*) AS DECIMAL(9, 3)) AS n FROM t")
    assert typed.text.startswith("1 row, columns: n (number)\nn\n---\n41.000")
    assert "2026-01-01 | paid | 0.60 | " in (await call("tables.describe", path="sales.csv")).text
    (workspace / "two.csv").write_text("a;b;c\n1,5;2,25;3,10\n")
    two = await call("tables.query", path="two.csv", sql="SELECT a FROM t")
    assert "a\n---\n1.5\n(a: numbers with a decimal comma)" in two.text
    await call("tables.convert", source="sales.csv", target="out.csv", sql="SELECT price FROM t ORDER BY price LIMIT 2")
    assert (workspace / "out.csv").read_text() == "price\n0.60\n1.00\n"


async def test_a_sheet_is_named_with_its_workbook(call: Caller, workspace: Path) -> None:
    assert (await call("tables.query", path="budget.xlsx#Feb", sql="SELECT sum(Amount) AS s FROM t")).value["rows"] == [{"s": 924.5}]
    assert (await call("tables.describe", path=["budget.xlsx#Feb", "bom.csv"])).value["tables"][0]["sheet"] == "Feb"
    (workspace / "odd.xlsx#name.csv").write_text("a\n1\n")
    assert (await call("tables.query", path="odd.xlsx#name.csv", sql="SELECT a FROM t")).value["count"] == 1


async def test_the_first_look_is_bounded(call: Caller, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.tabular.outline.ROWS", 30)
    monkeypatch.setattr("tools.documents.plain.WHOLE", 500)
    _write_sales(workspace)
    large = (await call("files.read", path="sales.csv", lines=2)).text
    assert "status (text: paid 20, open 10), price (number 0.60 to 29.60)" in large and "customer (text) (by the first 30 rows)) ──\nday,status" in large
    monkeypatch.setattr("tools.tabular.outline.BOOK_ROWS", 4)
    book = (await call("files.read", path="budget.xlsx")).text
    assert "── sheet Jan, in SQL t or Jan: " in book and book.count("(by the first 2 rows)") == 2
    (workspace / "wide.csv").write_text(",".join(f"column{number:03}" for number in range(200)) + "\n" + ",".join("x" * 200) + "\n")
    assert " more; tables.describe(path) names all" in (await call("files.read", path="wide.csv")).text
    (workspace / "many").mkdir()
    for number in range(8):
        (workspace / f"many/{number}.csv").write_text("a,b\n1,2\n")
    assert (await call("files.read", path="many")).text.count("; columns: a (whole number, all 1), b (whole number, all 2)") == 6


async def test_a_table_can_be_written_before_anything_else_was_kept(workspace: Path, context: ToolContext, tmp_path: Path) -> None:
    from tools.blobs import BlobStore
    from tools.builtin import builtin_tools
    from tools.changes import Changes

    (workspace / "a.csv").write_text("a\n1\n")
    fresh = LocalToolBox(builtin_tools(), Changes(BlobStore(tmp_path / "new/blobs"), tmp_path / "trash"), tmp_path / "notes")
    assert "Wrote 1 row" in (await Caller(fresh, context)("tables.convert", source="a.csv", target="b.json")).text


@pytest.mark.parametrize(
    ("sql", "note"),
    [
        ("SELECT count(*) AS n, sum(b) AS s FROM t", "(b: numbers with a decimal comma)"), ("SELECT count(*) AS n FROM t", ""), ("SELECT name FROM t", ""), ("SELECT 2*3 AS x, name FROM t", ""),
        ("SELECT * FROM t", "(a, b, c d: numbers with a decimal comma)"), ("FROM t", "(a, b, c d:"), ("SELECT t.* FROM t", "(a, b, c d:"), ("SELECT name, \"c d\" FROM t", "(c d:"),
        ("SELECT sum(B) AS s FROM t WHERE a > 1", "(a, b: "),
    ],
)  # fmt: skip
async def test_only_the_columns_that_a_question_uses_are_said_to_be_read_specially(sql: str, note: str, call: Caller, workspace: Path) -> None:
    (workspace / "three.csv").write_text("name;a;b;c d\nx;1,5;2,25;3,125\n")
    text = (await call("tables.query", path="three.csv", sql=sql)).text
    assert text.rpartition("\n")[2].startswith(note) if note else "decimal comma" not in text


async def test_the_first_look_says_the_range_of_numbers_and_days(call: Caller, workspace: Path) -> None:
    (workspace / "r.csv").write_text("date,at,n,price,all,none\n2026-03-01,2026-03-01 08:30,7,1.50,4,\n2025-12-24,2026-03-02 09:00,,12.25,4,\n")
    head = (await call("files.read", path="r.csv")).text.partition("\n")[0]
    assert (
        "date (date 2025-12-24 to 2026-03-01), at (date and time 2026-03-01T08:30:00 to 2026-03-02T09:00:00), n (whole number, all 7, 1 empty), price (number 1.50 to 12.25), all (whole number, all 4)"
        in head
    )
    described = (await call("tables.describe", path="r.csv")).text
    assert "date (date 2025-12-24 to 2026-03-01)" in described and "price (number 1.50 to 12.25)" in described


async def test_every_name_of_a_sheet_that_is_said_works_in_sql(call: Caller, workspace: Path) -> None:
    book = openpyxl.Workbook()
    for number, title in enumerate(("members", "Order", "2026 plan")):
        page = book.active if number == 0 else book.create_sheet()
        page.title = title
        for row in (("name", "fee"), ("Anna", number + 1)):
            page.append(row)
    book.save(workspace / "members.xlsx")
    lines = [line for line in (await call("files.read", path="members.xlsx")).text.splitlines() if ", in SQL " in line]
    said = [line.partition(", in SQL ")[2].partition(": ")[0] for line in lines]
    assert said == ["t or members", '"Order"', '"2026 plan"']
    for number, names in enumerate(said):
        for name in names.split(" or "):
            assert (await call("tables.query", path="members.xlsx", sql=f"SELECT fee FROM {name}")).value["rows"] == [{"fee": number + 1}]


async def test_a_part_of_a_file_does_not_end_as_if_it_were_all(call: Caller, workspace: Path) -> None:
    (workspace / "long.txt").write_text("".join(f"line {number}\n" for number in range(1, 51)))
    text = (await call("files.read", path="long.txt", lines=20)).text
    assert text.endswith("── end of lines 1 to 20 of long.txt ──\n(long.txt: left out: 30 lines after; start=21 reads on.)")
    assert (await call("files.read", path="long.txt")).text.endswith("── end of long.txt ──")


async def test_heads_are_kept_where_the_last_column_is_mostly_empty(call: Caller, workspace: Path) -> None:
    (workspace / "people.csv").write_text("name,email,phone\nAnn,a@x.example,\nBob,b@x.example,\nCem,c@x.example,\nDan,d@x.example,0170 5\n")
    found = await call("tables.query", path="people.csv", sql="SELECT count(*) AS n FROM t WHERE phone IS NULL")
    assert found.value["rows"] == [{"n": 3}]
    (workspace / "padded.csv").write_text("Turnover;;;\n;;;\nday;what;amount;note\n2026-01-01;a;1;\n2026-01-02;b;2;\n2026-01-03;c;3;\n")
    assert (await call("tables.query", path="padded.csv", sql="SELECT sum(amount) AS s FROM t")).value["rows"] == [{"s": 6}]
