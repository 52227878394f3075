"""Tables, pictures, calendar, contacts, tasks, code, network: what they do, what they undo, what they say of bad input."""

from __future__ import annotations

import asyncio
import datetime
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from core.errors import ToolFailed, ToolRetry
from core.ports import ToolContext
from tools.builtin import builtin_tools
from tools.desktop_access.atspi import Desktop, Node
from tools.toolbox import LocalToolBox


class Hand:
    """Calls tools the way a run does, and takes changes back."""

    def __init__(self, toolbox: LocalToolBox, context: ToolContext) -> None:
        self._box, self._context = toolbox, context
        self.changed: tuple[Any, ...] = ()

    async def __call__(self, name: str, /, **args: Any) -> Any:
        known, mended = self._box.resolve(name, args)
        self.intent = await self._box.prepare(known, mended, self._context)
        result = await self._box.perform(self.intent, self._context)
        assert await self._box.verify(self.intent, result, self._context) is None
        self.changed = self.intent.changes or self.changed
        return result.value

    async def undo(self) -> None:
        assert all(row["undone"] for row in await self._box.undo(self.changed))


@pytest.fixture
def hand(toolbox: LocalToolBox, context: ToolContext) -> Hand:
    return Hand(toolbox, context)


SALES = "month,region,amount\n2026-01,north,100\n2026-01,south,50\n2026-02,north,75.5\n"


async def test_tables_are_described_asked_and_converted(hand: Hand, workspace: Path) -> None:
    (workspace / "sales.csv").write_text(SALES)
    found = await hand("tables.describe", path="sales.csv")
    assert found["rows"] == 3 and [column["name"] for column in found["columns"]] == ["month", "region", "amount"]
    asked = await hand("tables.query", path="sales.csv", sql="SELECT region, sum(amount) AS total FROM sales GROUP BY region ORDER BY region")
    assert asked["rows"] == [{"region": "north", "total": 175.5}, {"region": "south", "total": 50.0}]
    for ending in ("xlsx", "parquet", "json", "csv"):
        made = await hand("tables.convert", source="sales.csv", target=f"out/copy.{ending}", sql="SELECT * FROM t WHERE amount > 60")
        assert made["rows"] == 2
        again = await hand("tables.query", path=f"out/copy.{ending}", sql="SELECT sum(amount) AS s FROM t")
        assert again["rows"] == [{"s": 175.5}]
    await hand("tables.convert", source="sales.csv", target="gone.xlsx")
    await hand.undo()
    assert not (workspace / "gone.xlsx").exists()


async def test_two_tables_are_joined(hand: Hand, workspace: Path) -> None:
    (workspace / "sales.csv").write_text(SALES)
    (workspace / "heads.json").write_text(json.dumps([{"region": "north", "head": "Ann"}, {"region": "south", "head": "Bob"}]))
    found = await hand("tables.query", path=["sales.csv", "heads.json"], sql="SELECT head, sum(amount) AS s FROM t JOIN t2 USING (region) GROUP BY head ORDER BY head")
    assert found["rows"] == [{"head": "Ann", "s": 175.5}, {"head": "Bob", "s": 50.0}]


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE t", "SELECT 1; SELECT 2", "COPY t TO 'x.csv'", "SELECT * FROM read_csv_auto('/etc/passwd')", "SELECT * FROM '/etc/passwd'", "ATTACH 'x.db'", "INSTALL httpfs", "SELECT nope FROM t", "",
        "SET enable_external_access = true", "SELECT * FROM glob('/*')", "SELECT getenv('HOME')", "SELECT * FROM read_text('/etc/hostname')",
    ],
)  # fmt: skip
async def test_sql_reads_the_tables_and_nothing_else(sql: str, hand: Hand, workspace: Path) -> None:
    (workspace / "sales.csv").write_text(SALES)
    with pytest.raises((ToolRetry, ToolFailed)):
        await hand("tables.query", path="sales.csv", sql=sql)
    assert [file.name for file in workspace.iterdir()] == ["sales.csv"]


