"""All models this core knows: the starter, GGUF files in the models folders, those of other programs, and the configured servers.

A model id is ``starter``, the name of a GGUF file without its ending (and without the number of a part), or ``provider/name`` (``openai/gpt-4o``, ``ollama/qwen3:4b``).
"""

from __future__ import annotations

import asyncio
import contextlib
import difflib
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from core.errors import DeskhandError, ModelError, NoModel, NotFound, UsageError
from core.home import Home
from core.ports import ChatModel, Secrets, SwitchReport, ToolScore
from core.settings import Settings
from models import catalog, embedder, hardware
from models import fit as fitting
from models.catalog.finder import ModelFinder
from models.fit import Fit
from models.gate import Gate
from models.gguf_file import GgufInfo
from models.hardware import Card
from models.keeper import Keeper
from models.llama import backends
from models.llama.architectures import Architectures
from models.llama.chat import LlamaModel
from models.llama.process import Worker
from models.memory_needs import ELEMENT, Choice
from models.power_test.exchanges import score_of
from models.self_test import SelfTest, fingerprint, ways_of
from models.servers.anthropic.client import AnthropicModel
from models.servers.learned import LearnedQuirks
from models.servers.openai.client import OpenAICompatibleModel
from models.servers.served import describe_served
from models.servers.services import find_service
from models.sources.fetching import Downloads
from models.sources.hub import Hub
from models.sources.local_apps import LocalModel, find_local_models
from models.sources.store import ModelStore, StoredModel, files_of, size_of
from models.standing_in import find_stand_in
from models.starter.model import GGUF, StarterModel

log = logging.getLogger("deskhand.models")
LOOK_SECONDS, MISSED_SECONDS = 5.0, 1.0  # between two looks at what other programs have; the second where a model of theirs is asked for that was not found
ROLES = ("planner", "reviewer", "executor")
PRUNE_SECONDS = 60.0
STATES_KEPT = 4_000_000_000, 7 * 86400.0  # bytes of what models have read, and seconds that it is kept


class _Doorman:
    """Asks the keeper before a model of the pool is loaded, sends those away who must leave, and tells what the load took."""

    def __init__(self, pool: LocalModelPool, model_id: str, path: Path) -> None:
        self._pool, self._id, self._path = pool, model_id, path

    async def before(self) -> dict[str, Any]:
        async with self._pool.gate.turn(self._id):
            self._pool.take_wishes()
            admission = await self._pool.keeper.admit(self._id, self._path, self._pool.context, self._pool.chosen(self._id))
            for leaving in admission.decision.unload:
                await self._pool.retire(leaving)
        choice = admission.fit.choice
        return {"context": choice.context, "cache": choice.cache, "flash": choice.flash, **on_card(choice, self._pool.keeper.card(choice))}

    def after(self, facts: dict[str, Any], seconds: float) -> None:
        self._pool.keeper.loaded(self._id, self._path, facts, seconds)

    def spoke(self, tokens: int, seconds: float) -> None:
        worker = getattr(self._pool.get(self._id), "worker", None)
        self._pool.keeper.spoke(self._id, self._path, worker.pid if worker else None, tokens, seconds)

    def ended(self) -> None:
        self._pool.keeper.gone(self._id)


