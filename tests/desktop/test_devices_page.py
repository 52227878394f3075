"""The Devices page: cards, a code to join with, words to compare, rights; and a plan with a lane for each machine."""

from __future__ import annotations

import base64
from typing import Any

from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from app.desktop.pages.device_cards import DeviceCard, doing
from app.desktop.pages.devices import DevicesPage
from app.desktop.theme import Theme
from app.desktop.widgets.plan_graph import PlanGraph

SVG = base64.b64encode(b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40" fill="#fff"/></svg>').decode()


def device(name: str, **more: Any) -> dict[str, Any]:
    shown = {"id": f"dev_{name}", "name": name, "online": True, "words": "apple river piano globe", "paired_at": "2026-11-25T10:00:00Z", "seen_at": "2026-11-25T10:00:00+00:00"}
    return (
        shown | {"card": {"rights": ["read"], "tools": ["a", "b"]}, "live": {"load": 0.25, "running": 1, "free_memory_bytes": 8e9}, "said": "linux, 8 processors", "open": 0} | more
    )


class Connection:
    """A core with these devices."""

    def __init__(self, rows: list[dict[str, Any]], member: dict[str, Any] | None = None) -> None:
        self.rows, self.member, self.sent = rows, member or {}, list[tuple[str, str, Any]]()

    def get(self, path: str, done: Any, failed: Any = None) -> None:
        if path.endswith("membership"):
            done(self.member)
        elif path == "/api/devices":
            done(self.rows)
        else:
            done(self.rows[0] | {"work": [{"created_at": "2026-11-25T10:00:00+00:00", "state": "ended", "status": "failed", "said": "<b>list</b> the files"}]})

    def post(self, path: str, body: Any, done: Any = None, failed: Any = None) -> None:
        self.sent.append(("POST", path, body))
        if path.endswith("invite"):
            done({"code": "DH1-AAAAA", "svg": SVG, "addresses": ["192.168.1.2:4733"], "expires_at": 0, "qr": ""})
        elif "BAD" in str(body):
            failed({"message": "That invitation is not complete.", "hint": ""})

    def put(self, path: str, body: Any, done: Any = None, failed: Any = None) -> None:
        self.sent.append(("PUT", path, body))

    patch = put

    def delete(self, path: str, done: Any = None, failed: Any = None) -> None:
        self.sent.append(("DELETE", path, None))


def page(qtbot: QtBot, connection: Connection) -> DevicesPage:
    made = DevicesPage(Theme(QApplication.instance(), "light"), connection)  # type: ignore[arg-type]
    qtbot.addWidget(made)
    made.refresh()
    return made


def press(widget: Any, text: str) -> None:
    next(one for one in widget.findChildren(QPushButton) if one.text() == text and one.isEnabled()).click()


def words(widget: Any) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def test_a_code_is_shown_and_the_words_are_compared_when_somebody_joined(qtbot: QtBot) -> None:
    connection = Connection([])
    shown = page(qtbot, connection)
    assert "No other machine" in words(shown)

    press(shown, "Add a device")
    assert "deskhand device join DH1-AAAAA" in words(shown) and "192.168.1.2:4733" in words(shown)

    connection.rows = [device("office")]
    shown._look()
    assert "apple river piano globe" in words(shown) and "DH1-AAAAA" not in words(shown._top.itemAt(0).widget())
    press(shown, "They are not: remove it")
    assert connection.sent[-1] == ("DELETE", "/api/devices/dev_office", None)


def test_a_card_says_how_a_machine_is_removes_only_at_the_second_click_and_reads_no_markup(qtbot: QtBot) -> None:
    connection = Connection([device("office")])
    card = DeviceCard(connection.rows[0], connection, True)  # type: ignore[arg-type]
    qtbot.addWidget(card)
    assert doing(connection.rows[0]) == "1 at work · load 25 % · 8 GB memory free"
    assert doing(device("x", online=False, open=2)).endswith("2 waiting for it")
    assert "<b>list</b>" in words(card) and all(label.textFormat().name == "PlainText" for label in card.findChildren(QLabel) if "<b>" in label.text())
    with qtbot.waitSignal(card.asked) as asked:
        press(card, "Ask it")
    assert asked.args == ["office"]
    press(card, "Remove")
    assert not connection.sent
    press(card, "Really remove: it is cut off at once")
    assert connection.sent == [("DELETE", "/api/devices/dev_office", None)]


def test_joining_shows_what_is_wrong_and_rights_are_taken_back(qtbot: QtBot) -> None:
    connection = Connection([])
    shown = page(qtbot, connection)
    field = shown.findChild(QLineEdit)
    field.setText("hello")
    assert not next(one for one in shown.findChildren(QPushButton) if one.text() == "Join").isEnabled()
    field.setText("DH1-BAD")
    press(shown, "Join")
    assert "not complete" in words(shown)

    member = {
        "id": "d",
        "name": "laptop",
        "hub": "desk",
        "words": "a b c d",
        "workspace": "/w",
        "rights": ["read", "change", "act"],
        "online": True,
        "refused": False,
        "duties": [],
    }
    shown = page(qtbot, member_connection := Connection([], member))
    box = next(box for box in shown.findChildren(QCheckBox) if "cannot" in box.text())
    box.setChecked(False)
    assert member_connection.sent[-1] == ("PUT", "/api/devices/membership/rights", {"rights": ["read", "change"]})


def test_a_plan_over_several_machines_has_a_lane_for_each(qtbot: QtBot) -> None:
    graph = PlanGraph(Theme(QApplication.instance(), "light"))
    qtbot.addWidget(graph)
    graph.resize(600, 300)
    steps = [
        {"id": "s1", "tool": "files.list", "args": {}, "needs": [], "device": "office"}, {"id": "s2", "tool": "device.bring", "args": {"device": "office"}, "needs": ["s1"], "device": "here"},
        {"id": "s3", "tool": "files.list", "args": {}, "needs": ["s1"], "device": "here", "where": {"gpu_gb": 8}},
    ]  # fmt: skip
    graph.set_plan(steps)
    assert graph.lanes() == ["here", "office"] and graph._nodes["s1"].x() > graph._nodes["s2"].x()

    graph.set_state("s3", {"status": "running", "device": "nas", "placed": "nas is soonest."})

    assert graph.lanes() == ["here", "office", "nas"] and graph._nodes["s3"].x() > graph._nodes["s1"].x()
    assert "on nas" in graph._nodes["s3"].accessibleName() and "soonest" in graph._nodes["s3"].toolTip()