@pytest.mark.parametrize(("name", "content"), [("a.xlsx", b"no workbook"), ("a.parquet", b"PAR1"), ("a.bin", b"\0\1")])
async def test_what_is_no_table_is_told(name: str, content: bytes, hand: Hand, workspace: Path) -> None:
    (workspace / name).write_bytes(content)
    with pytest.raises((ToolRetry, ToolFailed)):
        await hand("tables.describe", path=name)


async def test_pictures_are_measured_resized_and_converted(hand: Hand, workspace: Path) -> None:
    from PIL import Image

    Image.new("RGBA", (200, 100), (255, 0, 0, 128)).save(workspace / "red.png")
    assert (await hand("images.info", path="red.png"))["width"] == 200
    made = await hand("images.resize", path="red.png", width=50)
    assert (made["width"], made["height"]) == (50, 25)
    with Image.open(workspace / "red-50x25.png") as smaller:
        assert smaller.size == (50, 25)
    await hand("images.convert", path="red.png", target="grey.jpg", rotate=90, grey=True)
    with Image.open(workspace / "grey.jpg") as picture:
        assert picture.size == (100, 200) and picture.format == "JPEG"
    await hand.undo()
    assert not (workspace / "grey.jpg").exists()
    (workspace / "no.png").write_text("no picture")
    for name, args in (
        ("images.info", {"path": "no.png"}),
        ("images.resize", {"path": "red.png"}),
        ("images.convert", {"path": "red.png", "target": "x.docx"}),
        ("images.resize", {"path": "red.png", "width": 10**6}),
    ):
        with pytest.raises(ToolRetry):
            await hand(name, **args)


async def test_events_are_added_found_and_removed(hand: Hand, context: ToolContext, workspace: Path) -> None:
    today = context.clock.now().astimezone().date()
    await hand("calendar.add", title="Dentist", start=f"{today + datetime.timedelta(days=2)}T15:30", minutes=45, place="Main St")
    await hand("calendar.add", title="Standup", start=f"{today}T09:00", minutes=15, repeat="FREQ=DAILY;COUNT=5")
    await hand("calendar.add", title="Birthday", start="tomorrow", minutes=0)
    found = await hand("calendar.list", days=4)
    assert [row["title"] for row in found["items"]].count("Standup") == 4 and {"Dentist", "Birthday"} <= {row["title"] for row in found["items"]}
    assert next(row for row in found["items"] if row["title"] == "Dentist")["end"][11:16] == "16:15"
    assert (await hand("calendar.list", days=4, search="main"))["count"] == 1
    await hand("calendar.remove", event="dentist")
    assert (await hand("calendar.list", days=4, search="dentist"))["count"] == 0
    await hand.undo()
    assert (await hand("calendar.add", title="Own file", start="2030-01-01 10:00", file="mine"))["start"].startswith("2030-01-01T10:00") and (workspace / "mine.ics").exists()
    for args in ({"title": "x", "start": "when pigs fly"}, {"title": " ", "start": "today"}, {"title": "x", "start": "today", "repeat": "NEVER"}):
        with pytest.raises(ToolRetry):
            await hand("calendar.add", **args)
    with pytest.raises(ToolRetry, match="no event"):
        await hand("calendar.remove", event="nothing")


