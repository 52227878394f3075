"""Mail by IMAP and SMTP, with the person's own account. The password stands in the keyring; without an account the answer says how to add one.

Reading leaves the machine for the mail server only; what is read comes from outside. Sending always asks.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import imaplib
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any, TypeVar

from core.errors import ToolFailed, ToolRetry
from core.ports import Scope, ToolContext, ToolResult
from tools import pages, paths
from tools.availability import needs_account
from tools.background import in_thread
from tools.declare import tool
from tools.framing import from_outside
from tools.regular_files import read_regular
from tools.sandbox.box import in_box

SECONDS = 30.0
MOST_TEXT, MOST_ATTACHED = 50_000, 20_000_000
LOOPBACK = ("localhost", "127.0.0.1", "::1")
Result = TypeVar("Result")
HOW = "deskhand account set mail --imap HOST --smtp HOST --user NAME --key-stdin"
READING, SENDING = (needs_account("mail", "mail account", "user", field, "key", how=HOW) for field in ("imap", "smtp"))
DRAFT = "files.write puts the message into a file that the person can send."


@dataclass(frozen=True, slots=True)
class Account:
    """``imap`` and ``smtp`` are ``host`` or ``host:port``; without TLS only on this machine."""

    imap: str
    smtp: str
    user: str
    password: str
    address: str

    @property
    def hosts(self) -> tuple[str, str]:
        return self.imap.partition(":")[0], self.smtp.partition(":")[0]


def _account(context: ToolContext) -> Account:
    row = context.accounts.settings("mail") if context.accounts else {}
    password = context.accounts.secret("mail") if context.accounts else None
    if not row.get("user") or not password or not (row.get("imap") or row.get("smtp")):
        raise ToolFailed(
            "No mail account is set up. `deskhand account set mail --imap HOST --smtp HOST --user NAME --key-stdin` takes one; the password goes to the keyring.",
            code="no_account",
            hint=DRAFT,
        )
    return Account(str(row.get("imap", "")), str(row.get("smtp", "")), str(row["user"]), password, str(row.get("address") or row["user"]))


def _imap_scope(args: dict, context: ToolContext) -> tuple[Scope, ...]:
    return (Scope("host", _account(context).hosts[0], False),)


def _smtp_scope(args: dict, context: ToolContext) -> tuple[Scope, ...]:
    return (Scope("host", _account(context).hosts[1], False),)


@tool(
    "mail.search",
    "leaves",
    account="mail",
    unavailable=READING,
    instead="Ask the person for the message, or look for saved ones with files.find.",
    aliases=("search_mail", "list_emails", "search_emails", "read_inbox", "check_mail", "get_emails", "unread_mail", "list_mail"),
    scopes=_imap_scope,
    limit=2,
)
async def search(
    context: ToolContext,
    words: Annotated[str, "in subject, sender or text; empty: the newest"] = "",
    folder: Annotated[str, "of the mailbox"] = "INBOX",
    unread: Annotated[bool, "only unread ones"] = False,
    limit: Annotated[int, "messages at most, 100"] = 15,
) -> ToolResult:
    """Messages of the mailbox, newest first: id, date, sender, subject. mail.read gives one whole."""
    account = _account(context)

    def work(box: imaplib.IMAP4) -> list[dict[str, Any]]:
        _select(box, folder)
        criteria = [*(["UNSEEN"] if unread else []), *(["TEXT", _quoted(words)] if words else [])] or ["ALL"]
        _, found = box.uid("SEARCH", *criteria)
        ids = (found[0] or b"").split()[::-1][: max(1, min(limit, 100))]
        return [_head(box, uid) for uid in ids]

    rows = await _with_box(account, work)
    text = "\n".join(f"- [{row['id']}] {row['date'][:16]} {row['from']}: {row['subject']}{' (unread)' if row['unread'] else ''}" for row in rows)
    return ToolResult(
        {"items": rows, "count": len(rows)}, from_outside(f"{len(rows)} messages of {folder}, newest first", text) if text else "There are no such messages.", tainted=True
    )


@tool(
    "mail.read",
    "leaves",
    account="mail",
    unavailable=READING,
    instead="Ask the person for the message.",
    aliases=("read_mail", "read_email", "get_email", "show_email", "open_email"),
    scopes=_imap_scope,
    limit=2,
)
async def read(context: ToolContext, id: Annotated[str, "as mail.search gives it"], folder: Annotated[str, "the same as in mail.search"] = "INBOX") -> ToolResult:
    """One message, as text. It stays unread."""
    if not id.isdigit():
        raise ToolRetry(f"{id!r} is no id of a message.", hint="mail.search gives the ids, such as 1204.")

    def work(box: imaplib.IMAP4) -> dict[str, Any]:
        _select(box, folder)
        _, found = box.uid("FETCH", id, "(BODY.PEEK[])")
        if not found or not isinstance(found[0], tuple):
            raise ToolRetry(f"There is no message {id} in {folder}.", code="not_found", hint="mail.search gives the ids of a folder.")
        return _whole(id, found[0][1])

    row = await _with_box(_account(context), work)
    attached = "".join(f"\n[{item['name']}, {item['bytes']} bytes]" for item in row["attachments"])
    return ToolResult(
        row,
        from_outside(f"Message {id} of {folder}", f"From: {row['from']}\nTo: {row['to']}\nDate: {row['date']}\nSubject: {row['subject']}\n\n{row['text']}{attached}"),
        tainted=True,
    )


@tool(
    "mail.send", "leaves", account="mail", unavailable=SENDING, instead=DRAFT, aliases=("send_mail", "send_email", "email", "write_email", "reply_email", "compose_email"), scopes=_smtp_scope, reads=("attach",), always_ask=lambda args: True,
    preview=lambda args: f"To: {args.get('to')}\nSubject: {args.get('subject', '')}\nAttached: {', '.join(args.get('attach') or []) or 'nothing'}\n\n{args.get('text', '')}", limit=1,
)  # fmt: skip
async def send(
    context: ToolContext,
    to: Annotated[str | list[str], "address, or several"],
    subject: Annotated[str, "its subject line"],
    text: Annotated[str, "the message, plain text"],
    attach: Annotated[list[str], "files to send along"] = [],  # noqa: B006
    reply_to: Annotated[str, "Message-ID that this answers"] = "",
) -> ToolResult:
    """Send a mail from the person's account, with files. Always asks first; cannot be undone."""
    account = _account(context)
    message = _message(account, [to] if isinstance(to, str) else to, subject, text, reply_to)
    for name in attach:
        await in_thread(_attach, message, paths.existing(name, context.workspace).resolve())

    def work() -> None:
        with _smtp(account) as server:
            server.login(account.user, account.password)
            server.send_message(message)

    await _bounded(work, account.hosts[1])
    return ToolResult({"to": message["To"], "subject": subject}, f"Sent to {message['To']}: {subject}")


