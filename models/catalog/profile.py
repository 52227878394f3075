"""What is known of one model: behind an API (:class:`CloudProfile`) or as a file (:class:`LocalProfile`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from models.catalog.estimates import estimated_file
from models.gguf_file import GgufInfo, Layer

ROLES = ("planner", "reviewer", "executor", "router", "code", "embedder")
# bits a weight, scales included (llama.cpp's quantize: tables of its README)
BITS = {
    "Q2_K": 3.0,
    "Q3_K_M": 3.9,
    "Q4_0": 4.55,
    "Q4_1": 5.05,
    "Q4_K_M": 4.85,
    "UD-Q4_K_M": 5.0,
    "UD-Q4_K_XL": 5.1,
    "Q5_K_M": 5.7,
    "Q6_K": 6.56,
    "Q8_0": 8.5,
    "F16": 16.0,
    "MXFP4": 4.4,
}
USUAL = ("Q4_K_M", "Q5_K_M", "Q6_K", "Q8_0")
UNCONDITIONAL = frozenset({"Apache-2.0", "MIT", "BSD-3-Clause"})  # licences that ask nothing of who uses the model
SOON_DAYS = 60  # an end that is nearer is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One model. Context in tokens; ``grade`` 1 to 10 is our order, from the ``figures`` where there are any.

    ``figures``: scores by the key of who measured them; ``stated``: who says each kind of fact (keys of ``sources.toml`` both);
    ``estimated``: kinds of facts that nobody stated, worked out or remembered.
    """

    id: str
    family: str
    name: str
    maker: str
    licence: str
    context: int
    grade: float
    roles: tuple[str, ...] = ()
    tool_calls: str = ""
    thinking: tuple[str, ...] = ()
    quirks: tuple[str, ...] = ()
    languages: str = ""
    vision: bool = False
    figures: Mapping[str, float] = field(default_factory=dict, hash=False)
    stated: Mapping[str, str] = field(default_factory=dict, hash=False)
    estimated: tuple[str, ...] = ()

    @property
    def local(self) -> bool:
        return isinstance(self, LocalProfile)

    @property
    def unconditional(self) -> bool:
        """Whether anybody may use it for anything."""
        return self.licence in UNCONDITIONAL


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudProfile(Profile):
    """A model behind an API; ``id`` is ``provider/name as the API takes it``. Prices in US dollars for a million tokens.

    ``price_cached``: of prompt tokens that the service kept; ``long_from``: tokens of a prompt beyond which a request costs
    ``long_in`` and ``long_out`` times as much (0: never). ``sampling``: whether it takes temperature and the like; ``efforts``:
    what it takes as effort of thinking; ``responses_with_tools``: tools and an effort together only over OpenAI's Responses API;
    ``responses_only``: that API always; ``return_reasoning``: its thinking has to come back with the next request;
    ``forced_tools``: whether a tool may be demanded. ``ends``: the first day on which it no longer answers.
    """

    provider: str
    price_in: float
    price_out: float
    price_cached: float = 0.0
    long_from: int = 0
    long_in: float = 1.0
    long_out: float = 1.0
    sampling: bool = True
    efforts: tuple[str, ...] = ()
    responses_with_tools: bool = False
    responses_only: bool = False
    return_reasoning: bool = False
    forced_tools: bool = True
    ends: date | None = None

    def has_ended(self, today: date) -> bool:
        """Whether its service no longer answers."""
        return self.ends is not None and self.ends <= today

    def ends_soon(self, today: date) -> bool:
        """Whether it ends within two months."""
        return self.ends is not None and 0 < (self.ends - today).days <= SOON_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalProfile(Profile):
    """A model as a GGUF file. Numbers of parameters are whole counts, sizes bytes.

    ``architecture``: what the file says as ``general.architecture``; ``sizes`` and ``checksums`` (SHA-256) by quantisation, as stated;
    ``active``: parameters that one token reads; ``looked_up``: bytes of the file that are only looked up by token;
    ``window_period``: every so many layers one looks at the whole context; ``attention_every``: every so many layers one attends at
    all; ``latent``: elements a token that latent attention keeps; ``cache_token``: bytes of cache a token in f16, where the shape
    itself is not known; ``layers`` is 0 then. ``asked``: the day on which the hub stated sizes and checksums, if Deskhand asked it.
    """

    repo: str
    architecture: str
    parameters: float
    active: float = 0.0
    sampling: Mapping[str, float] = field(default_factory=dict, hash=False)
    quantisations: tuple[str, ...] = USUAL
    sizes: Mapping[str, int] = field(default_factory=dict, hash=False)
    checksums: Mapping[str, str] = field(default_factory=dict, hash=False)
    looked_up: int = 0
    cache_token: int = 0
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
    embeds: bool = False
    dimensions: int = 0
    asked: date | None = None

    def bytes(self, quantisation: str) -> int:
        """Size of the file: as stated, else to some five per cent from the number of parameters."""
        return self.sizes.get(quantisation) or round(self.parameters * BITS[quantisation] / 8)

    def counted(self) -> float:
        """Parameters that follow from the shape; what :attr:`parameters` must agree with. 0 where the shape is not known."""
        attention = self.width * self.head * (2 * self.heads + 2 * self.shared)
        forward = (2 if self.ungated else 3) * self.width * self.inner * (max(1, self.experts) + self.shared_experts)
        return self.vocabulary * self.width * (1 if self.tied else 2) + self.layers * (attention + forward)

    def as_file(self, quantisation: str) -> GgufInfo:
        """What a file of it would say, for planning before it is fetched."""
        size, active = self.bytes(quantisation), self.active / self.parameters if self.active else 1.0
        if not self.layers:
            return estimated_file(self.id, self.architecture, size, self.parameters, self.context, quantisation, self.cache_token, self.looked_up, active)
        share = size / self.parameters
        outside = round(self.vocabulary * self.width * share)
        each = round((size - outside * (1 if self.tied else 2)) / self.layers)
        layers = tuple(Layer(*self._cache(number), 0, each) for number in range(self.layers))
        return GgufInfo(
            Path(f"{self.id}.gguf"), self.architecture, self.name, size, round(self.parameters), quantisation, self.context, self.width, self.inner, self.heads,
            self.vocabulary, self.experts, self.experts_used, layers, outside, 0 if self.tied else outside, "", self.tool_calls, self.embeds, active,
        )  # fmt: skip

    def _cache(self, number: int) -> tuple[int, int, int]:
        if self.attention_every and (number + 1) % self.attention_every:
            return 0, 0, 0
        if self.latent:
            return self.latent, 0, 0
        window = self.window if self.window_period and (number + 1) % self.window_period else 0
        return self.shared * self.head, self.shared * self.head, window
