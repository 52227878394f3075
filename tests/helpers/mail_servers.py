"""A mailbox and a post office on loopback, as much of IMAP (RFC 3501) and SMTP (RFC 5321) as a client of the standard library needs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

USER, PASSWORD = "ann", "s3cret"
MESSAGES = {
    4: b"From: Bob <bob@example.org>\r\nTo: ann@example.org\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nDate: Mon, 2 Mar 2026 10:00:00 +0000\r\nMessage-ID: <4@x>\r\n\r\nThe boat is ready.\r\n",
    7: b"From: News <n@example.org>\r\nTo: ann@example.org\r\nSubject: Offer\r\nDate: Tue, 3 Mar 2026 10:00:00 +0000\r\nContent-Type: text/html\r\n\r\n<html><body><article><p>Buy a <b>boat</b> today, it is a very good boat that you will like.</p></article></body></html>\r\n",
}  # fmt: skip


async def _imap(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"* OK ready\r\n")
    while line := (await reader.readline()).decode().strip():
        tag, _, rest = line.partition(" ")
        word = rest.split(" ")[0].upper()
        if word == "LOGIN":
            good = USER in rest and PASSWORD in rest
            writer.write(f"{tag} {'OK in' if good else 'NO wrong password'}\r\n".encode())
        elif word in ("SELECT", "EXAMINE"):
            writer.write(f"* 2 EXISTS\r\n{tag} OK [READ-ONLY] done\r\n".encode() if "INBOX" in rest else f"{tag} NO no such mailbox\r\n".encode())
        elif rest.upper().startswith("UID SEARCH"):
            needle = re.search(r'TEXT "(.*)"', rest)
            found = [str(uid) for uid, raw in MESSAGES.items() if (not needle or needle[1].lower().encode() in raw.lower()) and ("UNSEEN" not in rest or uid == 7)]
            writer.write(f"* SEARCH {' '.join(found)}\r\n{tag} OK done\r\n".encode())
        elif rest.upper().startswith("UID FETCH"):
            uid = int(rest.split(" ")[2])
            if uid in MESSAGES:
                raw = MESSAGES[uid].partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if "HEADER" in rest else MESSAGES[uid]
                flags = "" if uid == 7 else "\\Seen"
                writer.write(f"* 1 FETCH (UID {uid} FLAGS ({flags}) BODY[] {{{len(raw)}}}\r\n".encode() + raw + b")\r\n")
            writer.write(f"{tag} OK done\r\n".encode())
        elif word == "CAPABILITY":
            writer.write(f"* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n".encode())
        elif word == "LOGOUT":
            writer.write(f"* BYE\r\n{tag} OK bye\r\n".encode())
            break
        else:
            writer.write(f"{tag} BAD what\r\n".encode())
        await writer.drain()
    writer.close()


def _smtp(sent: list[bytes]):  # type: ignore[no-untyped-def]
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        import base64

        good = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
        writer.write(b"220 ready\r\n")
        while line := (await reader.readline()).decode().strip():
            word = line.split(" ")[0].upper()
            if word == "EHLO":
                writer.write(b"250-here\r\n250 AUTH PLAIN\r\n")
            elif word == "AUTH":
                writer.write(b"235 in\r\n" if good in line else b"535 wrong password\r\n")
            elif word == "DATA":
                writer.write(b"354 go\r\n")
                sent.append(await reader.readuntil(b"\r\n.\r\n"))
                writer.write(b"250 taken\r\n")
            elif word == "QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
            await writer.drain()
        writer.close()

    return serve


@asynccontextmanager
async def mail_servers() -> AsyncIterator[tuple[str, str, list[bytes]]]:
    """``(imap, smtp, sent)``: addresses, and the messages that were handed in."""
    sent: list[bytes] = []
    box, post = await asyncio.start_server(_imap, "127.0.0.1", 0), await asyncio.start_server(_smtp(sent), "127.0.0.1", 0)
    async with box, post:
        yield f"127.0.0.1:{box.sockets[0].getsockname()[1]}", f"127.0.0.1:{post.sockets[0].getsockname()[1]}", sent
