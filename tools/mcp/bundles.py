"""``.mcpb`` bundles: a server in a zip, with a manifest that says how it is started and what it wants to know of the person.

Source of the format: MCP bundles, manifest versions 0.1 to 0.3 (``manifest.json``; ``.dxt`` is its older name).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import sys
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import UsageError
from tools.mcp.config import ServerConfig, require_no_borrowing, server_from_json

MOST_BYTES, MOST_FILES = 500_000_000, 20_000
MOST_MANIFEST = 1_000_000  # bytes
SECRET = "${secret:%s}"  # stands in mcp.json for what the keyring holds
_FIELD = re.compile(r"\$\{user_config\.([\w-]+)\}")


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle says of itself. ``wants`` is a JSON schema for a form; ``secret`` names those of its fields that go to the keyring."""

    path: Path
    name: str
    title: str
    version: str
    author: str
    description: str
    command: str
    wants: dict[str, Any]
    secret: frozenset[str] = field(default_factory=frozenset)
    manifest: Mapping[str, Any] = field(default_factory=dict, hash=False)


def look_into(path: Path) -> Bundle:
    """Read a bundle without unpacking it. Raises :class:`UsageError` in words."""
    try:
        with zipfile.ZipFile(path) as packed:
            if len(packed.infolist()) > MOST_FILES or sum(item.file_size for item in packed.infolist()) > MOST_BYTES:
                raise UsageError(f"{path.name} is larger than a bundle may be.", code="bad_bundle")
            with packed.open("manifest.json") as file:
                manifest = json.loads(file.read(MOST_MANIFEST).decode("utf-8"))  # a piece at a time: what the archive says of its size may be a lie
    except KeyError as error:
        raise UsageError(f"{path.name} has no manifest.json, so it is no bundle.", code="bad_bundle") from error
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, RecursionError, ValueError) as error:
        raise UsageError(f"{path.name} cannot be read as a bundle: {error}.", code="bad_bundle") from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("name"), str) or not isinstance(manifest.get("server"), dict):
        raise UsageError(f"The manifest of {path.name} has no name or no server.", code="bad_bundle")
    fields = {key: row for key, row in (manifest.get("user_config") or {}).items() if isinstance(row, dict)}
    author = manifest.get("author")
    config = _config(manifest, Path("…"))
    return Bundle(
        path, re.sub(r"[^A-Za-z0-9_-]+", "-", manifest["name"]).strip("-")[:60] or "bundle", str(manifest.get("display_name") or manifest["name"]), str(manifest.get("version", "")),
        str(author.get("name", "") if isinstance(author, dict) else author or ""), str(manifest.get("description", ""))[:2000], config.shown, _form(fields),
        frozenset(key for key, row in fields.items() if row.get("sensitive")), manifest,
    )  # fmt: skip


