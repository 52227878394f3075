"""What fits, and how: the longest context and the most layers on a card that leave room for everything else, with numbers and a reason.

A model that does not fit is refused before anything is loaded, with the nearest thing that would fit.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from models.gguf_file import GgufInfo
from models.hardware import Card, Machine
from models.memory_needs import CPU, Choice, Part, needs

QUICK = 6.0  # tokens a second under which waiting is no fun; people read some five words in that time
SMALLEST_CONTEXT = 2048  # tokens; under this a conversation is no use
# what is left to others: a share of the whole, no less and no more than so many bytes
RAM_RESERVE, CARD_RESERVE = (0.08, 700_000_000, 10**12), (0.05, 300_000_000, 1_000_000_000)
CACHE_TYPES = ("f16", "q8_0", "q4_0")
# what a processor or card reaches of its memory's bandwidth when it decodes; corrected by what was measured
EFFICIENCY = {"cpu": 0.75, "card": 0.65}
DISK = 1.0e9  # bytes a second until a load was timed
MEMORY, CORE = 20e9, 7.5e9  # bytes a second of memory, and of what one core gets through, until an answer was timed (two cores: measured, four: HilbertRaum's i7-1185G7)
CARD_BANDWIDTH = 300e9  # bytes a second where neither the driver nor an answer has told
TOKEN_SECONDS, LAYER_SECONDS = 0.36e-3, 50e-6  # what a token costs beside the memory on a card, in all and for each layer: kernels are started one by one
START, CARD_START = 0.35, 0.4  # seconds until a worker reads the file; more where a card's driver is started


@dataclass(frozen=True, slots=True)
class Speeds:
    """Bytes a second as measured here: memory of the processor (0: not yet, see :func:`assumed_memory`), of the card (0: as its driver says), disk."""

    memory: float = 0.0
    card: float = 0.0
    disk: float = DISK


@dataclass(frozen=True, slots=True)
class Fit:
    """The answer for one model. ``parts`` and ``budgets`` in bytes by device; speeds in seconds and tokens a second."""

    fits: bool
    choice: Choice
    parts: dict[str, Part]
    budgets: dict[str, int]
    reason: str
    nearest: Choice | None = None
    load_seconds: float = 0.0
    decode_speed: float = 0.0
    notes: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """As ``deskhand model fit --json`` prints it."""
        parts = {device: {**asdict(part), "total": part.total, "budget": self.budgets.get(device, 0)} for device, part in self.parts.items()}
        return {**asdict(self), "parts": parts, "nearest": asdict(self.nearest) if self.nearest else None, "notes": list(self.notes)}


def assumed_memory(machine: Machine) -> float:
    """Bytes a second of the processor's memory as long as no answer was timed: few cores do not get through what it could give."""
    return min(MEMORY, machine.cores * CORE)


def budgets(machine: Machine, kept: dict[str, int] | None = None) -> dict[str, int]:
    """Bytes that may be used on each device now; ``kept`` is what models that are loaded anyway would give back."""
    found = {CPU: max(0, machine.ram_free + (kept or {}).get(CPU, 0) - reserve(machine.ram, RAM_RESERVE))}
    for card in machine.usable:
        found[card.id] = max(0, card.free + (kept or {}).get(card.id, 0) - reserve(card.total, CARD_RESERVE))
    return found


def reserve(total: int, kind: tuple[float, int, int]) -> int:
    """Bytes of a device that are left to others."""
    share, least, most = kind
    return min(max(round(total * share), least), most)


def fit(
    info: GgufInfo,
    machine: Machine,
    wanted: int = 0,
    choice: Choice | None = None,
    speeds: Speeds | None = None,
    room: dict[str, int] | None = None,
    compute: dict[str, int] | None = None,
    learnt: dict[str, float] | None = None,
    overhead: dict[str, int] | None = None,
) -> Fit:
    """How ``info`` is best loaded for a context of ``wanted`` tokens (0: 8192 or what it was trained on), or exactly as ``choice`` says.

    ``room`` and ``compute`` are bytes by device; ``learnt`` says by device how many times the prediction earlier loads took, ``overhead``
    the bytes that a worker takes there before anything is loaded.
    """

    def taken(option: Choice) -> dict[str, Part]:
        found = needs(info, option, compute)
        found = {device: replace(part, other=(overhead or {}).get(device, part.other)) for device, part in found.items()}
        return {device: part.corrected((learnt or {}).get(device, 1.0)) for device, part in found.items()}

    room, speeds = room if room is not None else budgets(machine), speeds or Speeds()
    speeds = replace(speeds, memory=speeds.memory or assumed_memory(machine))
    card = max(machine.usable, key=lambda card: room.get(card.id, 0), default=None)
    context = wanted or min(8192, info.context or 8192)
    options = [_placed(choice, card)] if choice else _options(info, context, card)
    for option in options:
        parts = taken(option)
        if _inside(parts, room):
            reason = _reason(option, context, card, info)
            seconds, speed = load_seconds(info, speeds, option), decode_speed(info, option, parts, speeds, card)
            return Fit(True, option, parts, room, reason, None, seconds, speed, _notes(info, option))
    asked = options[0]
    parts = taken(asked)
    nearest = next((option for option in _options(info, context, card) if _inside(taken(option), room)), None)
    return Fit(False, asked, parts, room, _refusal(info, parts, room), nearest if nearest != asked else None, load_seconds(info, speeds, asked), 0.0, ())