def _message(account: Account, to: list[str], subject: str, text: str, reply_to: str) -> EmailMessage:
    receivers = [part.strip() for item in to for part in item.split(",") if part.strip()]
    wrong = [item for item in receivers if "@" not in parseaddr(item)[1] or any(letter in item for letter in "\r\n")]
    if not receivers or wrong:
        raise ToolRetry(f"{', '.join(wrong) or 'Nobody'} is no mail address.", hint="to is name@host, or several; contacts.search finds addresses.")
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = account.address, ", ".join(receivers), " ".join(subject.split())
    if reply_to:
        message["In-Reply-To"] = message["References"] = " ".join(reply_to.split())
    message.set_content(text)
    return message


def _attach(message: EmailMessage, file: Path) -> None:
    import mimetypes

    if not file.is_file() or file.stat().st_size > MOST_ATTACHED:
        raise ToolRetry(f"{file.name} is no file, or larger than {MOST_ATTACHED // 1_000_000} MB.", hint="attach names files; files.archive makes one file of a folder.")
    main, _, sub = (mimetypes.guess_type(file.name)[0] or "application/octet-stream").partition("/")
    message.add_attachment(read_regular(file), maintype=main, subtype=sub, filename=file.name)


def _host(text: str, port: int) -> tuple[str, int, bool]:
    """Host, port, and whether it is on this machine without TLS."""
    host, _, given = text.partition(":")
    return host, int(given) if given.isdigit() else port, host in LOOPBACK