def _form(fields: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """``user_config`` as a JSON schema: directories and files are texts, several of them lists."""
    kinds = {"number": "number", "boolean": "boolean"}
    properties = {}
    for key, row in fields.items():
        kind = "array" if row.get("multiple") else kinds.get(str(row.get("type")), "string")
        properties[key] = {"type": kind, "title": row.get("title") or key, "description": row.get("description", "")}
        if "default" in row:
            properties[key]["default"] = row["default"]
        if row.get("sensitive"):
            properties[key]["format"] = "password"
    return {"type": "object", "properties": properties, "required": [key for key, row in fields.items() if row.get("required")]}


def unpack(bundle: Bundle, folder: Path, values: Mapping[str, Any]) -> tuple[ServerConfig, dict[str, str]]:
    """Unpack into ``folder`` (replaced as a whole) and say how the server is started, and which secrets are to be kept under which names.

    Raises :class:`UsageError` where something that it needs to know is missing, or a name in it leads outside.
    """
    missing = [key for key in bundle.wants["required"] if values.get(key) in (None, "")]
    if missing:
        raise UsageError(f"{bundle.title} needs {', '.join(missing)}.", code="needs_config")
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    with zipfile.ZipFile(bundle.path) as packed:
        for item in packed.infolist():
            goal = Path(os.path.normpath(part / item.filename))
            if not goal.is_relative_to(part) or stat.S_ISLNK(item.external_attr >> 16):
                shutil.rmtree(part, ignore_errors=True)
                raise UsageError(f"{bundle.path.name} holds {item.filename!r}, which leads outside; nothing was unpacked.", code="unsafe_archive")
            packed.extract(item, part)
            if not item.is_dir() and (mode := item.external_attr >> 16) & 0o100:
                goal.chmod(mode & 0o755)
    shutil.rmtree(folder, ignore_errors=True)
    part.replace(folder)
    return _filled(bundle, _config(bundle.manifest, folder), values)


def _config(manifest: Mapping[str, Any], folder: Path) -> ServerConfig:
    server = manifest["server"]
    row = dict(server.get("mcp_config") or {})
    system = {"linux": "linux", "darwin": "darwin", "win32": "win32"}.get(sys.platform, "linux")
    row |= (row.pop("platform_overrides", None) or {}).get(system, {})
    if not row.get("command"):
        entry = str(server.get("entry_point") or "")
        row |= {
            "command": {"node": "node", "python": "python3"}.get(str(server.get("type")), f"${{__dirname}}/{entry}"),
            "args": [f"${{__dirname}}/{entry}"] if server.get("type") in ("node", "python") else [],
        }
    text = (
        json.dumps(row).replace("${__dirname}", json.dumps(str(folder))[1:-1]).replace("${HOME}", json.dumps(str(Path.home()))[1:-1]).replace("${/}", os.sep.replace("\\", "\\\\"))
    )
    config = server_from_json(re.sub(r"[^A-Za-z0-9_-]+", "-", str(manifest["name"])).strip("-")[:60] or "bundle", json.loads(text))
    require_no_borrowing(" ".join([config.command, *config.args, config.cwd, *config.env.values()]), config.name)
    return config


def _filled(bundle: Bundle, config: ServerConfig, values: Mapping[str, Any]) -> tuple[ServerConfig, dict[str, str]]:
    """The person's answers put where the manifest wants them; what is secret only by the name under which the keyring has it."""
    defaults = {key: row["default"] for key, row in bundle.wants["properties"].items() if "default" in row}
    given = {key: _with_folders(value) for key, value in (defaults | dict(values)).items() if value not in (None, "")}
    secrets = {f"mcp-secret:{config.name}:{key}": str(value) for key, value in given.items() if key in bundle.secret}

    def fill(text: str) -> str:
        return _FIELD.sub(lambda match: SECRET % f"mcp-secret:{config.name}:{match[1]}" if match[1] in bundle.secret else _said(given.get(match[1], "")), text)

    args: list[str] = []
    for arg in config.args:
        whole = _FIELD.fullmatch(arg)
        value = given.get(whole[1]) if whole else None
        args += [str(item) for item in value] if isinstance(value, list) else [fill(arg)]
    env = {key: fill(value) for key, value in config.env.items()}
    require_no_borrowing(" ".join([*args, *env.values()]), config.name)  # what a bundle proposes as an answer is its maker's, too
    return ServerConfig(
        config.name, fill(config.command), tuple(args), {key: value for key, value in env.items() if value}, config.cwd, rest={"bundle": bundle.version or "?"}
    ), secrets


def _with_folders(value: Any) -> Any:
    """The folders that the format has names for, in an answer."""
    if isinstance(value, list):
        return [_with_folders(item) for item in value]
    if not isinstance(value, str):
        return value
    home = Path.home()
    known = {"HOME": home, "DESKTOP": home / "Desktop", "DOCUMENTS": home / "Documents", "DOWNLOADS": home / "Downloads"}
    return re.sub(r"\$\{(HOME|DESKTOP|DOCUMENTS|DOWNLOADS)\}", lambda match: str(known[match[1]]), value)


def _said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else ",".join(map(str, value)) if isinstance(value, list) else str(value)
