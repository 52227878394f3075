"""The composition root: every part of the core, made once and handed to the parts that need it. Reads like a table of contents."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.service import forms, scheduling
from app.service.a2a.agents import Agents
from app.service.accounts import PersonsAccounts
from app.service.alarm import Alarm
from app.service.devices.broker import Broker
from app.service.devices.given_broker import GivenBroker
from app.service.devices.joining import Joining
from app.service.devices.machine import own_card, state_now
from app.service.devices.nearby import Nearby
from app.service.devices.parts import DeviceParts
from app.service.devices.serial_lines import SerialLines
from app.service.model_pulls import ModelPulls
from app.service.model_setup import ModelSetup
from core.approvals import Approvals
from core.clock import Clock, SystemClock
from core.conversations import Conversations
from core.devices.elsewhere import HubElsewhere, PeerFiles
from core.devices.hardware import Hardware
from core.devices.hub import Hub
from core.devices.member import Member
from core.devices.moving import HubMoving, Moving
from core.devices.store import Assignments, Devices, Duties, Offers
from core.devices.transfer import Exchange
from core.errors import DeskhandError
from core.execution.deps import PipelineDeps
from core.file_head import read_head
from core.gate.egress import Egress
from core.gate.origins import Origins
from core.gate.policy import PermissionPolicy
from core.home import Home
from core.journal import Journal
from core.memory.gather import gather
from core.memory.judge import join_alike
from core.memory.recall import Recall
from core.memory.store import Memories
from core.memory.tidy import tidy
from core.memory.use import Looking, remembering
from core.network import local_only
from core.ports import ChatModel
from core.run_service import RunService, history_from, turns_from
from core.runs import Runs
from core.schedule.planning import Planning
from core.schedule.store import Schedules
from core.settings import Settings, write_atomically
from core.storage.database import Database
from core.sweep import DAY, sweep_old
from core.turn.attendance import Attendance
from core.turn.precedence import Precedence
from core.turn.usage_ledger import UsageLedger
from models.pool import LocalModelPool
from models.reader.reader import RequestReader
from models.secrets import KeyringSecrets
from models.servers.services import key_variables
from skills.adding import Adding
from skills.index import VectorIndex
from skills.library import SkillLibrary
from skills.search import SkillSearch
from tools.blobs import BlobStore
from tools.builtin import builtin_tools
from tools.builtin.browser import browsers
from tools.changes import Changes
from tools.mcp.servers import McpServers
from tools.sandbox.box import keeper
from tools.toolbox import LocalToolBox

log = logging.getLogger("deskhand.core")
TIDY_SECONDS = 3600.0  # between two consolidations of the facts


@dataclass(slots=True)
class FrontEnds:
    """Who could answer a question now: the open connections that said they can."""

    connected: set[object] = field(default_factory=set)

    def reachable(self) -> bool:
        return bool(self.connected)


@dataclass(slots=True)
class Core:
    """All parts of a running core."""

    home: Home
    settings: Settings
    clock: Clock
    database: Database
    journal: Journal
    conversations: Conversations
    policy: PermissionPolicy
    approvals: Approvals
    tools: LocalToolBox
    secrets: KeyringSecrets
    pool: LocalModelPool
    setup: ModelSetup
    pulls: ModelPulls
    mcp: McpServers
    recall: Recall
    skills: SkillLibrary
    adding: Adding
    runs: RunService
    schedules: Schedules
    alarm: Alarm
    devices: DeviceParts
    front_ends: FrontEnds
    token: str
    stop_asked: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0
    safe_mode: str = ""  # why nothing goes on by itself; empty where it does
    _tidied: float = 0.0
    _swept: float = float("-inf")
    unwatch: Callable[[], None] = lambda: None  # ends the look at every socket

    async def tend(self) -> tuple[str, ...]:
        """Look after what runs beside: models and servers that nobody needs, memories that have no vectors yet. Called every few seconds."""
        self.runs.deps.egress.flush()
        gather(self.database, self.recall.memories)
        await self.recall.index(32)
        if self.clock.monotonic() - self._tidied > TIDY_SECONDS:
            self._tidied = self.clock.monotonic()
            tidy(self.recall.memories)
            await join_alike(self.recall, self._chatting)
        self._sweep()
        self._keep_catalog_fresh()
        self.setup.tend()
        self.pulls.tend()
        return (*await self.pool.tend(lambda: not self.runs.active()), *await self.mcp.tend())

    def _sweep(self) -> None:
        """Once a day, and some time after the start."""
        if self.clock.monotonic() - self._swept > DAY:
            self._swept = self.clock.monotonic()
            sweep_old(self.home, self.journal, self.database, self.clock, self.settings["storage.keep_days"], self.settings["storage.journal_days"])

    def _keep_catalog_fresh(self) -> None:
        """Once a week the model hub is asked about the files of the catalogue, unless nothing may leave this machine."""
        if not self.settings["privacy.local_only"]:
            hub = str(self.settings["models.hub"]) or "model hub"
            self.pool.finder.keep_fresh(self.clock.now().timestamp(), lambda: self.runs.deps.egress.record("", hub, "catalogue: sizes of models", True))

    def _chatting(self) -> ChatModel | None:
        """A model that talks and is ready now, while no run wants it."""
        if self.runs.active():
            return None
        for role in ("executor", "planner"):
            try:
                if (name := self.settings[f"models.{role}"]) and self.pool.loads_in(name) == 0 and (model := self.pool.get(name)).profile.chats:
                    return model
            except DeskhandError:
                continue
        return None

    async def stop(self) -> None:
        """Staged, each stage bounded: no new runs, let go of the running ones, models, database."""
        self.alarm.stop()
        await self.alarm.engine.stop()
        for name, stage in (
            ("devices", self.devices.stop()),
            ("runs", self.runs.stop()),
            ("setup", self.setup.close()),
            ("pulls", self.pulls.close()),
            ("models", self.pool.close()),
            ("servers", self.mcp.close()),
            ("skills", self.skills.close()),
            ("browser", browsers.close()),
        ):
            try:
                await asyncio.wait_for(stage, 8)
            except TimeoutError:
                log.error("stopping %s took too long; going on", name)
        keeper.close()
        self.runs.deps.egress.flush()
        self.unwatch()
        self.database.close()


def compose(home: Home, clock: Clock | None = None, models: dict[str, ChatModel] | None = None) -> Core:
    """Make a core in ``home``. Raises :class:`core.errors.StorageError` in words when the folder cannot be used."""
    home.create()
    clock = clock or SystemClock()
    settings = Settings(home.settings)
    database = Database(home.database, home.backups, settings["storage.synchronous"])
    journal = Journal(database, clock)
    conversations = Conversations(database, clock)
    policy = PermissionPolicy(database, settings, clock)
    approvals = Approvals(database, journal, clock)
    keys = KeyringSecrets(key_variables())
    pool = LocalModelPool(home.models, settings, keys, models, home.shared_models())
    tools = LocalToolBox(builtin_tools(), Changes(BlobStore(home.blobs), home.trash), home.notes, pool.meanings, PersonsAccounts(settings, keys))
    front_ends = FrontEnds()
    egress = Egress(database, clock)
    memories = Memories(database, journal, clock)
    recall = Recall(database, memories, pool.meanings)
    tools.origins = Origins(database, clock, (os.path.realpath(home.root / "cache"),))
    tools.memory = tools.changes.memory = Looking(recall, settings)
    asker, teller = forms.asker(approvals, front_ends.reachable), forms.teller(journal)
    leave = forms.leaver(settings, egress)
    active: list[RunService] = []
    attendance = Attendance(lambda: active[0].active() if active else ())
    precedence = Precedence(attendance.is_attended)
    attendance.subscribe(precedence.reconsider)
    sampler = forms.sampler(approvals, front_ends.reachable, lambda run_id, messages, most: active[0].write(run_id, messages, most))
    mcp = McpServers(home.mcp, home.root / "cache" / "mcp", tools.offer, tools.taken, keys, asker, teller, leave, sampler, policy.end_grants)
    mcp.load()
    skills = SkillLibrary(home.skills, database, clock, SkillSearch(VectorIndex(home.index / "skills"), pool.meanings))
    adding = Adding(skills, home.root / "cache" / "skills", leave)
    name = lambda: settings["devices.name"] or socket.gethostname()  # noqa: E731
    duties, offers = Duties(database, clock), Offers(database, clock)
    exchange = Exchange(home.root / "cache" / "incoming", tools.blobs.path, offers, clock, lambda: int(settings["devices.most_gb"] * 1e9))
    hub = Hub(Devices(database, clock), Assignments(database, clock), offers, exchange, journal, clock, name())
    own = own_card(name, tools, mcp, pool, duties.membership)
    agents = Agents(settings, egress, lambda name: keys.get(f"a2a-{name}"))
    state = state_now(pool, home.root, lambda: len(active[0].active()) if active else 0, lambda: len(duties.in_state("taken")))
    setup = ModelSetup(pool, settings, journal, egress, os.environ.get("DESKHAND_MODEL", ""))
    deps = PipelineDeps(
        journal=journal,
        tools=tools,
        pool=pool,
        arrival=setup,
        policy=policy,
        approvals=approvals,
        settings=settings,
        egress=egress,
        usage_ledger=UsageLedger(journal, settings, clock),
        clock=clock,
        front_end_reachable=front_ends.reachable,
        history=history_from(conversations),
        recent_turns=turns_from(conversations),
        precedence=precedence,
        undo_last=lambda conversation_id, run_id: active[0].undo_last(conversation_id, run_id),
        recall_memories=remembering(recall, settings, conversations.remembers),
        skills=skills,
        elsewhere=HubElsewhere(hub, own, state, agents.perform),
        reader=RequestReader(),
    )
    runs = RunService(deps, Runs(database), conversations, attendance)
    member = Member(duties, exchange, runs, approvals, clock, own, state, settings["devices.at_once"])
    active.append(runs)
    runs.ended.append(lambda run_id, result: browsers.ended(run_id))
    runs.over.append(lambda run_id: memories.forgetting.settle(bool(runs.active())))
    memories.forgetting.also = pool.forget_read
    runs.undo_there = hub.undo
    hub.is_kept_here = forms.keeper(egress)
    peers = PeerFiles(hub, member, lambda title, text: scheduling.teller(journal, schedules.notice("", 0, "result", text, title)))
    tools.devices = peers
    member.moving = Moving(database, conversations, exchange, journal)
    moving = HubMoving(member.moving, hub, conversations, database)
    joining = Joining(member, settings, journal, home.root / "device.seed", Nearby(lambda: bool(settings["devices.nearby"])))
    hardware = Hardware(home.root / "hardware.toml", clock, lambda subject, body: devices.tell_hardware(subject, body))
    devices = DeviceParts(
        hub,
        joining,
        GivenBroker(home.root / "broker", settings) if settings["devices.broker"] else Broker(home.root / "broker"),
        settings,
        journal,
        clock,
        pool.meanings,
        moving,
        hardware,
        agents,
        SerialLines(hardware),
    )
    tools.things = devices.hardware
    schedules = Schedules(database, clock)
    tools.schedules = tools.changes.schedules = Planning(schedules, settings, clock)
    engine = scheduling.join(schedules, runs, approvals, tools, journal, clock, scheduling.to_device(peers, leave))
    engine.bound = member.bound
    alarm = Alarm(engine, scheduling.watcher(engine, tools, leave, clock), settings)
    return Core(
        home,
        settings,
        clock,
        database,
        journal,
        conversations,
        policy,
        approvals,
        tools,
        keys,
        pool,
        setup,
        ModelPulls(pool, setup, settings, egress, home.root / "cache" / "pulls.json"),
        mcp,
        recall,
        skills,
        adding,
        runs,
        schedules,
        alarm,
        devices,
        front_ends,
        _token(home),
        unwatch=local_only.watch(lambda: bool(settings["privacy.local_only"]), egress.refuse),
    )


def _token(home: Home) -> str:
    """The bearer token of this data folder, made once, readable by its owner only."""
    if home.token.is_file():
        token = read_head(home.token, 1000).decode("ascii", "replace").strip()
        if len(token) >= 32:
            return token
    token = secrets.token_urlsafe(32)
    write_atomically(home.token, token.encode())
    return token


def as_json(core: Core) -> dict[str, Any]:
    """``deskhand status --json``."""
    from core import __version__

    return {
        "pid": os.getpid(), "port": core.port, "version": __version__, "home": str(core.home.root), "running": core.runs.active(),
        "waiting": [row["id"] for row in core.approvals.pending()], "loaded": [row["id"] for row in core.pool.known() if row["loaded"]],
        "workers": core.pool.workers(), "last_seq": core.journal.last_seq,
    } | ({"safe_mode": core.safe_mode} if core.safe_mode else {})  # fmt: skip
