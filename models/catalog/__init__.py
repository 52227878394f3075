"""Profiles of real models as data: what they are called, what they need, how they speak, where to get them.

``*.toml`` here hold families with what their members share; a member says only what differs. A test checks that shapes and sizes agree.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

from models.gguf_file import GgufInfo, Layer

FOLDER = Path(__file__).parent
ROLES = ("planner", "reviewer", "executor", "router", "code", "embedder")
# bits a weight, scales included (llama.cpp's quantize: tables of its README)
BITS = {"Q2_K": 3.0, "Q3_K_M": 3.9, "Q4_0": 4.55, "Q4_K_M": 4.85, "Q5_K_M": 5.7, "Q6_K": 6.56, "Q8_0": 8.5, "F16": 16.0, "MXFP4": 4.4}
USUAL = ("Q4_K_M", "Q5_K_M", "Q6_K", "Q8_0")


@dataclass(frozen=True, slots=True)
class Profile:
    """One model. Numbers of parameters are whole counts, context in tokens, prices in dollars for a million tokens, ``grade`` 1 to 10.

    ``window_period``: every so many layers one looks at the whole context; ``attention_every``: every so many layers one attends at all;
    ``latent``: elements a token that latent attention keeps; ``layers`` is 0 for models behind an API.
    """

    id: str
    family: str
    name: str
    maker: str
    licence: str
    context: int
    grade: int
    roles: tuple[str, ...] = ()
    tool_calls: str = ""
    thinking: tuple[str, ...] = ()
    quirks: tuple[str, ...] = ()
    sampling: dict[str, float] = field(default_factory=dict, hash=False)
    languages: str = ""
    repo: str = ""
    provider: str = ""
    price_in: float = 0.0
    price_out: float = 0.0
    parameters: float = 0.0
    active: float = 0.0
    layers: int = 0
    width: int = 0
    heads: int = 0
    shared: int = 0
    head: int = 0
    inner: int = 0
    vocabulary: int = 0
    tied: bool = False
    ungated: bool = False
    experts: int = 0
    experts_used: int = 0
    shared_experts: int = 0
    window: int = 0
    window_period: int = 0
    attention_every: int = 0
    latent: int = 0
    quantisations: tuple[str, ...] = USUAL
    embeds: bool = False
    dimensions: int = 0

    @property
    def local(self) -> bool:
        return not self.provider

    def bytes(self, quantisation: str) -> int:
        """Size of the file, to a few per cent."""
        return round(self.parameters * BITS[quantisation] / 8)

    def counted(self) -> float:
        """Parameters that follow from the shape; what :attr:`parameters` must agree with."""
        attention = self.width * self.head * (2 * self.heads + 2 * self.shared)
        forward = (2 if self.ungated else 3) * self.width * self.inner * (max(1, self.experts) + self.shared_experts)
        return self.vocabulary * self.width * (1 if self.tied else 2) + self.layers * (attention + forward)

    def as_file(self, quantisation: str) -> GgufInfo:
        """What a file of it would say, for planning before it is fetched."""
        share = BITS[quantisation] / 8
        outside = round(self.vocabulary * self.width * share)
        each = round((self.parameters * share - outside * (1 if self.tied else 2)) / max(1, self.layers))
        layers = tuple(Layer(*self._cache(number), 0, each) for number in range(self.layers))
        return GgufInfo(
            Path(f"{self.id}.gguf"), self.family, self.name, self.bytes(quantisation), round(self.parameters), quantisation, self.context, self.width, self.inner, self.heads,
            self.vocabulary, self.experts, self.experts_used, layers, outside, 0 if self.tied else outside, "", self.tool_calls, self.embeds,
        )  # fmt: skip

    def _cache(self, number: int) -> tuple[int, int, int]:
        if self.attention_every and (number + 1) % self.attention_every:
            return 0, 0, 0
        if self.latent:
            return self.latent, 0, 0
        window = self.window if self.window_period and (number + 1) % self.window_period else 0
        return self.shared * self.head, self.shared * self.head, window


@cache
def profiles() -> tuple[Profile, ...]:
    """Every profile, in the order of the files."""
    return tuple(
        _profile(family, member)
        for path in sorted(FOLDER.glob("*.toml"))
        for family in tomllib.loads(path.read_text(encoding="utf-8")).get("family", ())
        for member in family["models"]
    )


def find(model_id: str) -> Profile | None:
    """The profile with this id, or whose id a file's name begins with (``Qwen3-4B-Q4_K_M`` is ``qwen3-4b``)."""
    wanted = model_id.lower().replace("_", "-")
    matching = [profile for profile in profiles() if wanted == profile.id or wanted.replace("-instruct", "").replace("-it", "").startswith(profile.id.replace("-instruct", ""))]
    return max(matching, key=lambda profile: len(profile.id), default=None)


def _profile(family: dict[str, Any], member: dict[str, Any]) -> Profile:
    known = {entry.name for entry in fields(Profile)}
    values = {key: value for key, value in {**family, **member}.items() if key not in ("models", "id", "name", "quirks")}
    if strange := set(values) - known:
        raise ValueError(f"{member['id']}: {', '.join(sorted(strange))} is not known in a profile")
    lists = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
    return Profile(**{**values, **lists, "id": member["id"], "family": family["id"], "name": family["name"], "quirks": (*family.get("quirks", ()), *member.get("quirks", ()))})
