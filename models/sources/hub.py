"""The model hub (Hugging Face's protocol, or a mirror that speaks it): which files a repository has, and where they are fetched from.

Source of the protocol: the hub's API documentation; ``blobs=true`` tells sizes and, for large files, SHA-256 (``lfs``).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from core.errors import ModelError, NotFound
from core.network.http import make_client
from models.sources.http_fetch import plain
from models.sources.offers import HUB, Offer, RemoteFile
from models.sources.store import is_gguf_name, part_name, split_of

ADDRESS = "https://huggingface.co"
NO_NAME = re.compile(r'[<>:"|?*\\\x00-\x1f]')  # letters that no file of a model has on every system
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LARGEST = 1 << 50  # bytes that a file may be said to have
SECONDS = 20.0  # without a byte
# which quantisation is taken where none is said: the usual compromise first (llama.cpp's own default), then what is near it
_PREFERRED = ("Q4_K_M", "UD-Q4_K_XL", "MXFP4", "Q4_K_S", "Q4_0", "IQ4_XS", "Q5_K_M", "Q4_1", "Q6_K", "Q8_0")


class Hub:
    """``endpoint`` gives the person's mirror (empty: the hub itself), ``token`` the one they keep in the keyring."""

    def __init__(self, endpoint: Callable[[], str] = lambda: "", token: Callable[[], str | None] = lambda: None) -> None:
        self._endpoint, self._token = endpoint, token

    @property
    def address(self) -> str:
        """Where it is asked: the setting, else ``$HF_ENDPOINT`` as other programs use it, else the hub."""
        return (self._endpoint() or os.environ.get("HF_ENDPOINT", "") or ADDRESS).rstrip("/")

    def headers(self, address: str) -> Mapping[str, str]:
        """What goes along to an address: the person's token to the hub, nothing to anybody else."""
        here, there = urlsplit(self.address), urlsplit(address)
        if (here.scheme, here.netloc) != (there.scheme, there.netloc) or not (token := self._token() or self._token_elsewhere()):
            return {}
        return {"Authorization": f"Bearer {token}"}

    def get_json(self, path: str, params: Mapping[str, str | list[str]], seconds: float = SECONDS) -> Any:
        """An answer of its API; ``seconds`` without a byte are waited. Raises :class:`ModelError` ``hub_unreachable``, ``hub_refused``, ``hub_busy``, ``not_found``."""
        import httpx

        url = f"{self.address}{path}"
        if not _is_address(url):
            raise ModelError(f"The model hub at {self.address[:100]} could not be asked: that is no address.", code="hub_unreachable", hint="Mend the setting models.hub.")
        try:
            with make_client(timeout=seconds, follow_redirects=True, headers=dict(self.headers(url))) as client:
                answer = client.get(url, params=dict(params))
            if answer.status_code == 429 or (answer.status_code in (401, 403, 404) and _is_of_hub(answer.headers)):
                raise _refused(answer.status_code, urlsplit(url).netloc)
            if answer.status_code >= 400:
                raise ValueError(f"it answers {answer.status_code}")
            return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            said = "it sent no JSON." if isinstance(error, json.JSONDecodeError) else plain(error)  # the page of a proxy that lets nobody out
            raise ModelError(
                f"The model hub at {urlsplit(url).netloc} could not be asked: {said}", code="hub_unreachable", hint="Check the connection; a mirror can be set as models.hub."
            ) from error

    def find(self, repo: str, quantisation: str = "", file: str = "") -> Offer:
        """The model that is meant. Blocks on the network. Raises what :meth:`get_json` raises, and :class:`NotFound` for a file that is not there."""
        info = self.get_json(f"/api/models/{quote(repo)}", {"blobs": "true"})
        if not isinstance(info, dict):
            hint = "Check the address of the mirror (models.hub)."
            raise ModelError(f"The model hub at {urlsplit(self.address).netloc} describes {repo} in no way that is known.", code="hub_unreachable", hint=hint)
        models = _models(info.get("siblings"))
        chosen = _choose(models, quantisation, file)
        if chosen is None:
            there = ", ".join(f"{name} ({_bytes(parts) / 1e9:.1f} GB)" for name, parts in models.items())
            raise NotFound(f"{repo} has no such model file.", code="not_found", hint=f"There are: {there}"[:600] if there else "It has no GGUF files.")
        licence = _licence(info.get("cardData"))
        where = f"{self.address}/{quote(repo)}/resolve/{info.get('sha') or 'main'}"
        files = tuple(_file(entry, where) for entry in _whole_set(chosen, models[chosen], repo))
        return Offer(f"{repo}:{quantisation}" if quantisation else repo, Path(chosen).name, sum(entry.bytes for entry in files), licence, HUB, files, repo)

    def _token_elsewhere(self) -> str:
        """The token that other programs of the hub use, if Deskhand is not sent to a mirror of its own."""
        if self._endpoint():
            return ""
        home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache/huggingface")
        try:
            return os.environ.get("HF_TOKEN", "") or Path(os.environ.get("HF_TOKEN_PATH") or home / "token").read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            return ""


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def _is_of_hub(headers: Mapping[str, str]) -> bool:
    """Whether a refusal is the hub's own word, and not the page of a proxy that lets nobody out."""
    return "x-error-code" in headers or "json" in headers.get("content-type", "")


