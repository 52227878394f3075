"""Decides before a model is loaded: how, whether it fits, and who leaves. Keeps what is known of each file, and what loads really took."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import ModelError
from models import fit as fitting
from models import gguf_file, hardware
from models.experience import Experience
from models.fit import START, Fit
from models.gguf_file import GgufInfo, Layer
from models.hardware import Card, Machine
from models.memory_needs import CPU, Choice
from models.residency import Decision, Footprint, Residency
from models.sources.store import size_of

Measure = Callable[[Path, Choice, Card | None], Awaitable[dict[str, int]]]
_PROBE_SECONDS = 2.0  # a look at the machine is good for so long


@dataclass(frozen=True, slots=True)
class Admission:
    """How a model is to be loaded, and who leaves before it."""

    fit: Fit
    decision: Decision


class Keeper:
    """One for each core. ``folder`` holds what is remembered; ``measure`` asks llama.cpp for compute buffers (see ``models.llama``)."""

    def __init__(self, folder: Path, measure: Measure | None = None, probe: Callable[[], Machine] = hardware.probe) -> None:
        self._folder, self._measure, self._probe = folder, measure, probe
        self.experience = Experience(folder / "experience.json")
        self.residency = Residency({}, {})
        self._infos: dict[tuple[str, int, int], GgufInfo] = {}
        self._compute: dict[str, dict[str, int]] = {}
        self._plans: dict[str, Fit] = {}
        self._expected: dict[str, tuple[str, ...]] = {}
        self._seen: tuple[float, Machine] | None = None
        self._reasons: dict[str, str] = {}
        self._asked_about: set[int] = set()  # processes whose share of a card is known

    # -- what is known ----------------------------------------------------------------------------------------------

    def machine(self) -> Machine:
        """The machine, looked at no more than every two seconds."""
        now = time.monotonic()
        if self._seen is None or now - self._seen[0] > _PROBE_SECONDS:
            self._seen = (now, self._probe())
        return self._seen[1]

    def last_seen(self) -> Machine:
        """The machine as it was last looked at: for what does not change from moment to moment."""
        return self._seen[1] if self._seen else self.machine()

    def card(self, choice: Choice) -> Card | None:
        """The card that a way of loading names, if it was there when the machine was last looked at."""
        return next((card for card in self.last_seen().usable if choice.offload and card.id == choice.card), None)

    def info(self, path: Path) -> GgufInfo:
        """What a file says of itself; read once for each state of the file, also over restarts. Raises :class:`ModelError`."""
        state = path.stat()
        key = (str(path), state.st_size, state.st_mtime_ns)
        if key not in self._infos:
            kept = self._folder / "headers" / f"{path.stem}-{state.st_size}-{state.st_mtime_ns}.json"
            self._infos[key] = _read_kept(kept, path) or _keep(kept, gguf_file.read(path))
        return self._infos[key]

    async def fit(self, model_id: str, path: Path, wanted: int = 0, choice: Choice | None = None) -> Fit:
        """How a file fits if everything that is loaded left."""
        info, machine = await asyncio.to_thread(self.info, path), await asyncio.to_thread(self.machine)
        past = (self.experience.memory(model_id), self.experience.overhead())
        room, speeds = self._room(machine), self.experience.speeds()
        first = fitting.fit(info, machine, wanted, choice, speeds, room, None, *past)
        found = fitting.fit(info, machine, wanted, choice, speeds, room, await self._buffers(path, first.choice), *past)
        if found.fits and found.choice != first.choice:  # buffers differ between ways of loading: what counts are those of this one
            found = fitting.fit(info, machine, wanted, found.choice, speeds, room, await self._buffers(path, found.choice), *past)
        load, speed = self.experience.load_seconds(model_id), self.experience.decode_speed(model_id)
        return replace(found, load_seconds=load or found.load_seconds, decode_speed=speed or found.decode_speed)

    def _room(self, machine: Machine) -> dict[str, int]:
        given_back: dict[str, int] = {}
        for model in self.residency.resident:
            for device, part in self._plans[model].parts.items() if model in self._plans else ():
                # weights in RAM are pages of the file, which the system counts as free already
                size = part.total - (part.weights if device == CPU else 0)
                given_back[device] = given_back.get(device, 0) + size
        return fitting.budgets(machine, given_back)

    async def _buffers(self, path: Path, choice: Choice) -> dict[str, int] | None:
        """Compute buffers as llama.cpp lays them out; None where it cannot be asked."""
        if self._measure is None:
            return None
        key = f"{path}:{path.stat().st_mtime_ns}:{choice}"
        if key not in self._compute:
            try:
                self._compute[key] = await self._measure(path, choice, self.card(choice))
            except ModelError:
                return None
        return self._compute[key] or None

    # -- before and after a load ------------------------------------------------------------------------------------

    async def admit(self, model_id: str, path: Path, wanted: int = 0, choice: Choice | None = None) -> Admission:
        """Decide how ``model_id`` is loaded and who leaves. Raises :class:`ModelError` with the numbers where it cannot fit."""
        found = await self.fit(model_id, path, wanted, choice)
        if not found.fits:
            nearest = f" It would fit with {found.nearest.context} tokens of context and the cache in {found.nearest.cache}." if found.nearest else ""
            raise ModelError(
                f"{model_id} does not fit: {found.reason}{nearest}",
                code="does_not_fit",
                hint="`deskhand model fit` shows where the memory goes; a smaller quantisation takes less.",
            )
        self.residency.budget = self._room(self.machine())
        self.residency.footprints[model_id] = Footprint({device: part.total for device, part in found.parts.items()}, found.load_seconds)
        decision = self.residency.want(model_id, self._future(model_id), time.monotonic())
        if not decision.fits:
            raise ModelError(f"{decision.why}.", code="does_not_fit", hint="Unload a model that is pinned, or choose a smaller one.")
        self._plans[model_id] = found
        self._reasons[model_id] = f"{found.reason}; {decision.why}"
        return Admission(found, decision)

    async def ahead(self, model_id: str, path: Path, wanted: int = 0, choice: Choice | None = None) -> Decision | None:
        """Whether ``model_id`` may be loaded before it is called: only where nothing leaves that is needed sooner. It then counts as loaded."""
        found = await self.fit(model_id, path, wanted, choice)
        if not found.fits or model_id in self.residency.resident:
            return None
        self.residency.budget = self._room(self.machine())
        self.residency.footprints[model_id] = Footprint({device: part.total for device, part in found.parts.items()}, found.load_seconds)
        future = [model for models in self._expected.values() for model in models]
        decision = self.residency.ahead(future if model_id in future else [model_id, *future], time.monotonic())
        if decision is not None and decision.model != model_id:
            self.residency.forget(decision.model)
            return None
        return decision

    def loaded(self, model_id: str, path: Path, facts: dict[str, Any], seconds: float) -> None:
        """What a load really took; the next prediction learns from it."""
        planned = self._plans.get(model_id)
        actual = {device: round(sum(parts.values())) for device, parts in facts.get("buffers", {}).items()}
        predicted = {device: part.total - part.other - part.learnt for device, part in planned.parts.items()} if planned else {}
        self.experience.loaded(model_id, size_of(path), seconds, predicted, actual)

    def spoke(self, model_id: str, path: Path, process: int | None, tokens: int, seconds: float) -> None:
        """A loaded model has answered: it counts as used now, and what it held and how quick it was is remembered."""
        self.used(model_id)
        planned = self._plans.get(model_id)
        card = self.card(planned.choice) if planned else None
        if planned is None or card is None:
            # others at work tell less than the memory gives, and what is recommended goes by that
            self.experience.answered(model_id, tokens, seconds, self.info(path).read_per_token, "" if hardware.is_crowded() else "memory")
            return
        # of a card whose driver tells its bandwidth nothing is to be learnt; of others from what is all there and takes most of the time
        telling = not card.bandwidth and planned.choice.offload >= len(self.info(path).layers) and seconds > 2 * tokens * fitting.beside_memory(planned.choice)
        self.experience.answered(model_id, tokens, seconds, self.info(path).read_per_token, "card" if telling else "")
        part = planned.parts[card.id]
        # only now, as some of it is taken with the first prompt; and once a load, as asking the driver takes time
        if process and process not in self._asked_about and (held := hardware.held(card, process)):
            self._asked_about.add(process)
            self.experience.took(card.id, held - (part.total - part.other))

    def why(self, model_id: str) -> str:
        """Why the last load of this model was done as it was, in words; empty where nothing is known."""
        return self._reasons.get(model_id, "")

    def left(self) -> dict[str, int]:
        """Bytes by device that the loaded models leave of what they may use."""
        held = [self.residency.footprints[model].bytes for model in self.residency.resident if model in self.residency.footprints]
        return {device: budget - sum(sizes.get(device, 0) for sizes in held) for device, budget in self.residency.budget.items()}

    def loads_in(self, model_id: str, path: Path) -> float:
        """Seconds that a load of this file takes, as far as is known."""
        return self.experience.load_seconds(model_id) or START + size_of(path) / self.experience.speeds().disk

    def used(self, model_id: str) -> None:
        """A loaded model has spoken: it counts as used now."""
        if model_id in self.residency.resident:
            self.residency.want(model_id, now=time.monotonic())

    def expect(self, run_id: str, models: Sequence[str]) -> None:
        """What a run will need from now on, in order; an empty one: nothing more."""
        if models:
            self._expected[run_id] = tuple(models)
        else:
            self._expected.pop(run_id, None)

    def _future(self, model_id: str) -> tuple[str, ...]:
        """What waits, run by run in the order in which they came; the use that happens now is no longer future."""
        found: list[str] = []
        for models in self._expected.values():
            found += models
        if model_id in found:
            found = found[found.index(model_id) + 1 :]
        return tuple(model for model in found if model in self.residency.footprints)

    def gone(self, model_id: str) -> None:
        """Its process ended."""
        self.residency.forget(model_id)

    def pressed(self, busy: Sequence[str]) -> tuple[str, ...]:
        """Models to let go of because other programs need the memory now."""
        machine, gone = self.machine(), tuple[str, ...]()
        devices = [(CPU, machine.ram, machine.ram_free, fitting.RAM_RESERVE), *((card.id, card.total, card.free, fitting.CARD_RESERVE) for card in machine.usable)]
        for device, total, free, kind in devices:
            gone += self.residency.shrink(device, fitting.reserve(total, kind) // 2 - free, busy)
        return gone


def _read_kept(kept: Path, path: Path) -> GgufInfo | None:
    try:
        values = json.loads(kept.read_text(encoding="utf-8"))
        return GgufInfo(**{**values, "path": path, "layers": tuple(Layer(**layer) for layer in values["layers"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _keep(kept: Path, info: GgufInfo) -> GgufInfo:
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps({**asdict(info), "path": str(info.path)}), encoding="utf-8")
    except OSError:
        pass  # it is read again next time
    return info
