"""Scopes of what a call touches, made of its arguments in one place: paths with links followed, hosts, programs bound to all that decides what they do."""

from __future__ import annotations

import fnmatch
import hashlib
import ipaddress
import os
import shlex
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from core.file_head import read_head
from core.gate.coverage import is_phrase_in
from core.gate.credentials import HEAD_BYTES, begins_as_key
from core.gate.obeyed import is_built_with
from core.gate.places import Places, under
from core.gate.programs import bound_files
from core.ports import Access, Scope

LOOPBACK = ("localhost", "127.0.0.1", "::1", "")
NEAR = (".local", ".localdomain", ".lan", ".home", ".home.arpa", ".internal", ".intranet", ".corp", ".box")  # endings of names that only a network of one's own knows


def path_scope(path: Path | str, root: str, access: Access) -> Scope:
    """The scope of a path, ``root`` being the workspace with links followed. For reading only private places count as outside; they, and what programs obey, are inside of no workspace."""
    where, places = os.path.realpath(path), Places.here()
    private = (
        places.is_private(where, root, access == "read")
        or (access == "read" and _holds_key(where))
        or (access == "change" and places.runs_by_itself(where, root))
        or _is_second_name(where, places)
    )
    obeyed = access == "change" and not private and is_built_with(where, root)
    return Scope("path", where, not private and (access == "read" or (under(where, root) and not is_wide(root) and not obeyed)), private, access, obeyed)


def named_scope(scope: Scope, root: str, request: str) -> Scope:
    """The scope of a file that tools obey as the person's own words leave it: who asks for a ``Makefile`` by that name is not asked about it."""
    return open_scope(scope, root) if scope.obeyed and is_phrase_in(os.path.basename(scope.value), request) else scope


def open_scope(scope: Scope, root: str) -> Scope:
    """The scope of a path as if nothing obeyed it."""
    return replace(scope, private=False, obeyed=False, inside=under(scope.value, root) and not is_wide(root))


def _holds_key(where: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(where).st_mode) and begins_as_key(read_head(where, HEAD_BYTES))
    except (OSError, ValueError):
        return False


def is_wide(root: str) -> bool:
    """Whether a workspace holds whole home folders, or everything: nobody works in all of that, so nothing is changed in it unasked."""
    home = Places.here().home
    return root == os.sep or (under(home, root.casefold()) and home != root.casefold())


def _is_second_name(where: str, places: Places) -> bool:
    try:
        return places.is_second_name(os.stat(where))
    except OSError:
        return False


def host_scope(address: str, inside: bool = False) -> Scope:
    """The scope of an address, a host's name or another machine; with its port, where that is not the usual one. ``inside``: the person named it in so many words."""
    text = address.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = parts.hostname or text, parts.port
    except ValueError:
        host, port = text, None
    is_usual = port in (None, 80, 443)
    return Scope("host", host.lower() if is_usual else f"{f'[{host}]' if ':' in host else host}:{port}".lower(), inside, access="send")


def host_of(scope: Scope) -> str:
    """The host of such a scope, without a port."""
    return _without_port(scope.value)


def _without_port(text: str) -> str:
    """A host without its port; what has several colons and no brackets is an address."""
    host, _, port = text.rpartition(":")
    return host.strip("[]") if port.isdigit() and host and (":" not in host or host.startswith("[")) else text


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine, also as IPv6 writes addresses of IPv4."""
    name = host.strip("[]").partition("%")[0].rstrip(".").lower()
    if name in LOOPBACK or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def is_near(host: str) -> bool:
    """Whether a host, with or without a port, is this machine or one of the networks that it is in, by its address or by a name that no public server has (``nas.local``)."""
    name = _without_port(host).strip("[]").partition("%")[0].rstrip(".").lower()
    if is_loopback(name) or ("." not in name.strip(".") and ":" not in name) or name.endswith(NEAR):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return not (getattr(address, "ipv4_mapped", None) or address).is_global


def program_scope(argv: Sequence[str], workspace: Path, folder: str = ".", given: str = "", rights: Sequence[str] = ()) -> Scope:
    """The scope of a program: its command line and, where they are not the usual ones, folder, standard input, rights and the scripts that it names, by their content.

    A yes for longer than once covers exactly that: the same words with another input, in another folder, with a network, or of a script that was changed, are another program.
    """
    bound = [f"in {folder}"] * (os.path.normpath(folder) != ".") + list(rights) + [f"input {_digest(given.encode())}"] * bool(given)
    bound += bound_files(argv, os.path.join(workspace, folder), os.path.realpath(workspace), is_any=bool(rights))
    return Scope("argv", shlex.join(argv) + (f" [{'; '.join(bound)}]" if bound else ""), False, access="run")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def matches_path(pattern: str, where: str) -> bool:
    """Whether a path is what a pattern names, or lies in it."""
    pattern = os.path.expanduser(pattern).rstrip("/").removesuffix("/**")
    if not is_pattern(pattern):
        return where == pattern or where.startswith(pattern + "/")
    return fnmatch.fnmatchcase(where, pattern) or fnmatch.fnmatchcase(where, pattern + "/*")


def is_pattern(text: str) -> bool:
    """Whether a text stands for several."""
    return any(sign in text for sign in "*?[")
