"""Skills that a server offers (SEP-2640): listed without fetching anything, and verified file by file when one is used.

A file counts only when its length and its SHA-256 are those of the entry, and SKILL.md only when its front matter says what the entry says. What
fails is not used at all, and the rest of that skill is not asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import mcp_types as types
from mcp import Client
from mcp.shared.exceptions import MCPError
from pydantic import ConfigDict

from core.errors import ToolFailed
from core.yaml_text import load_yaml

EXTENSION = "io.modelcontextprotocol/skills"
MOST_SKILLS, MOST_PAGES, MOST_BYTES = 1000, 50, 2_000_000


@dataclass(frozen=True, slots=True)
class SkillEntry:
    """A skill as ``skills/list`` has it: where its SKILL.md is, what that says at its head, and every file with digest and size."""

    uri: str
    frontmatter: Mapping[str, Any]
    files: Mapping[str, tuple[str, int | None]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.frontmatter.get("name", ""))


class _Params(types.RequestParams):
    model_config = ConfigDict(extra="allow")
    cursor: str | None = None


class _ListSkills(types.Request[_Params, Literal["skills/list"]]):
    method: Literal["skills/list"] = "skills/list"
    params: _Params = _Params()


class _Listed(types.Result):
    model_config = ConfigDict(extra="allow")
    skills: list[dict[str, Any]] = []


def offers_skills(client: Client) -> bool:
    """Whether the server says that it has skills."""
    return EXTENSION in (client.server_capabilities.extensions or {})


async def list_skills(client: Client) -> list[SkillEntry]:
    """Every skill of a server. No file of any is fetched. Raises :class:`ToolFailed`."""
    found: list[SkillEntry] = []
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        try:
            page = await client.session.send_request(_ListSkills(params=_Params(cursor=cursor)), _Listed)
        except MCPError as error:
            raise ToolFailed(f"The server does not list its skills: {error}", code="server_error") from error
        found += [_entry(row) for row in page.skills if isinstance(row, dict) and isinstance(row.get("uri"), str)]
        cursor = getattr(page, "next_cursor", None) or (page.model_extra or {}).get("nextCursor")
        if not cursor or len(found) >= MOST_SKILLS:
            break
    return found[:MOST_SKILLS]


def _entry(row: Mapping[str, Any]) -> SkillEntry:
    files = {str(item.get("uri")): (str(item.get("digest", "")), item.get("size")) for item in row.get("resources") or () if isinstance(item, dict)}
    frontmatter = row.get("frontmatter")
    return SkillEntry(row["uri"], frontmatter if isinstance(frontmatter, dict) else {}, files)


async def load(client: Client, skill: SkillEntry) -> str:
    """The text of a skill's SKILL.md, verified. Raises :class:`ToolFailed` where it is not what its entry says."""
    text = await read_file(client, skill, skill.uri)
    said = frontmatter_of(text)
    if said != dict(skill.frontmatter):
        differs = sorted(key for key in {*said, *skill.frontmatter} if said.get(key) != skill.frontmatter.get(key))
        raise ToolFailed(f"The skill {skill.name} says something else at its head than its entry ({', '.join(differs)}); it is not used.", code="not_verified")
    return text


async def read_file(client: Client, skill: SkillEntry, uri: str) -> str:
    """One file of a skill, verified. Raises :class:`ToolFailed`."""
    if uri not in skill.files:
        raise ToolFailed(f"{uri} is no file of the skill {skill.name}.", code="not_verified")
    digest, size = skill.files[uri]
    try:
        answer = await client.read_resource(uri, cache_mode="bypass")
    except MCPError as error:
        raise ToolFailed(f"{uri} cannot be read: {error}", code="server_error") from error
    texts = [item.text for item in answer.contents if isinstance(item, types.TextResourceContents)]
    content = "".join(texts).encode()
    if not texts or len(content) > MOST_BYTES or (size is not None and len(content) != size):
        raise ToolFailed(f"{uri} has {len(content)} bytes where its entry says {size}; it is not used.", code="not_verified")
    if digest != f"sha256:{hashlib.sha256(content).hexdigest()}":
        raise ToolFailed(f"{uri} is not the file that its entry says (its digest differs); it is not used.", code="not_verified")
    return "".join(texts)


def frontmatter_of(text: str) -> dict[str, Any]:
    """What stands between the dashes at the head; empty where there is none or it cannot be read."""
    if not text.startswith("---"):
        return {}
    head = text.removeprefix("---").partition("\n---")[0]
    try:
        found = load_yaml(head)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
