"""Money: rates fetched once, kept, dated; what is no currency or no rate is said."""

from __future__ import annotations

import datetime
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from core.clock import FakeClock
from core.errors import ToolFailed, ToolRetry
from core.ports import ToolContext
from tools.builtin.money import currency, read_rates
from tools.toolbox import LocalToolBox

RATES = b"""<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<Cube><Cube time="2026-11-25"><Cube currency="USD" rate="1.25"/><Cube currency="GBP" rate="0.8"/><Cube currency="JPY" rate="160"/></Cube></Cube></gesmes:Envelope>"""


class Bank(http.server.BaseHTTPRequestHandler):
    body, asked = RATES, 0

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(200)
        self.end_headers()
        self.wfile.write(type(self).body)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def bank() -> Iterator[tuple[type[Bank], str]]:
    kind = type("Bank", (Bank,), {"asked": 0})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield kind, f"http://127.0.0.1:{server.server_port}/rates.xml"
    server.shutdown()
    server.server_close()


@dataclass
class Accounts:
    url: str

    def settings(self, name: str) -> dict[str, str]:
        return {"url": self.url} if name == "rates" else {}

    def secret(self, name: str) -> str | None:
        return None


@pytest.fixture
def at(toolbox: LocalToolBox, context: ToolContext, bank: tuple[type[Bank], str]) -> tuple[LocalToolBox, ToolContext]:
    toolbox._accounts = Accounts(bank[1])
    return toolbox, replace(context, clock=FakeClock(datetime.datetime(2026, 11, 26, 9, tzinfo=datetime.UTC)))


async def call(at: tuple[LocalToolBox, ToolContext], **args: Any) -> tuple[Any, Any]:
    intent = await at[0].prepare("money.convert", args, at[1])
    return intent, await at[0].perform(intent, at[1])


async def test_rates_are_fetched_once_and_then_nothing_leaves(at: Any, bank: Any) -> None:
    first, result = await call(at, amount=100, source="dollars", target="£")
    assert first.risk == "leaves" and first.scopes[0].value == "127.0.0.1"
    assert result.value["result"] == 64 and "2026-11-25" in result.text
    second, result = await call(at, amount=64, source="GBP", target="usd")
    assert second.risk == "reads" and second.scopes[0].kind == "none" and result.value["result"] == 100
    assert (await call(at, amount=2, source="euros", target="yen"))[1].value["result"] == 320
    assert bank[0].asked == 1


async def test_old_rates_are_used_and_said_to_be_old_where_no_new_ones_come(at: Any, bank: Any) -> None:
    await call(at, amount=1, source="EUR", target="USD")
    bank[0].body = b"<html>maintenance</html>"
    later = (at[0], replace(at[1], run_id="run_later", clock=FakeClock(datetime.datetime(2026, 12, 20, 9, tzinfo=datetime.UTC))))
    intent, result = await call(later, amount=1, source="EUR", target="USD")
    assert intent.risk == "leaves" and "25 days old" in result.text


async def test_what_cannot_be_converted_is_said(at: Any, bank: Any) -> None:
    with pytest.raises(ToolRetry, match="no currency"):
        await call(at, amount=1, source="seashells", target="EUR")
    with pytest.raises(ToolFailed, match="no rate for XAU"):
        await call(at, amount=1, source="XAU", target="EUR")
    at[0]._accounts.url = "http://127.0.0.1:9/none"
    with pytest.raises(ToolFailed, match="gives no rates"):
        await call((at[0], replace(at[1], run_id="other")), amount=1, source="USD", target="EUR")


@pytest.mark.parametrize(
    ("said", "code"), [("dollars", "USD"), ("US dollars", "USD"), ("quid", "GBP"), ("chf", "CHF"), ("€", "EUR"), ("swiss francs", "CHF"), ("kilograms", ""), ("", "")]
)
def test_currencies_as_people_write_them(said: str, code: str) -> None:
    assert currency(said) == code


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<a/>",
        b"{}",
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Cube time="2026-01-01">&e;</Cube>',
        b'<Cube time="2026-01-01"><Cube currency="USD" rate="0"/></Cube>',
    ],
)
def test_a_document_without_rates_is_refused(document: bytes) -> None:
    with pytest.raises(ValueError):
        read_rates(document)
