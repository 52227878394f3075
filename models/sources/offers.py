"""What a source offers: a model with its size and licence, and the files that it consists of."""

from __future__ import annotations

from dataclasses import dataclass

HUB, REGISTRY, ADDRESS = "hub", "registry", "address"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file inside a package of the Python registry: ``package`` with its version (``name==1.0``), ``member`` a pattern of the path in its wheel."""

    package: str
    member: str


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a model: its name in the models folder, its size in bytes (0: not told), its SHA-256 (empty: not told), and where it is fetched from."""

    name: str
    bytes: int = 0
    sha256: str = ""
    address: str = ""
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that can be fetched.

    ``id`` is what ``deskhand model pull`` takes, ``bytes`` all files together (0: not told), ``licence`` the publisher's word for it,
    ``source`` one of :data:`HUB`, :data:`REGISTRY`, :data:`ADDRESS`. ``files``: the one that is loaded first; all of them, or none, come into the models folder.
    ``note`` is a sentence for the person, where something is to be said of the choice of source. ``repo`` is the repository of the hub that it is from.
    """

    id: str
    title: str
    bytes: int
    licence: str
    source: str
    files: tuple[RemoteFile, ...] = ()
    repo: str = ""
    note: str = ""

    @property
    def scratch(self) -> int:
        """Bytes of disk that are needed beside the files while they are fetched: a package and what is unpacked of it."""
        return max((2 * file.bytes // len(file.pieces) for file in self.files if file.pieces), default=0)