async def test_contacts_keep_what_they_do_not_understand(hand: Hand, workspace: Path) -> None:
    (workspace / "c.vcf").write_text("BEGIN:VCARD\nVERSION:3.0\nFN:Zoë Ång\nTEL;TYPE=cell:+43 1 234\nX-STRANGE:kept as it\n  is\nEND:VCARD\n")
    await hand("contacts.add", name="Ann, Jr.", phone="123", email="ann@example.org", company="A; B", file="c.vcf")
    found = await hand("contacts.search", query="ann", file="c.vcf")
    assert found["items"] == [{"name": "Ann, Jr.", "phone": ["123"], "email": ["ann@example.org"], "company": "A; B"}]
    assert "X-STRANGE:kept as it is" in (workspace / "c.vcf").read_text() and (await hand("contacts.search", query="234", file="c.vcf"))["items"][0]["name"] == "Zoë Ång"
    await hand("contacts.remove", name="zoë ång", file="c.vcf")
    assert (await hand("contacts.search", file="c.vcf"))["count"] == 1
    await hand.undo()
    assert (await hand("contacts.search", file="c.vcf"))["count"] == 2
    with pytest.raises(ToolRetry, match="No contacts"):
        await hand("contacts.remove", name="Nobody", file="c.vcf")


async def test_tasks_are_a_list_with_boxes(hand: Hand, workspace: Path) -> None:
    (workspace / "todo.md").write_text("# Mine\n\nSome words.\n\n- [ ] Call Ann about the boat\n- [x] Buy milk\n")
    await hand("tasks.add", text="Water the plants", due="2030-05-01", file="todo.md")
    assert [row["text"] for row in (await hand("tasks.list", file="todo.md"))["items"]] == ["Water the plants", "Call Ann about the boat"]
    await hand("tasks.done", task="ann boat", file="todo.md")
    assert "- [x] Call Ann about the boat" in (workspace / "todo.md").read_text() and "Some words." in (workspace / "todo.md").read_text()
    await hand.undo()
    assert "- [ ] Call Ann" in (workspace / "todo.md").read_text()
    await hand("tasks.done", task="buy milk", undo=True, file="todo.md")
    with pytest.raises(ToolRetry, match="no such task"):
        await hand("tasks.done", task="fly to the moon", file="todo.md")
    with pytest.raises(ToolRetry, match="2 tasks"):
        await hand("tasks.add", text="Water the dog", file="todo.md") and await hand("tasks.remove", task="water", file="todo.md")
    with pytest.raises(ToolRetry, match="no day"):
        await hand("tasks.add", text="x", due="someday", file="todo.md")


def sandboxed() -> bool:
    program = shutil.which("bwrap")
    return bool(program) and subprocess.run([program, "--unshare-all", "--ro-bind", "/", "/", "true"], capture_output=True, check=False).returncode == 0  # type: ignore[list-item]


@pytest.mark.skipif(not sandboxed(), reason="bubblewrap is not here, or may not make namespaces")
async def test_code_runs_in_a_box_that_only_reads(hand: Hand, workspace: Path) -> None:
    (workspace / "n.txt").write_text("1\n2\n3\n")
    found = await hand("code.run", code="print(sum(int(line) for line in open('n.txt')))")
    assert found["stdout"] == "6\n"
    for code, said in (
        ("open('x.txt', 'w')", "Read-only"), ("import urllib.request as u; u.urlopen('http://127.0.0.1:1', timeout=2)", "URLError|refused"), ("open('/etc/passwd').read()", "No such file"), ("1/0", "ZeroDivisionError"),
        ("import os; print(os.environ['HOME'])", "KeyError"), ("x = 'a' * 3_000_000_000", "MemoryError"),
    ):  # fmt: skip
        with pytest.raises(ToolFailed, match=said):
            await hand("code.run", code=code)
    assert [file.name for file in workspace.iterdir()] == ["n.txt"]
    with pytest.raises(ToolFailed, match="stopped"):
        await hand("code.run", code="while True: pass", timeout_s=1)