def _box(account: Account) -> imaplib.IMAP4:
    host, port, plain = _host(account.imap, 993)
    return imaplib.IMAP4(host, port, timeout=SECONDS) if plain else imaplib.IMAP4_SSL(host, port, ssl_context=ssl.create_default_context(), timeout=SECONDS)


def _smtp(account: Account) -> smtplib.SMTP:
    host, port, plain = _host(account.smtp, 465)
    if plain:
        return smtplib.SMTP(host, port, timeout=SECONDS)
    if port == 587:
        server = smtplib.SMTP(host, port, timeout=SECONDS)
        server.starttls(context=ssl.create_default_context())
        return server
    return smtplib.SMTP_SSL(host, port, context=ssl.create_default_context(), timeout=SECONDS)


async def _with_box(account: Account, work: Callable[[imaplib.IMAP4], Result]) -> Result:
    def whole() -> Result:
        with _box(account) as box:
            box.login(account.user, account.password)
            return work(box)

    return await _bounded(whole, account.hosts[0])


async def _bounded(work: Callable[[], Result], host: str) -> Result:
    """In a thread, with the libraries' errors in words. Raises :class:`ToolFailed`."""
    try:
        async with asyncio.timeout(SECONDS * 3):
            return await in_thread(work)
    except (imaplib.IMAP4.error, smtplib.SMTPAuthenticationError) as error:
        raise ToolFailed(f"{host} refuses: {_words(error)}", code="refused_by_server", hint="The person can look at the account with `deskhand account list`.") from error
    except (smtplib.SMTPException, OSError, TimeoutError) as error:
        raise ToolFailed(
            f"{host} cannot be reached or failed: {_words(error)}",
            code="unreachable",
            retryable=True,
            hint="It may work again later; the person can look at the account with `deskhand account list`.",
        ) from error


def _words(error: BaseException) -> str:
    said = error.args[-1] if error.args else error
    return (said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said))[:300] or type(error).__name__


def _select(box: imaplib.IMAP4, folder: str) -> None:
    status, said = box.select(_quoted(folder), readonly=True)
    if status != "OK":
        raise ToolRetry(
            f"There is no folder {folder} ({(said[0] or b'').decode('utf-8', 'replace')[:100]}).",
            code="not_found",
            hint="INBOX is always there; others are called as in the person's mail program.",
        )


def _quoted(text: str) -> str:
    if any(letter in text for letter in "\r\n\0"):
        raise ToolRetry("That holds a line break.", hint="folder and words are one line.")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _head(box: imaplib.IMAP4, uid: bytes) -> dict[str, Any]:
    _, found = box.uid("FETCH", uid.decode(), "(FLAGS BODY.PEEK[HEADER.FIELDS (FROM TO SUBJECT DATE MESSAGE-ID)])")
    flags, header = found[0] if found and isinstance(found[0], tuple) else (b"", b"")
    message = email.message_from_bytes(header, policy=email.policy.default)
    return {"id": uid.decode(), "from": str(message["From"] or ""), "subject": str(message["Subject"] or ""), "date": str(message["Date"] or ""), "unread": b"\\Seen" not in flags}


def _whole(uid: str, raw: bytes) -> dict[str, Any]:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    body = message.get_body(preferencelist=("plain", "html"))  # type: ignore[attr-defined]
    text = body.get_content() if body else ""
    if body is not None and body.get_content_type() == "text/html":
        text = in_box(pages.readable_mail, text, seconds=pages.SECONDS)
    attached = [{"name": part.get_filename() or "", "bytes": len(part.get_payload(decode=True) or b"")} for part in message.iter_attachments()]  # type: ignore[attr-defined]
    return {
        "id": uid, "from": str(message["From"] or ""), "to": str(message["To"] or ""), "subject": str(message["Subject"] or ""), "date": str(message["Date"] or ""),
        "message_id": str(message["Message-ID"] or ""), "text": text.strip()[:MOST_TEXT], "attachments": attached,
    }  # fmt: skip