def _refused(status: int, host: str) -> ModelError:
    if status == 404:
        return ModelError(f"The model hub at {host} has no such repository.", code="not_found", hint="Look for it with: deskhand model search WORDS")
    if status == 429:
        return ModelError(
            f"The model hub at {host} is asked too often from here.", code="hub_busy", hint="Try again in five minutes; with a token (deskhand model login) it allows more."
        )
    hint = "The model may need its licence accepted and a token: deskhand model login."
    return ModelError(f"The model hub at {host} does not let you see this repository ({status}).", code="hub_refused", hint=hint)


def _models(siblings: Any) -> dict[str, list[dict[str, Any]]]:
    """The GGUF models of a repository by name, each with the entries of its files; projectors of pictures are none."""
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in siblings if isinstance(siblings, list) else ():
        path = entry.get("rfilename") if isinstance(entry, dict) else None
        if isinstance(path, str) and is_gguf_name(path) and "mmproj" not in path.lower() and not NO_NAME.search(Path(path).name):
            split = split_of(path)
            found.setdefault(part_name(split[0], 1, split[2]) if split else path, []).append(entry)
    return found


def _choose(models: Mapping[str, Any], quantisation: str, file: str) -> str | None:
    if file:
        return next((name for name in models if file in (name, Path(name).name)), None)
    for wanted in (quantisation,) if quantisation else _PREFERRED:
        pattern = re.compile(rf"(?i)(?<![a-z0-9]){re.escape(wanted)}(?![a-z0-9_])")
        if found := [name for name in models if pattern.search(Path(name).name)] or [name for name in models if pattern.search(name)]:
            return min(found, key=lambda name: (len(Path(name).name), name))
    return None if quantisation else min(models, key=lambda name: _bytes(models[name]), default=None)


def _whole_set(name: str, entries: list[dict[str, Any]], repo: str) -> list[dict[str, Any]]:
    """The entries in order. Raises :class:`ModelError` where parts are missing."""
    split = split_of(name)
    if split is None:
        return entries
    by_part = {part[1]: entry for entry in entries if (part := split_of(entry["rfilename"]))}
    if set(by_part) != set(range(1, split[2] + 1)):
        raise ModelError(f"{repo} has {len(by_part)} of the {split[2]} parts of {Path(split[0]).name}.", code="not_whole", hint="Choose another file or repository.")
    return [by_part[number] for number in sorted(by_part)]


def _file(entry: Mapping[str, Any], where: str) -> RemoteFile:
    path, large = str(entry["rfilename"]), entry["lfs"] if isinstance(entry.get("lfs"), dict) else {}
    digest = str(large.get("sha256") or large.get("oid") or "").lower()
    return RemoteFile(Path(path).name, _bytes([entry]), digest if _SHA256.fullmatch(digest) else "", f"{where}/{quote(path)}")


def _bytes(entries: Sequence[Mapping[str, Any]]) -> int:
    """Of all files together; what is no size counts as not told."""
    return sum(map(_size, entries))


def _size(entry: Mapping[str, Any]) -> int:
    large = entry.get("lfs")
    told = entry.get("size") or (large.get("size") if isinstance(large, dict) else 0)
    return told if type(told) is int and 0 < told < _LARGEST else 0


def _licence(card: Any) -> str:
    """As the publisher states it in the description's head; some state several."""
    said = card.get("license") if isinstance(card, dict) else ""
    return ", ".join(str(name) for name in (said if isinstance(said, list) else [said]) if name)[:100] or "not stated"