def _placed(choice: Choice, card: Card | None) -> Choice:
    """What a person chose, on a card that is there; without one all of it is on the processor."""
    if card is None:
        return replace(choice, offload=0, card="")
    return replace(choice, card=(choice.card or card.id) if choice.offload else "")


def _options(info: GgufInfo, context: int, card: Card | None) -> list[Choice]:
    """From the best to the least: all on the card, then fewer layers; the whole context, then a smaller cache, then less context."""
    layers, found = len(info.layers), []
    steps = [layers, *sorted({round(layers * share) for share in (0.9, 0.75, 0.5, 0.25)}, reverse=True), 0] if card else [0]
    lengths = [context, *(length for length in (65536, 32768, 16384, 8192, 4096, SMALLEST_CONTEXT) if length < context)]
    for offload in steps:
        for length in lengths:
            for kind in CACHE_TYPES:
                found.append(Choice(length, offload, cache=kind, card=card.id if card and offload else ""))
    # a longer context on fewer layers is better than a short one on all of them, but only down to half the layers
    return sorted(found, key=lambda option: (option.offload < layers / 2 and card is not None, -min(option.context, context), CACHE_TYPES.index(option.cache), -option.offload))


def _inside(parts: dict[str, Part], room: dict[str, int]) -> bool:
    return all(part.total <= room.get(device, 0) for device, part in parts.items())


def _reason(option: Choice, context: int, card: Card | None, info: GgufInfo) -> str:
    where = f"{option.offload} of {len(info.layers)} layers on {card.name}" if card and option.offload else "all of it in memory, on the processor"
    less = "" if option.context >= context else f", with {option.context} tokens of context instead of {context}"
    smaller = "" if option.cache == "f16" else f", the cache in {option.cache}"
    return f"{where}{less}{smaller}"


def _notes(info: GgufInfo, option: Choice) -> tuple[str, ...]:
    found = []
    if info.context and option.context > info.context:
        found.append(f"It was trained on {info.context} tokens; beyond that it gets worse.")
    if option.cache == "q4_0":
        found.append("A cache in q4_0 costs some quality.")
    return tuple(found)


def _refusal(info: GgufInfo, parts: dict[str, Part], room: dict[str, int]) -> str:
    worst = max(parts, key=lambda device: parts[device].total - room.get(device, 0))
    return f"{info.name} needs {gigabytes(parts[worst].total)} on {'this machine' if worst == CPU else worst}, and {gigabytes(room.get(worst, 0))} are free for it."


def gigabytes(count: int) -> str:
    """1.2 GB."""
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.0f} MB"


def load_seconds(info: GgufInfo, speeds: Speeds, option: Choice | None = None) -> float:
    """Seconds from nothing to ready: the start of a process (and of a card's driver), and reading the file."""
    return START + (CARD_START if option and option.offload else 0.0) + info.size / speeds.disk


def beside_memory(option: Choice) -> float:
    """Seconds of a token on a card that its memory has no part in (measured with llama-cpp-python on an H200)."""
    return TOKEN_SECONDS + LAYER_SECONDS * option.offload if option.offload else 0.0


def decode_speed(info: GgufInfo, option: Choice, parts: dict[str, Part], speeds: Speeds, card: Card | None = None) -> float:
    """Tokens a second: every token reads all active weights and the whole cache once (the memory is the limit, not the arithmetic)."""
    bandwidth = {True: speeds.memory * EFFICIENCY["cpu"], False: (speeds.card or (card.bandwidth if card else 0) or CARD_BANDWIDTH) * EFFICIENCY["card"]}
    seconds = beside_memory(option)
    for device, part in parts.items():
        weights = part.weights - (info.embedding if device == CPU and (info.output or option.offload) else 0)
        seconds += (weights * info.active + part.cache / 2) / bandwidth[device == CPU]
    return round(1 / seconds, 1) if seconds else 0.0
