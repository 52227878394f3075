"""A file over HTTP that goes on where it stopped, in this process or in an earlier one.

Each try asks the file's own address anew, as those that it leads to are signed for an hour. HTTP's rules for parts of files: RFC 9110, section 14;
``X-Linked-Size`` and ``X-Linked-Etag``: the model hub's, on the answer that leads to the store.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from core.errors import ModelError
from core.network.http import is_untrusted, make_client
from models.sources import files, verification
from models.sources.offers import RemoteFile
from models.sources.partial import PartialFile
from models.sources.transfer import Transfer, Tries

if TYPE_CHECKING:
    import httpx

STALL_SECONDS = 30.0  # without a byte: the connection is given up and opened anew
CHUNK = 256 * 1024  # bytes that a try must bring at least to count as progress
_PASSING = (408, 425, 429, 500, 502, 503, 504)


class _TryAgain(Exception):
    """This try brought no end; ``host`` is who answered, ``wait`` in seconds what it asks for."""

    def __init__(self, host: str, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.host, self.wait = host, wait


def fetch_over_http(file: RemoteFile, part: PartialFile, transfer: Transfer, headers: Mapping[str, str], magic: bytes = verification.MAGIC) -> None:
    """Bring the whole of ``file`` into ``part``. ``headers`` go to the file's own host only; ``magic`` is what the file must begin with.

    Raises :class:`ModelError`: ``hub_refused``, ``not_found``, ``hub_unreachable``, ``not_gguf``, ``wrong_size``, ``disk_full``; and ``Cancelled``.
    """
    import httpx

    tries = Tries(transfer.stop)
    with make_client(timeout=STALL_SECONDS, follow_redirects=True, headers={"Accept-Encoding": "identity", **headers}) as client:
        while True:
            before = part.size
            try:
                _Try(client, file, part, transfer, magic).run()
                return
            except (httpx.TransportError, httpx.TooManyRedirects, _TryAgain) as error:
                reason, wait = plain(error), getattr(error, "wait", 0.0)
                host = error.host if isinstance(error, _TryAgain) else error.request.url.host
            if not tries.pause(part.size >= before + CHUNK, wait):
                raise ModelError(f"{file.name} could not be fetched from {host}: {reason}", code="hub_unreachable", hint="What has come is kept: fetch it again later.")


class _Try:
    """One request for what is still missing."""

    def __init__(self, client: httpx.Client, file: RemoteFile, part: PartialFile, transfer: Transfer, magic: bytes) -> None:
        self._client, self._file, self._part, self._transfer, self._magic = client, file, part, transfer, magic

    def run(self) -> None:
        """Append what comes until the file is whole. Raises :class:`_TryAgain`, httpx's errors and :class:`ModelError`."""
        version = self._part.state.get("version", "")
        start = self._part.resume(self._file.sha256 or version) if version else 0
        if start and start == self._file.bytes:
            return
        wanted = {"Range": f"bytes={start}-"} if start else {}
        with self._client.stream("GET", self._file.address, headers=wanted) as response:
            if response.status_code == 416 and start:
                self._end_of_range(response, start)
                return
            self._require_good(response)
            chunks = response.iter_raw()
            if not start or response.status_code != 206:
                chunks = self._require_kind(chunks, response)  # before anything of ours is thrown away: it may be the page of a proxy
            whole = self._begin(response, start) or self._file.bytes
            self._append(chunks, response)
        if self._part.size != (whole or max(1, self._part.size)):
            raise _TryAgain(response.url.host, f"{self._part.size:,} of {whole:,} bytes came")

    def _end_of_range(self, response: httpx.Response, start: int) -> None:
        """There is nothing behind what we have: either it is the whole file, or the file is another one now."""
        match = re.fullmatch(r"bytes \*/(\d+)", response.headers.get("content-range", ""))
        if start != (int(match[1]) if match else self._file.bytes):
            self._part.discard()
            raise _TryAgain(response.url.host, "the file has changed there")

    def _require_good(self, response: httpx.Response) -> None:
        """Raises :class:`ModelError` where asking again is of no use, else :class:`_TryAgain`."""
        status, host = response.status_code, response.url.host
        if status < 300:
            return
        if status in _PASSING or (response.history and status in (401, 403, 404)):  # signed addresses expire
            raise _TryAgain(host, f"it answers {status}", retry_after(response.headers))
        if status in (401, 403):
            hint = "The model may need its licence accepted and a token: deskhand model login."
            raise ModelError(f"{host} does not hand out {self._file.name} ({status}).", code="hub_refused", hint=hint)
        raise ModelError(f"{host} has no {self._file.name} ({status}).", code="not_found", hint="Check the name.")

    def _begin(self, response: httpx.Response, start: int) -> int:
        """Bytes of the whole file (0: not told), once it is sure that what comes fits behind what is there."""
        version, whole = self._file.sha256 or _version(response), _whole(response)
        if whole and self._file.bytes and whole != self._file.bytes:
            raise ModelError(
                f"{response.url.host} sends {whole:,} bytes as {self._file.name}, and {self._file.bytes:,} were told.", code="wrong_size", hint="Choose another source."
            )
        goes_on = response.status_code == 206 and response.headers.get("content-range", "").startswith(f"bytes {start}-")
        if start and goes_on and version == self._part.state.get("version"):
            return whole
        self._part.begin(version)
        self._require_room(whole)
        if start and response.status_code == 206:
            raise _TryAgain(response.url.host, "the file has changed there")
        return whole

    def _require_room(self, whole: int) -> None:
        """For a file whose size nobody told before. Raises :class:`ModelError` ``disk_full``."""
        if not self._file.bytes and whole and whole + files.SPARE > (free := files.free_bytes(self._part.path.parent)):
            said = f"{self._file.name} takes {files.size_text(whole)}, and {files.size_text(free)} of disk are free."
            raise ModelError(said, code="disk_full", hint="Free some space, or choose a smaller one.")

    def _append(self, chunks: Iterator[bytes], response: httpx.Response) -> None:
        with self._part.path.open("ab") as out:
            for chunk in self._bounded(chunks, response):
                with self._part.told():
                    out.write(chunk)
                    out.flush()
                self._transfer.report(out.tell())

    def _bounded(self, chunks: Iterator[bytes], response: httpx.Response) -> Iterator[bytes]:
        size = self._part.size
        for chunk in chunks:
            size += len(chunk)
            if self._file.bytes and size > self._file.bytes:
                raise ModelError(f"{response.url.host} sends more than the {self._file.bytes:,} bytes of {self._file.name}.", code="wrong_size", hint="Choose another source.")
            yield chunk

    def _require_kind(self, chunks: Iterator[bytes], response: httpx.Response) -> Iterator[bytes]:
        """The same chunks, once the first of them have shown what the file is. Raises :class:`ModelError` ``not_gguf``."""
        head = b""
        for chunk in chunks:
            head += chunk
            if len(head) >= verification.HEAD:
                break
        if head and not head.startswith(self._magic):
            verification.require_gguf(self._file.name, head, response.url.host)
        return chain((head,) if head else (), chunks)


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that a server asks to wait: ``Retry-After`` (RFC 9110, 10.2.3), or ``t=`` of ``RateLimit`` as the model hub sends it; 0 where it says nothing."""
    said = headers.get("retry-after", "")
    if said.strip().isdigit():
        return float(said)
    match = re.search(r"\bt=(\d+)", headers.get("ratelimit", ""))
    return float(match[1]) if match else 0.0


def plain(error: BaseException | None) -> str:
    """What an error says, in one line."""
    if is_untrusted(error):
        return "its certificate is not trusted here (name who signed it in SSL_CERT_FILE)."
    return re.sub(r"\s+", " ", str(error) or type(error).__name__)[:200].rstrip(".") + "."


def _header(response: httpx.Response, name: str) -> str:
    """A header of the answer, or of the first that led to it."""
    answers: list[Any] = [*response.history, response]
    return next((answer.headers[name] for answer in answers if name in answer.headers), "")


def _version(response: httpx.Response) -> str:
    tag = _header(response, "x-linked-etag") or response.headers.get("etag", "") or response.headers.get("last-modified", "")
    return tag.removeprefix("W/").strip('"') or f"{_whole(response)} bytes"


def _whole(response: httpx.Response) -> int:
    """Bytes of the whole file, however much of it comes; 0 where it is not told."""
    if response.status_code == 206:
        match = re.search(r"/(\d+)$", response.headers.get("content-range", ""))
        return int(match[1]) if match else 0
    return int(response.headers.get("content-length") or 0)