class LocalModelPool:
    """The port ``core.ports.ModelPool``. ``folder`` holds GGUF files of this data folder alone, ``shared`` those that all data folders of the user share.

    Settings are read anew each time, ``extra`` are models made elsewhere.
    """

    def __init__(self, folder: Path, settings: Settings, secrets: Secrets, extra: Mapping[str, ChatModel] | None = None, shared: Path | None = None) -> None:
        self._folder, self._settings, self._secrets = folder, settings, secrets
        self.store = ModelStore(shared or Home.shared_models(), (folder,))
        self.keeper = Keeper(folder.parent / "cache", _measure, lambda: hardware.probe(self.store.folder))
        self._pruned = -PRUNE_SECONDS
        self._learned = LearnedQuirks(folder.parent / "cache" / "servers.json")
        self._looked, self._of_others = -LOOK_SECONDS - 1, list[LocalModel]()
        self.hub = Hub(lambda: str(settings["models.hub"]), lambda: secrets.get("huggingface"))
        self.downloads = Downloads(self.store, self.hub.headers)
        cache, experience = folder.parent / "cache", self.keeper.experience
        known = catalog.Catalog(cache / "catalog.json")
        self.finder = ModelFinder(known, self.hub, Architectures(cache / "architectures.json"), self.keeper.machine, experience.speeds)
        self.gate = Gate(self.keeper.residency.order)
        self.self_test = SelfTest(self)
        self._ahead: set[asyncio.Task[None]] = set()
        self._made: dict[str, ChatModel] = dict(extra or {})
        self._made.setdefault("starter", StarterModel())
        self._orphans: list[Worker] = []  # of files that are no longer there; they are ended when there is time

    @property
    def context(self) -> int:
        """Tokens that local models are loaded for, where they fit."""
        return int(self._settings["models.context"])

    @property
    def _providers(self) -> Mapping[str, Any]:
        """The ``[provider.NAME]`` tables."""
        return self._settings.extra.get("provider", {})  # type: ignore[no-any-return]

    @property
    def _states(self) -> Path:
        return self._folder.parent / "cache" / "states"

    def forget_read(self) -> None:
        """Remove what models have read and kept in files, and let those that are loaded keep nothing of it."""
        for file in self._states.glob("*"):
            with contextlib.suppress(OSError):
                file.unlink()
        for model in self._made.values():
            if worker := getattr(model, "worker", None):
                worker.forget_read()

    def get(self, model_id: str) -> ChatModel:
        self._drop_if_removed(model_id)
        if model_id not in self._made:
            self._made[model_id] = self._make(model_id)
        return self._made[model_id]

    def _make(self, model_id: str) -> ChatModel:
        provider, _, name = model_id.partition("/")
        if name and provider in self._providers:
            return self._remote(model_id, provider, name)
        path = self.path_of(model_id)
        if path is not None and (file := _state_of(path)):  # what another file of this name has read is of no use
            state = self._states / f"{quote(model_id, safe='')}-{file.st_size}-{file.st_mtime_ns}.state"
            profile = catalog.find(model_id)
            options = {"embedding": True} if profile and profile.embeds else None
            return LlamaModel(model_id, path, self.context, options, _Doorman(self, model_id, path), None if options else state, lambda: self._tool_score(model_id, path))
        near = difflib.get_close_matches(model_id, self._ids(), 3)
        raise NoModel(f"There is no model {model_id[:100]!r}.", hint=(f"Did you mean {', '.join(near)}? " if near else "") + "`deskhand model list` shows what there is.")

    def _ids(self) -> list[str]:
        """Of every model, whether it can be read or not."""
        local = [*(model.id for model in self.store.all()), *(entry.id for entry in self.of_other_programs())]
        return ["starter", *local, *(f"{provider}/{name}" for provider, values in self._providers.items() for name in values.get("models", ()))]

    def stand_in(self, missing: str) -> str:
        """The model that answers while a chosen one is not here: the best local one that fits, else ``starter``."""
        files = (*self.files(), *((entry.id, entry.path) for entry in self.of_other_programs()))
        return find_stand_in([(model_id, path) for model_id, path in files if model_id != missing], self.keeper)

    def is_here(self, model_id: str) -> bool:
        """Whether a model can be called now."""
        try:
            self.get(model_id)
        except NoModel:
            return False
        return True

    def _tool_score(self, model_id: str, path: Path) -> ToolScore | None:
        """How this file did with tools; None where it was not tested to the end."""
        try:
            return score_of(self.keeper.experience.exchanges(model_id, lambda: fingerprint(path, self.keeper.last_seen())))
        except OSError:
            return None  # the file is gone

    def _remote(self, model_id: str, provider: str, name: str) -> ChatModel:
        values = self._providers[provider]
        key = self._secrets.get(provider)
        timeout = float(values.get("timeout_s", 120.0))
        served = describe_served(catalog.cloud_model(name), values, name)
        if values.get("kind", "openai") == "anthropic":
            return AnthropicModel(model_id, name, key, values.get("base_url") or None, timeout, served=served, learned=self._learned)
        known = find_service(provider)
        return OpenAICompatibleModel(model_id, name, values.get("base_url") or (known.url if known else ""), key, timeout, served=served, learned=self._learned)

    def _drop_if_removed(self, model_id: str) -> None:
        """Somebody may delete a model's file while it is loaded."""
        worker = getattr(self._made.get(model_id), "worker", None)
        if worker is not None and not worker.path.is_file():
            self._orphans.append(worker)
            del self._made[model_id]
            self.keeper.gone(model_id)

    def path_of(self, model_id: str) -> Path | None:
        """The file of a local model, the first of a split one: in a models folder, or where another program keeps it."""
        if model := self.store.find(model_id):
            return model.path
        if ":" not in model_id:
            return None
        theirs = (entry.path for age in (LOOK_SECONDS, MISSED_SECONDS) for entry in self.of_other_programs(age) if entry.id == model_id)
        return next(theirs, None)

    def of_other_programs(self, age: float = LOOK_SECONDS) -> list[LocalModel]:
        """What other programs have on this disk now; looked for anew where the last look is older than ``age`` seconds, or one of them has gone."""
        is_old = time.monotonic() - self._looked > age
        if is_old or not all(file.is_file() for entry in self._of_others for file in files_of(entry.path)):
            self._looked, self._of_others = time.monotonic(), find_local_models()
        return self._of_others

    async def remove(self, model_id: str) -> StoredModel:
        """Unload a model of the models folders and delete its files, or what has come of it. Raises :class:`NotFound`; :class:`UsageError` for another program's."""
        came = await asyncio.to_thread(self.downloads.forget, model_id)
        if (model := self.store.find(model_id)) is None:
            if came:
                return StoredModel(model_id, ())
            if model_id == "starter":
                raise UsageError("The starter is built in and cannot be removed.", code="not_ours")
            owner = next((entry.program for entry in self.of_other_programs() if entry.id == model_id), "")
            if owner:
                raise UsageError(f"{model_id} belongs to {owner}.", code="not_ours", hint=f"Remove it in {owner}.")
            raise NotFound(f"There is no model file {model_id[:100]}.", hint="`deskhand model list` shows what there is.")
        await self.unload(model.id)
        self._made.pop(model.id, None)
        self.keeper.gone(model.id)
        await asyncio.to_thread(self.store.remove, model.id)
        return model

    def known(self) -> list[dict[str, Any]]:
        """Every known model: id, where it lives, size in bytes, whether it is loaded."""
        for model_id in list(self._made):
            self._drop_if_removed(model_id)
        rows = [self._row("starter", "built in", Path(getattr(getattr(self._made["starter"], "worker", None), "path", "")))]
        rows += [self._row(model.id, "this machine", model.path) for model in self.store.all()]
        rows += [self._row(entry.id, entry.program, entry.path) for entry in self.of_other_programs()]
        rows = [row | measured for row in rows if (measured := self._measured(row["id"])) is not None]
        for provider, values in self._providers.items():
            for name in values.get("models", ()):
                rows.append(self._served_row(provider, str(name), values))
        known = {row["id"] for row in rows} | {"starter (vectors)"}
        rows += [
            {"id": model_id, "where": "this process", "bytes": 0, "loaded": True, "kind": "scripted"} for model_id in self._made if model_id not in known and "/" not in model_id
        ]
        return rows

    def _served_row(self, provider: str, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """A model behind a server: what it takes and costs as far as is known (tokens, US dollars for a million tokens)."""
        served, profile = describe_served(catalog.cloud_model(name), values, name), self.get(f"{provider}/{name}").profile
        return {
            "id": f"{provider}/{name}", "where": values.get("base_url") or provider, "bytes": 0, "loaded": False, "kind": values.get("kind", "openai"),
            "ways": list(ways_of(profile)), "context": profile.context, "price_in": served.price.read, "price_out": served.price.written,
        }  # fmt: skip

    def _measured(self, model_id: str) -> dict[str, Any] | None:
        """What the tests found, and which ways of working the model takes; tokens a second, None where nothing was measured. None for a file that has just gone."""
        try:
            experience, profile = self.keeper.experience, self.get(model_id).profile
        except NoModel:
            return None
        return {
            "reads_per_s": experience.read_speed(model_id), "writes_per_s": experience.decode_speed(model_id), "ways": list(ways_of(profile)),
            "tool_score": asdict(profile.tool_score) if profile.tool_score else None,
        }  # fmt: skip

    def files(self) -> list[tuple[str, Path]]:
        """Ids and files of the local models in the models folders."""
        return [(model.id, model.path) for model in self.store.all()]

    def files_in_use(self) -> list[tuple[str, Path]]:
        """Those of :meth:`files` that this data folder has to do with: added to it, fetched by this core, pinned, or chosen for a role or by a rule.

        The shared folder holds what other data folders brought as well; nobody here asked for that.
        """
        rules = self._settings.extra.get("route")
        chosen = {*(self._settings[f"models.{role}"] for role in ROLES), *self._settings["models.pinned"], *(row["model"] for row in self.downloads.all())}
        chosen |= {rule.get("model") for rule in (rules if isinstance(rules, list) else ()) if isinstance(rule, dict)}
        return [(model.id, model.path) for model in self.store.all() if model.id in chosen or self._folder in model.path.parents]

    def is_loaded(self, model_id: str) -> bool:
        """Whether a local model's process runs."""
        worker = getattr(self._made.get(model_id), "worker", None)
        return worker is not None and worker.pid is not None

    async def load_beside(self, model_id: str) -> bool:
        """Load a model where nothing that is needed sooner has to leave; False where there is no such room. Raises :class:`ModelError`."""
        if not await self._make_room_ahead(model_id):
            return False
        await self.switch((), model_id)
        return True

    def _row(self, model_id: str, where: str, path: Path) -> dict[str, Any]:
        worker = getattr(self._made.get(model_id), "worker", None)
        return {"id": model_id, "where": where, "bytes": size_of(path), "loaded": bool(worker and worker.pid), "kind": "gguf", "pid": worker.pid if worker else None}

    def seeing(self) -> tuple[str, ...]:
        """Ids of the models here that can be shown pictures: of files none, as llama.cpp is built without its projector."""
        return tuple(row["id"] for row in self.known() if row["kind"] != "gguf" and self.get(row["id"]).profile.sees)

    async def switch(self, leaving: tuple[str, ...], needed: str) -> SwitchReport:
        """Load the model that is needed; of those that spoke before only those leave that do not fit beside it. Remote ones cost nothing."""
        began, before = time.monotonic(), {row["id"] for row in self.known() if row["loaded"]}
        worker, loaded = getattr(self.get(needed), "worker", None), []
        if worker is not None and worker.pid is None:
            await worker.load()
            loaded.append(needed)
        unloaded = before - {row["id"] for row in self.known() if row["loaded"]}
        why = self.keeper.why(needed) if loaded else "it is loaded" if worker is not None else "it is not on this machine"
        return SwitchReport(tuple(loaded), tuple(sorted(unloaded)), time.monotonic() - began, why, self.keeper.left())

    def loads_in(self, model_id: str) -> float:
        """Seconds until the model could speak: as it was measured here, else by the size of its file."""
        worker = getattr(self.get(model_id), "worker", None)
        return 0.0 if worker is None or worker.pid is not None else self.keeper.loads_in(model_id, worker.path)

    def ahead(self, needed: str, told: Callable[[SwitchReport], None], beside: bool = False) -> None:
        """Begin to load ``needed`` and go on; ``told`` hears of it when it is done. ``beside``: only where nothing needed sooner has to leave."""
        task = asyncio.create_task(self._load_ahead(needed, told, beside), name=f"load {needed} ahead")
        self._ahead.add(task)
        task.add_done_callback(self._ahead.discard)

    async def _load_ahead(self, needed: str, told: Callable[[SwitchReport], None], beside: bool) -> None:
        try:
            if beside and not await self._make_room_ahead(needed):
                return
            told(await self.switch((), needed))
        except DeskhandError as error:
            self.keeper.gone(needed)
            log.info("%s was not loaded ahead: %s", needed, error.message)  # who calls it hears why

    async def _make_room_ahead(self, needed: str) -> bool:
        path = self.path_of(needed)
        if path is None:
            return False
        async with self.gate.turn(needed):
            self.take_wishes()
            decision = await self.keeper.ahead(needed, path, self.context, self.chosen(needed))
            for leaving in decision.unload if decision else ():
                await self.retire(leaving)
        return decision is not None

    def expect(self, run_id: str, models: Sequence[str]) -> None:
        """What a run will need, in order; none: nothing more. It decides who stays loaded."""
        self.keeper.expect(run_id, models)

    async def load(self, model_id: str) -> dict[str, Any]:
        """Load a local model now. Raises :class:`ModelError`."""
        worker = getattr(self.get(model_id), "worker", None)
        if worker is None:
            raise UsageError(f"{_not_a_file(model_id)}; there is nothing to load.", code="not_local")
        return dict(await worker.load())

    async def fit(self, model_id: str, wanted: int = 0, choice: Choice | None = None) -> dict[str, Any]:
        """How a model would be loaded, what it would take where, and why; for files here and for profiles of the catalogue."""
        choice = choice or (None if wanted else self.chosen(model_id))
        if path := self.path_of(model_id):
            found, info = await self.keeper.fit(model_id, path, wanted or self.context, choice), self.keeper.info(path)
        else:
            found, info = self._fit_of_profile(model_id, wanted or self.context, choice)
        return {"id": model_id, "name": info.name, "kind": info.kind, "quantisation": info.quantisation, "parameters": info.parameters, **found.to_json()}

    def _fit_of_profile(self, model_id: str, wanted: int, choice: Choice | None) -> tuple[Fit, GgufInfo]:
        name, _, quantisation = model_id.partition(":")
        profile = self.finder.catalog.get(name)
        if profile is None or (quantisation and quantisation not in profile.quantisations and quantisation not in catalog.BITS):
            self.get(model_id)  # says that there is none, and what is near
            raise UsageError(f"{_not_a_file(model_id)}; there is nothing to fit.", code="not_local")
        info = profile.as_file(quantisation or profile.quantisations[0])
        return fitting.fit(info, self.keeper.machine(), wanted, choice, self.keeper.experience.speeds()), info

    def chosen(self, model_id: str) -> Choice | None:
        """How the person wants a model loaded; None: as it fits best. What cannot be meant is passed over."""
        wish = self._settings.extra.get("load", {}).get(model_id)
        if not isinstance(wish, Mapping):
            return None
        cache = wish.get("cache", "f16") if wish.get("cache", "f16") in ELEMENT else "f16"
        return Choice(max(512, int(wish.get("context", self.context))), max(0, int(wish.get("offload", 0))), cache=cache)

    def take_wishes(self) -> None:
        """Time to live and pinned models as they stand in the settings now."""
        residency = self.keeper.residency
        residency.time_to_live, residency.pinned = float(self._settings["models.keep_s"]), set(self._settings["models.pinned"])

    async def tend(self, is_quiet: Callable[[], bool] = lambda: False) -> tuple[str, ...]:
        """Let go of what nobody used for long, and of what other programs need the memory of; called every few seconds.

        ``is_quiet``: nothing is asked of any model, so that one which came may be tested.
        """
        self.take_wishes()
        self.self_test.look(is_quiet)
        busy = [model_id for model_id, model in self._made.items() if (worker := getattr(model, "worker", None)) is not None and worker.busy]
        pressed = await asyncio.to_thread(self.keeper.pressed, busy) if self.workers() else ()
        gone = (*self.keeper.residency.expire(time.monotonic(), busy), *pressed)
        for model_id in gone:
            await self.retire(model_id)
        for model_id in list(self._made):
            self._drop_if_removed(model_id)
        while self._orphans:
            await self._orphans.pop().close()
        if time.monotonic() - self._pruned > PRUNE_SECONDS:
            self._pruned = time.monotonic()
            await asyncio.to_thread(prune, self._states)
        return gone

    async def retire(self, model_id: str) -> None:
        """Unload a model once it has finished what it is saying."""
        worker = getattr(self._made.get(model_id), "worker", None)
        if worker is not None and worker.pid is not None:
            await worker.retire()

    async def unload(self, model_id: str) -> bool:
        """End a local model's process; True when one ran."""
        worker = getattr(self._made.get(model_id), "worker", None)
        if worker is None or worker.pid is None:
            return False
        await worker.close()
        return True

    async def embed(self, model_id: str, texts: list[str]) -> tuple[list[list[float]], int]:
        """One vector for each text, and the tokens read. Raises :class:`ModelError`."""
        model = self._embedder() if model_id in ("", "starter") else self.get(model_id)
        if not hasattr(model, "embed"):
            raise ModelError(f"{model_id} cannot embed.", code="no_embedder", hint="Choose another with `deskhand config set models.embedder ID`.")
        return await model.embed(texts)  # type: ignore[no-any-return]

    async def meanings(self, texts: list[str]) -> list[list[float]]:
        """Vectors for searching by meaning. Raises :class:`ModelError` where the embedding model is not installed: the starter's are too poor for it."""
        if not self.path_of(embedder.ID):
            raise ModelError(f"{embedder.ID} is not installed.", code="no_embedder", hint="`deskhand model pull all-minilm-l6-v2` fetches it.")
        return (await self.embed(embedder.ID, texts))[0]

    def _embedder(self) -> ChatModel:
        """The default embedding model where it is installed; else the starter once more, loaded for vectors, which are poor."""
        if self.path_of(embedder.ID):
            return self.get(embedder.ID)
        if "starter (vectors)" not in self._made:
            self._made["starter (vectors)"] = LlamaModel("starter (vectors)", GGUF, 512, {"embedding": True, "threads": 1})
        return self._made["starter (vectors)"]

    def forget(self, prefix: str) -> None:
        """Drop what was made for a provider whose settings changed."""
        for model_id in [key for key in self._made if key.startswith(prefix)]:
            del self._made[model_id]

    def workers(self) -> list[int]:
        """Process ids of the loaded models."""
        found = (getattr(model, "worker", None) for model in self._made.values())
        return [worker.pid for worker in found if worker is not None and worker.pid]

    async def close(self) -> None:
        """End every worker, download and connection."""
        self.finder.close()
        await self.self_test.close()
        await asyncio.to_thread(self.downloads.close)
        while self._orphans:
            await self._orphans.pop().close()
        for task in self._ahead:
            task.cancel()
        for model in self._made.values():
            if (worker := getattr(model, "worker", None)) is not None:
                await worker.close()
            elif close := getattr(model, "close", None):
                await close()


def _state_of(path: Path) -> os.stat_result | None:
    """None for a file that has gone since it was found."""
    try:
        return path.stat()
    except OSError:
        return None


async def _measure(path: Path, choice: Choice, card: Card | None = None) -> dict[str, int]:
    """Compute buffers by device, asked of llama.cpp in a process that loads nothing."""
    worker = Worker(path, on_card(choice, card))
    (found,) = await worker.measure([{"context": choice.context, "batch": choice.batch, "cache": choice.cache, "flash": choice.flash}])
    return {device: round(parts.get("compute", 0)) for device, parts in found.items()}


def _not_a_file(model_id: str) -> str:
    return "The starter is built in and fits every machine" if model_id == "starter" else f"{model_id} does not run on this machine"


def on_card(choice: Choice, card: Card | None) -> dict[str, Any]:
    """Options for a worker: layers on which card. llama.cpp counts what makes the logits as one layer more, and puts it there first."""
    if card is None:
        return {"gpu_layers": 0}
    return {"gpu_layers": choice.offload + 1, "card": card.id, "environment": backends.environment(card.backend, card.address)}


def prune(states: Path, now: float | None = None) -> None:
    """Delete states that are old, and the oldest where all together are too large."""
    most, age = STATES_KEPT
    try:
        files = sorted(((file.stat().st_mtime, file.stat().st_size, file) for file in states.iterdir() if file.is_file()), reverse=True)
    except OSError:
        return
    total = 0
    for changed, size, file in files:
        total += size
        if total > most or (now or time.time()) - changed > age:
            file.unlink(missing_ok=True)