async def test_without_a_sandbox_no_code_runs(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.confinement.program", lambda: "")
    with pytest.raises(ToolFailed, match="bubblewrap"):
        await hand("code.run", code="print(1)")


async def test_the_network_is_looked_at(hand: Hand) -> None:
    assert any(row["address"] == "127.0.0.1" for row in (await hand("network.interfaces"))["items"])
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert (await hand("network.check", host="127.0.0.1", port=port))["open"] is True
    server.close()
    await server.wait_closed()
    assert (await hand("network.check", host="127.0.0.1", port=port, timeout_s=2))["open"] is False
    assert hand.intent.risk == "leaves" and hand.intent.scopes[0].value == "127.0.0.1"
    assert "127.0.0.1" in (await hand("network.resolve", host="localhost"))["addresses"]
    for host in ("", "a b", "x/y"):
        with pytest.raises(ToolRetry):
            await hand("network.check", host=host)


async def test_what_this_machine_lacks_is_said_with_how_to_add_it(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.builtin.presence.shutil.which", lambda name: None)
    monkeypatch.setattr("tools.builtin.presence.sys.platform", "linux")
    for name, args, package in (
        ("notify.show", {"title": "x"}, "libnotify-bin"),
        ("media.control", {"action": "play"}, "playerctl"),
        ("media.volume", {"level": "40"}, "pulseaudio-utils"),
    ):
        with pytest.raises(ToolFailed, match=package):
            await hand(name, **args)
    monkeypatch.setattr("tools.builtin.presence.shutil.which", lambda name: f"/usr/bin/{name}")
    for level in ("loud", "900", "101"):
        with pytest.raises(ToolRetry):
            await hand("media.volume", level=level)


def test_there_are_many_names_for_tools_and_none_stands_for_two() -> None:
    tools = builtin_tools()
    aliases = [alias for tool in tools for alias in tool.aliases]
    assert len(aliases) == len(set(aliases)) >= 130 and not set(aliases) & {tool.name for tool in tools}
    assert all(tool.description and tool.risk for tool in tools)


@pytest.mark.skipif(not sandboxed(), reason="bubblewrap is not here, or may not make namespaces")
async def test_programs_change_the_workspace_only_and_reach_nothing_unless_allowed(hand: Hand, workspace: Path, tmp_path: Path, own_home: Any) -> None:
    await hand("shell.run", argv=["touch", "in.txt", str(tmp_path / "out.txt")])  # /tmp is its own, and gone with it
    assert not (tmp_path / "out.txt").exists() and (workspace / "in.txt").exists()
    own_home.token.write_text("token")
    for argv, said in (
        (["touch", "/usr/out.txt"], "Read-only"),
        (["cat", str(own_home.token)], "No such file"),
        (["nosuchprogram"], "no program nosuchprogram"),
    ):
        with pytest.raises(ToolFailed, match=said):
            await hand("shell.run", argv=argv)
    listening = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    probe = ["python3", "-c", f"import socket; socket.create_connection(('127.0.0.1', {port}), 3)"]
    with pytest.raises(ToolFailed, match=r"refused|unreachable"):
        await hand("shell.run", argv=probe)
    await hand("shell.run", argv=probe, network=True)
    assert "with the network" in hand.intent.preview
    listening.close()
    await listening.wait_closed()
    await hand("shell.run", argv=["touch", str(tmp_path / "out.txt")], unconfined=True)
    assert (tmp_path / "out.txt").exists() and hand.intent.always_ask and "anywhere" in hand.intent.preview


def test_an_element_that_goes_away_while_a_window_is_read_takes_nothing_else_with_it() -> None:
    class Changing(Desktop):
        def __init__(self) -> None:
            pass

        def _children(self, bus: str, path: str) -> list[tuple[str, str]]:
            if path == "/gone":
                raise ToolFailed("The program refuses: No such object path.", code="no_action")
            return {"/window": [(bus, "/gone"), (bus, "/list")], "/list": [(bus, "/row")]}.get(path, [])

        def _node(self, bus: str, path: str, way: str) -> Node:
            return Node(bus, path, "label", path, way, frozenset({"showing"}))

    window = Node(":1", "/window", "frame", "A window", "", frozenset({"showing"}))
    assert [node.object for _, node in Changing().elements(window)] == ["/window", "/gone", "/list", "/row"]
    with pytest.raises(ToolFailed):
        list(Changing().elements(Node(":1", "/gone", "frame", "A window", "", frozenset({"showing"}))))
