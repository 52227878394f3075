"""Tools that need an account: what they do with one, what they say without."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from app.service.accounts import PersonsAccounts
from app.service.composition import Core
from core.errors import ToolFailed, ToolRetry, UsageError
from core.home import Home
from core.ports import Intent, ToolContext, ToolResult
from models.scripted import ScriptedModel
from tests.helpers.mail_servers import PASSWORD, USER, mail_servers
from tools.blobs import BlobStore
from tools.builtin import builtin_tools
from tools.changes import Changes
from tools.toolbox import LocalToolBox


class Set:
    """Accounts as a test sets them up."""

    def __init__(self, secret: str | None = PASSWORD, **settings: Mapping[str, Any]) -> None:
        self._settings, self._secret = settings, secret

    def settings(self, name: str) -> Mapping[str, Any]:
        return self._settings.get(name, {})

    def secret(self, name: str) -> str | None:
        return self._secret


def box(home: Home, accounts: Set) -> LocalToolBox:
    return LocalToolBox(builtin_tools(), Changes(BlobStore(home.blobs), home.trash), home.notes, None, accounts)


async def call(toolbox: LocalToolBox, context: ToolContext, name: str, /, **args: Any) -> tuple[Intent, ToolResult]:
    intent = await toolbox.prepare(name, args, context)
    return intent, await toolbox.perform(intent, context)


async def test_mail_is_searched_read_and_sent(own_home: Home, context: ToolContext, workspace: Path) -> None:
    (workspace / "plan.txt").write_text("the plan")
    async with mail_servers() as (imap, smtp, sent):
        tools = box(own_home, Set(mail={"imap": imap, "smtp": smtp, "user": USER, "address": "ann@example.org"}))
        intent, found = await call(tools, context, "mail.search")
        assert [(row["id"], row["subject"], row["unread"]) for row in found.value["items"]] == [("7", "Offer", True), ("4", "Grüße", False)] and found.tainted
        assert intent.risk == "leaves" and intent.scopes[0].value == "127.0.0.1"
        assert [row["id"] for row in (await call(tools, context, "mail.search", words="ready"))[1].value["items"]] == ["4"]
        assert [row["id"] for row in (await call(tools, context, "mail.search", unread=True))[1].value["items"]] == ["7"]
        assert (await call(tools, context, "mail.read", id="4"))[1].value["text"] == "The boat is ready."
        assert "very good boat" in (await call(tools, context, "mail.read", id="7"))[1].value["text"]
        intent, _ = await call(
            tools, context, "mail.send", to="bob@example.org, Cy <cy@example.org>", subject="Re:\nGrüße", text="Thanks, I come.", attach=["plan.txt"], reply_to="<4@x>"
        )
        assert intent.always_ask and "bob@example.org" in intent.preview and "plan.txt" in intent.preview
        (message,) = sent
        assert b"In-Reply-To: <4@x>" in message and b"Thanks, I come." in message and b"plan.txt" in message and message.count(b"\nSubject:") == 1
        for name, args, said in (
            ("mail.read", {"id": "99"}, "no message"),
            ("mail.read", {"id": "x y"}, "no id"),
            ("mail.search", {"folder": "Nope"}, "no folder"),
            ("mail.search", {"words": "a\r\nb"}, "line break"),
        ):
            with pytest.raises(ToolRetry, match=said):
                await call(tools, context, name, **args)
        for to in ("", "nobody", "a@b\r\nBcc: evil@example.org"):
            with pytest.raises(ToolRetry, match="no mail address"):
                await call(tools, context, "mail.send", to=to, subject="x", text="x")
        wrong = box(own_home, Set("wrong", mail={"imap": imap, "smtp": smtp, "user": USER}))
        for name, args in (("mail.search", {}), ("mail.send", {"to": "b@example.org", "subject": "x", "text": "x"})):
            with pytest.raises(ToolFailed, match="wrong password"):
                await call(wrong, context, name, **args)
        assert len(sent) == 1


async def test_the_web_is_searched_by_the_engine_of_ones_choice(own_home: Home, context: ToolContext) -> None:
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head)
        results = [{"title": "Boats", "url": "https://example.org/boats", "content": "All boats.", "description": "All the boats."}]
        body = json.dumps({"results": results, "web": {"results": results}}).encode() if "q=" in head else b"<html>"
        status = "403 no" if "denied" in head else "200 ok"
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        _, found = await call(box(own_home, Set(None, search={"url": address})), context, "web.search", query="boats & ships")
        assert found.value["items"] == [{"title": "Boats", "url": "https://example.org/boats", "text": "All boats."}] and found.tainted and "q=boats" in asked[0]
        _, found = await call(box(own_home, Set("key1", search={"brave_url": address})), context, "web.search", query="boats")
        assert found.value["items"][0]["text"] == "All the boats." and "x-subscription-token: key1" in asked[1].lower()
        with pytest.raises(ToolFailed, match="must allow the format"):
            await call(box(own_home, Set(None, search={"url": f"{address}/denied"})), context, "web.search", query="x")
    with pytest.raises(ToolFailed, match="cannot be asked"):
        await call(box(own_home, Set(None, search={"url": address})), context, "web.search", query="boats")


@pytest.mark.parametrize(("name", "args"), [("web.search", {"query": "x"}), ("mail.search", {}), ("mail.send", {"to": "a@b.c", "subject": "x", "text": "x"})])
async def test_without_an_account_it_is_said_how_to_add_one(name: str, args: dict[str, Any], toolbox: LocalToolBox, context: ToolContext) -> None:
    with pytest.raises(ToolFailed, match="deskhand account set"):
        await call(toolbox, context, name, **args)


def test_accounts_are_set_up_and_forgotten(make_core: Callable[..., Core]) -> None:
    core = make_core(planner=ScriptedModel([], "planner"))
    kept: dict[str, str | None] = {}
    keys = type("Kept", (), {"get": lambda self, name: kept.get(name), "set": lambda self, name, value: kept.update({name: value})})()
    accounts = PersonsAccounts(core.settings, keys)
    accounts.put("mail", {"imap": "imap.example.org", "user": "ann"}, "s3cret")
    accounts.put("mail", {"smtp": "smtp.example.org", "user": ""}, None)
    assert accounts.settings("mail") == {"imap": "imap.example.org", "smtp": "smtp.example.org"} and accounts.secret("mail") == "s3cret"
    assert "s3cret" not in core.home.settings.read_text() and "s3cret" not in json.dumps(accounts.list())
    for name, values in (("bank", {}), ("mail", {"password": "x"}), ("search", {"url": "notaurl"}), ("search", {"url": "ftp://x"}), ("mail", {"imap": "https://imap.example.org"})):
        with pytest.raises(UsageError):
            accounts.put(name, values, None)
    accounts.remove("mail")
    assert accounts.settings("mail") == {} and accounts.secret("mail") is None
