"""SKILL.md: reading and writing a skill's folder.

Source of the format: the Agent Skills specification (agentskills.io). YAML front matter with ``name`` and ``description``, optional ``license``,
``compatibility``, ``metadata`` (texts by name) and ``allowed-tools``, then Markdown. Reading is lenient: what can be understood is used, and what is not
as it should be becomes a warning. ``deskhand skill check`` reports every warning. Ours stands under ``metadata``: ``deskhand-recipe`` names the file of steps.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from core.errors import UsageError
from core.yaml_text import load_yaml

FILE = "SKILL.md"
RECIPE = "deskhand-recipe"
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MOST_NAME, MOST_DESCRIPTION, MOST_COMPATIBILITY = 64, 1024, 500
SKIPPED = (".git", "__pycache__", "node_modules", ".venv")  # folders that are no part of a skill: neither read nor copied
MOST_FILES, MOST_BYTES, MOST_BODY = 500, 20_000_000, 200_000
_HEAD = re.compile(r"\A---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.S)


def bad_skill(message: str, hint: str = "") -> UsageError:
    """The error for a folder that is no usable skill."""
    return UsageError(message, code="bad_skill", hint=hint)


@dataclass(frozen=True, slots=True)
class Skill:
    """What a folder with a SKILL.md says. ``digest`` is over every file; ``origin`` is ``builtin``, ``own``, ``shared`` or ``workspace``."""

    name: str
    description: str
    folder: Path
    body: str
    digest: str
    origin: str = "own"
    license: str = ""
    compatibility: str = ""
    allowed_tools: tuple[str, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict, hash=False)
    files: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        return self.metadata.get("version", "")

    @property
    def title(self) -> str:
        """The first heading of the text, else the name with its words apart."""
        heading = re.search(r"^#\s+(.+)$", self.body, re.M)
        return heading[1].strip() if heading else self.name.replace("-", " ").capitalize()


def read_skill(folder: Path, origin: str = "own") -> Skill:
    """The skill in ``folder``. Raises :class:`core.errors.UsageError` (``bad_skill``) where there is none that can be used."""
    files = files_of(folder)
    if FILE not in files:
        raise bad_skill(f"{folder.name} has no {FILE}.", "A skill is a folder with a file of exactly that name.")
    text = (folder / FILE).read_text(encoding="utf-8-sig", errors="replace")
    head, body = split(text, folder.name)
    warnings: list[str] = []
    name = str(head.get("name") or "").strip()
    warnings += _name_warnings(name, folder.name)
    description = " ".join(str(head.get("description") or "").split())
    if not description:
        raise bad_skill(f"The skill {folder.name} says nowhere what it is for.", "Give it a description: what it does, and when to use it.")
    warnings += _length_warnings(head, description, body)
    metadata = _texts(head.get("metadata"), warnings)
    return Skill(
        usable_name(name or folder.name), description[:MOST_DESCRIPTION], folder, body.strip(), digest(folder, files), origin, str(head.get("license") or ""), str(head.get("compatibility") or "")[:MOST_COMPATIBILITY],
        allowed(head.get("allowed-tools")), metadata, tuple(sorted(files)), tuple(warnings),
    )  # fmt: skip


def split(text: str, name: str = "The skill") -> tuple[dict[str, Any], str]:
    """Front matter and body. Raises :class:`core.errors.UsageError` where there is no front matter to be read."""
    match = _HEAD.match(text)
    if not match:
        raise bad_skill(f"{name}: {FILE} does not begin with front matter between two lines of ---.")
    try:
        found = load_yaml(match[1])
    except ValueError:
        found = _quoted(match[1], name)
    if not isinstance(found, dict):
        raise bad_skill(f"{name}: the front matter of {FILE} is no list of names and values.")
    return {str(key): value for key, value in found.items()}, text[match.end() :]


def _quoted(head: str, name: str) -> Any:
    """The commonest faults mended: a value that nobody put in quotes, with a colon in it or what looks like a list and is none (``[name] [text]``)."""
    lines = [re.sub(r"^([A-Za-z][\w-]*):[ \t]+([^\"'|>].*)$", lambda m: f"{m[1]}: {_as_yaml(m[2])}", line) for line in head.splitlines()]
    try:
        return load_yaml("\n".join(lines))
    except ValueError as error:
        raise bad_skill(f"{name}: the front matter of {FILE} cannot be read: {error}.") from error


def _as_yaml(value: str) -> str:
    if value[0] in "[{":
        try:
            load_yaml(value)
            return value
        except ValueError:
            pass
    return "'" + value.strip().replace("'", "''") + "'"


def usable_name(name: str) -> str:
    """A name as the format wants it, where it can be had: many public skills are called "Git Commit Helper", and ``$git-commit-helper`` is how a request names one."""
    made = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:MOST_NAME].strip("-")
    return name if NAME.fullmatch(name) or not made else made


def _name_warnings(name: str, folder: str) -> list[str]:
    if not name:
        return [f"It has no name; {folder}, its folder's, is used."]
    found = []
    if len(name) > MOST_NAME or not NAME.fullmatch(name):
        found.append(f"The name {name[:80]!r} should be lowercase letters, digits and single hyphens, {MOST_NAME} at most.")
    if name != folder:
        found.append(f"The name {name[:80]!r} is not that of its folder, {folder!r}.")
    return found


def _length_warnings(head: dict[str, Any], description: str, body: str) -> list[str]:
    found = []
    if len(description) > MOST_DESCRIPTION:
        found.append(f"The description has {len(description)} characters; {MOST_DESCRIPTION} are allowed.")
    if len(str(head.get("compatibility") or "")) > MOST_COMPATIBILITY:
        found.append(f"The compatibility note is longer than {MOST_COMPATIBILITY} characters.")
    if len(body.splitlines()) > 500:
        found.append(f"The text has {len(body.splitlines())} lines; more than 500 belong into files beside it.")
    unknown = sorted(set(head) - {"name", "description", "license", "compatibility", "metadata", "allowed-tools"})
    return found + ([f"Not of the format: {', '.join(unknown)[:200]}."] if unknown else [])


def _texts(value: Any, warnings: list[str]) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        warnings.append("metadata is no list of names and values.")
        return {}
    return {str(key): str(item) if not isinstance(item, dict | list) else repr(item) for key, item in value.items()}


def allowed(value: Any) -> tuple[str, ...]:
    """The tools of ``allowed-tools``: separated by spaces (a list is understood too); ``Bash(git:*)`` is one."""
    if value is None:
        return ()
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return tuple(match for match in re.findall(r"[^\s,(]+(?:\([^)]*\))?", text))


def files_of(folder: Path) -> list[str]:
    """Every file below the folder, as POSIX paths. Raises :class:`core.errors.UsageError` for links, for too many files or too many bytes."""
    if not folder.is_dir() or folder.is_symlink():
        raise bad_skill(f"{folder} is no folder.")
    found, total = [], 0
    for path in sorted(folder.rglob("*")):
        if not set(path.relative_to(folder).parts).isdisjoint(SKIPPED):
            continue
        if path.is_symlink():
            raise bad_skill(f"{folder.name}: {path.relative_to(folder)} is a link; a skill holds its files itself.")
        if path.is_file():
            found.append(path.relative_to(folder).as_posix())
            total += path.stat().st_size
        if len(found) > MOST_FILES or total > MOST_BYTES:
            raise bad_skill(f"{folder.name} is larger than a skill may be ({MOST_FILES} files, {MOST_BYTES // 1_000_000} MB).")
    return found


def digest(folder: Path, files: list[str]) -> str:
    """SHA-256 over the names and contents of the files."""
    made = hashlib.sha256()
    for name in sorted(files):
        content = (folder / name).read_bytes()
        made.update(f"{len(name.encode())}:{name}:{len(content)}:".encode() + content)
    return made.hexdigest()


def written(head: dict[str, Any], body: str) -> str:
    """A SKILL.md with this front matter and text."""
    return f"---\n{yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=1000).strip()}\n---\n\n{body.strip()}\n"
