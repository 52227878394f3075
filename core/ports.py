"""What the core needs from outside, named as Protocols. ``app.service.composition`` hands the real parts in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from core.clock import Clock
from core.messages import ModelRequest, Part, ToolSpec
from core.plan import Plan

Risk = Literal["reads", "reversible", "irreversible", "leaves"]
Access = Literal["read", "change", "run", "send", "use"]


@dataclass(frozen=True, slots=True)
class ToolScore:
    """What a model did in short exchanges in tools when it was tested: names of those that it passed, and of those that it failed."""

    passed: tuple[str, ...]
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelProfile:
    """Facts about a model that change what is asked of it. ``context`` is in tokens, ``billions`` its parameters in 10⁹ (0: not known).

    ``calls``: it can be given tools natively, so that it may work in the action loop. ``sees``: it can be shown pictures (None: not known).
    ``tool_score``: how it did with tools when it was tested here (None: it was not).
    """

    id: str
    local: bool
    context: int = 8192
    plans: bool = True
    reviews: bool = True
    chats: bool = True
    host: str = ""
    calls: bool = True
    billions: float = 0.0
    sees: bool | None = False
    tool_score: ToolScore | None = None


class ChatModel(Protocol):
    """A language model, wherever it runs. One code path: everything else is a fold over :meth:`stream`."""

    @property
    def profile(self) -> ModelProfile: ...

    def stream(self, request: ModelRequest) -> AsyncIterator[Part]:
        """Parts as they come, ending with exactly one ``Finished``. Raises :class:`core.errors.ModelError`.

        Cancelling the consuming task stops the model; it is free again within 200 ms.
        """
        ...


@dataclass(frozen=True, slots=True)
class SwitchReport:
    """What changed in memory. ``seconds`` is wall time; ``why`` this model, why now, who left; ``left`` the free bytes by device after it."""

    loaded: tuple[str, ...] = ()
    unloaded: tuple[str, ...] = ()
    seconds: float = 0.0
    why: str = ""
    left: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"loaded": list(self.loaded), "unloaded": list(self.unloaded), "seconds": round(self.seconds, 3), "reason": self.why, "left": dict(self.left)}


class ModelPool(Protocol):
    """Finds models by id and decides what is resident."""

    def get(self, model_id: str) -> ChatModel:
        """The model of that id. Raises :class:`core.errors.NoModel`."""
        ...

    def stand_in(self, missing: str) -> str:
        """Id of the model on this machine that answers while ``missing``, which was chosen, is not here; the starter where there is no other."""
        ...

    def seeing(self) -> tuple[str, ...]:
        """Ids of the models here that can be shown pictures."""
        ...

    async def switch(self, leaving: tuple[str, ...], needed: str) -> SwitchReport:
        """Make ``needed`` ready, and let go of what no longer fits beside it."""
        ...

    def loads_in(self, model_id: str) -> float:
        """Seconds until the model could speak: 0.0 for one that is loaded or that is not on this machine."""
        ...

    def ahead(self, needed: str, told: Callable[[SwitchReport], None], beside: bool = False) -> None:
        """Begin to load ``needed`` and go on; ``told`` hears of it when it is done. A load that fails is told when the model is called.

        ``beside``: only where there is room without sending away what is needed sooner.
        """
        ...

    def expect(self, run_id: str, models: Sequence[str]) -> None:
        """What a run will need from now on, in order; none: nothing more. It decides who stays loaded."""
        ...


@dataclass(frozen=True, slots=True)
class Arrival:
    """How far a model is that is being fetched: ``done`` of ``total`` bytes (0: not told). ``phase``: looking, waiting, fetching or verifying."""

    name: str
    phase: str
    done: int = 0
    total: int = 0


class ModelArrival(Protocol):
    """The model that talks, where one is on its way to this machine."""

    def is_coming(self) -> bool:
        """Whether one is being fetched that will take the roles."""
        ...

    async def wait(self, report: Callable[[Arrival], None]) -> None:
        """Return once it has its roles, or will not come; ``report`` is called about every second meanwhile."""
        ...


@dataclass(frozen=True, slots=True)
class Change:
    """One change to the file system, planned before it is made, so that it can be shown, journalled, redone and undone.

    ``kind`` is ``put`` (file content), ``mkdir``, ``move``, ``clipboard``, ``schedule`` (``path`` is its id) or ``memory`` (``path`` is its id, ``to`` a fact to keep, empty to forget it; ``before``
    says that its words came from outside, ``after`` is the id of the fact whose place it takes). ``before`` and ``after`` are SHA-256 of contents
    (``before`` None: nothing was there). ``mode`` and ``mtime_ns`` are those of the file before.
    """

    kind: Literal["put", "mkdir", "move", "clipboard", "schedule", "memory"]
    path: str
    to: str = ""
    before: str | None = None
    after: str | None = None
    mode: int | None = None
    mtime_ns: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__ if getattr(self, name) not in (None, "")}


class Accounts(Protocol):
    """What the person set up for a tool that needs an account: settings by name, and the secret that belongs to them."""

    def settings(self, name: str) -> Mapping[str, Any]: ...

    def secret(self, name: str) -> str | None: ...


class Remembered(Protocol):
    """What is remembered, for a tool that looks there."""

    async def about(self, question: str, most: int) -> list[dict[str, Any]]:
        """Facts and what the person said, best first. Raises :class:`core.errors.UsageError` where memory is off."""
        ...

    def facts(self) -> list[dict[str, Any]]:
        """Every fact that holds: ``id`` and ``text``."""
        ...

    def keep(self, id_: str, text: str, outside: bool, instead: str = "") -> None:
        """A fact under this id, once; ``outside``: its words came from elsewhere; ``instead``: the id of the fact whose place it takes. Raises :class:`core.errors.UsageError`."""
        ...

    def drop(self, id_: str, everywhere: bool = True) -> None:
        """Forget it for good, if it is there; ``everywhere``: also where it was said."""
        ...

    def holds(self, id_: str, text: str = "") -> bool:
        """Whether there is a memory of that id, or a fact of these words."""
        ...


class Reminders(Protocol):
    """Schedules, for tools that plan, list and take away."""

    def planned(self, when: str, what: str, remind: bool, workspace: str, name: str, outside: str = "", remote: Mapping[str, Any] | None = None) -> tuple[str, bytes, str]:
        """Id and content of a new schedule, and how it is said back, with its next times. ``outside`` and ``remote`` are as in :class:`core.schedule.task.Task`. Raises :class:`core.errors.DeskhandError` where the time is not clear."""
        ...

    def listed(self) -> list[dict[str, Any]]:
        """Those that are on, the next ones first: ``id``, ``name``, ``what``, ``when``, ``next``, ``outside`` (whose words it is made of; empty: the person's)."""
        ...

    def content(self, schedule_id: str) -> bytes | None:
        """A schedule as bytes, None where there is none of that id."""
        ...

    def put(self, schedule_id: str, content: bytes | None) -> None:
        """Keep this content under the id, or nothing."""
        ...


@dataclass(frozen=True, slots=True)
class ToolContext:
    """All that a tool gets to know: no app, no services."""

    run_id: str
    step_id: str
    workspace: Path
    clock: Clock
    cancel: asyncio.Event
    deadline: float | None = None
    accounts: Accounts | None = None
    memory: Remembered | None = None
    schedules: Reminders | None = None
    devices: Files | None = None
    things: Things | None = None
    told: Callable[[float | None, str], None] = lambda share, text: None  # how far it is (0 to 1, None: not known) and what it says of that
    tainted: bool = False  # its arguments hold text from outside, or who wrote them had read such text
    origins: tuple[str, ...] = ()  # where that came from
    request: str = ""  # the person's own words
    is_persons_own: Callable[[str], bool] = lambda text: True  # whether a text says what the person said in this conversation, and nothing besides
    approve: str = "none"  # what the run was allowed, for what is done on other machines for it
    agreed: tuple[Scope, ...] = ()  # private places that it may look into, as the person agreed
    closed: tuple[str, ...] = ()  # patterns of paths that rules keep from being read, also by the way
    remote: Mapping[str, Any] = field(default_factory=dict)  # the hub or agent that it is done for, and its rights; what goes on by itself is bound to them


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool hands back. ``value`` is JSON; ``text`` is how a person reads it; ``tainted``: it came from outside."""

    value: Any
    text: str
    tainted: bool = False
    artifacts: tuple[dict[str, Any], ...] = ()
    undoable: bool = False  # another machine did it, and can take it back
    origins: tuple[str, ...] = ()  # where words from outside came from, that stood in files


@dataclass(frozen=True, slots=True)
class Scope:
    """What a call would touch: one of ``path``, ``host``, ``argv``, ``app``, ``secret`` or ``none``, and which one."""

    kind: Literal["path", "host", "argv", "app", "secret", "none"]
    value: str = ""
    inside: bool = True
    private: bool = False  # holds keys, or runs by itself once it is written: no ready-made yes covers it
    access: Access = "use"  # what is done with it
    obeyed: bool = False  # tools for building and testing obey it: in the workspace it is written unasked only where the request names it


@dataclass(frozen=True, slots=True)
class Intent:
    """A call, prepared but not made: what it touches, which changes it will make, how to show it."""

    tool: str
    args: dict[str, Any]
    risk: Risk
    scopes: tuple[Scope, ...]
    changes: tuple[Change, ...] = ()
    preview: str = ""
    always_ask: bool = False
    outcome: dict[str, Any] | None = None  # ``{"value", "text"}`` where it is known before acting
    identity: str = ""  # of a tool that somebody else makes: which server, and what it said of the tool when that was agreed to
    folder: str = ""  # the workspace of a program, with links followed: a yes for longer than once holds in that one only
    is_partial: bool = False  # it would read something private, so that nothing was worked out yet: with consent it is prepared again


@dataclass(frozen=True, slots=True)
class Inventory:
    """The tools of a run, the same for each of its models: ``specs`` are shown whole, ``others`` is a line that names what there is besides."""

    specs: tuple[ToolSpec, ...]
    others: str = ""


class ToolBox(Protocol):
    """The tools as the core sees them."""

    def specs(self) -> tuple[ToolSpec, ...]:
        """What can be called here and now."""
        ...

    def all_specs(self) -> tuple[ToolSpec, ...]:
        """Every tool that is meant to be called, be it that it cannot work here now."""
        ...

    def connected(self) -> tuple[str, ...]:
        """Names of the tools that servers of the person's offer."""
        ...

    def why_unavailable(self, name: str) -> str:
        """Why a tool cannot work on this machine now, as a sentence; empty where it can."""
        ...

    def known(self, name: str) -> bool:
        """Whether there is such a tool, be it one that planners are not shown."""
        ...

    async def offered(self, request: str, context: int) -> Inventory:
        """What is worth showing for a request to a model of ``context`` tokens."""
        ...

    async def find_tools(self, what: str, most: int, without: Collection[str] = ()) -> list[tuple[ToolSpec, str, str]]:
        """The tools that fit ``what`` should be done, best first: each with its call in one line, and why it cannot be called now (empty: it can); those of ``without`` are left out."""
        ...

    def resolve(self, name: str, args: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """The canonical tool name and repaired arguments. Raises :class:`core.errors.ToolRetry`."""
        ...

    def check_args(self, name: str, args: Mapping[str, Any], references: bool = False) -> list[str]:
        """What is wrong with these arguments, one sentence each; with ``references``, ``{{s1.output}}`` passes any type."""
        ...

    def risk(self, name: str) -> Risk: ...

    def speaks_from_outside(self, name: str) -> bool:
        """Whether what this tool says, errors included, may be somebody else's words."""
        ...

    def touched(self, name: str, args: Mapping[str, Any], workspace: Path) -> tuple[list[str], list[str]]:
        """The paths that a call reads and writes, absolute."""
        ...

    def alternatives(self, name: str, args: Mapping[str, Any]) -> list[tuple[tuple[str, dict[str, Any]], ...]]:
        """Other ways to the same thing, cheapest first: one call or several, each taking what the one before gave."""
        ...

    def sick(self, name: str) -> bool:
        """Whether a tool has been failing lately, so that another way is tried first."""
        ...

    def passed_on(self, args: Mapping[str, Any], value: Any) -> dict[str, Any]:
        """The arguments of a call on such a way, with what the call before gave."""
        ...

    async def prepare(self, name: str, args: Mapping[str, Any], context: ToolContext) -> Intent: ...

    async def perform(self, intent: Intent, context: ToolContext) -> ToolResult: ...

    def hold(self, intent: Intent) -> None:
        """It is written down that this is done: what it puts, and what undo needs, is kept."""
        ...

    def let_go(self, run_id: str) -> None:
        """A run has ended, or stands still: what was prepared for it and never done is not kept."""
        ...

    async def verify(self, intent: Intent, result: ToolResult, context: ToolContext) -> str | None:
        """None when the result holds, else what is wrong."""
        ...

    async def state_of(self, intent: Intent) -> Literal["before", "after", "unknown"]:
        """After a crash: was the effect made? ``unknown`` is never repeated."""
        ...

    def origin_of(self, path: Path) -> str:
        """Where the words of a file came from, where they are from outside; else empty."""
        ...

    def origin_of_name(self, path: Path) -> str:
        """The same of what a file or folder is called."""
        ...

    async def undo(self, changes: tuple[Change, ...]) -> list[dict[str, Any]]:
        """Take changes back, last first: one ``{"path", "undone", "why"}`` each."""
        ...


@dataclass(frozen=True, slots=True)
class SkillUse:
    """A skill as a run uses it: a ready ``plan`` (its ``answer`` a template over the outputs), or ``guidance`` for the planner, or a ``question`` back.

    ``tools`` and ``hosts`` are what it declares; None: it is not confined to them (any more).
    """

    name: str
    digest: str
    plan: Plan | None = None
    guidance: str = ""
    question: str = ""
    tools: tuple[str, ...] | None = None
    hosts: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For the journal: who it is, and what it may use."""
        return {"name": self.name, "digest": self.digest, "tools": None if self.tools is None else list(self.tools), "hosts": list(self.hosts)}


class Skills(Protocol):
    """The skills as the core sees them."""

    async def wanted(self, text: str, workspace: Path, asked: Mapping[str, Any] | None) -> SkillUse | None:
        """The skill that a request is for: ``asked`` by a front end (``name`` and ``inputs``), or by its words. Raises :class:`core.errors.DeskhandError`."""
        ...

    async def fitting(self, text: str, workspace: Path, chats: bool) -> tuple[SkillUse | None, str]:
        """What may help to plan a request: the guidance of the best skill of words, and a line each for skills that can be a step."""
        ...

    def expanded(self, plan: Plan, workspace: Path) -> Plan:
        """``plan`` with the steps of skills in place of ``skill.NAME``. Raises :class:`core.errors.DeskhandError` in words."""
        ...

    def used(self, name: str, digest: str, run_id: str, status: str) -> None:
        """How a run of a skill ended."""
        ...


@dataclass(frozen=True, slots=True)
class RemoteCall:
    """A step for another machine. ``files`` are those of other machines that its arguments name; ``question`` asks the person and gives the decision."""

    device: str
    run_id: str
    step_id: str
    attempt: int
    tool: str
    args: dict[str, Any]
    files: tuple[dict[str, Any], ...]
    approve: str
    waits: bool
    tainted: bool
    timeout_s: float
    away: str
    cancelled: Callable[[], bool]
    question: Callable[[dict[str, Any]], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a step is to be done (empty: nowhere), and why."""

    step: str
    device: str
    why: str


class Elsewhere(Protocol):
    """Other machines as the core sees them."""

    def devices(self) -> Mapping[str, frozenset[str]]:
        """The paired devices by name, each with its tools (none: it has not told them yet)."""
        ...

    def is_agent(self, name: str) -> bool:
        """Whether a name is another agent's, which is no machine of the person's."""
        ...

    def described(self) -> str:
        """A line for each device, for a planner; empty where there is none."""
        ...

    def addressed(self, text: str) -> tuple[str, str] | None:
        """Device and request of a text that begins with ``@name``; None where it does not, or there is no such device."""
        ...

    def meant(self, text: str) -> Plan | None:
        """What a text asks of a device that it names in plain words; None where it names none."""
        ...

    def place(self, plan: Plan, without: Mapping[str, Sequence[str]]) -> list[Placement]:
        """A machine for each step that states what it needs; ``without``: machines that a step is not to go to (again)."""
        ...

    async def perform(self, call: RemoteCall) -> ToolResult:
        """Have it done. Raises :class:`core.errors.ToolError`; ``device_away`` when it was given up on."""
        ...


class Files(Protocol):
    """Files of other machines, for the tools that bring and give them."""

    def known(self) -> list[dict[str, Any]]:
        """The devices, as a person sees them."""
        ...

    async def offer(self, path: Path) -> dict[str, Any]:
        """Let the hub fetch a file of this machine: ``{"digest", "bytes", "name"}``."""
        ...

    async def offered(self, device: str, path: str, context: ToolContext) -> dict[str, Any]:
        """Have a device offer a file to this machine, under its own rules: ``{"digest", "bytes", "name"}``. Raises :class:`core.errors.ToolError`."""
        ...

    def notice(self, title: str, text: str) -> None:
        """Tell the person at this machine something of the hub's."""
        ...

    async def fetch(self, device: str, digest: str, size: int) -> None:
        """Get content that was offered (an empty ``device`` is the hub); it is kept under its hash. Raises :class:`core.errors.ToolFailed`."""
        ...


class Things(Protocol):
    """Sensors and switches of small hardware, within their limits."""

    def shown(self) -> list[dict[str, Any]]:
        """Everything declared: ``name``, ``kind``, ``unit``, ``value``, ``age_s``, ``stale``."""
        ...

    def read(self, name: str) -> dict[str, Any]:
        """The last value with its age. Raises :class:`core.errors.ToolFailed` where it is too old."""
        ...

    async def set(self, name: str, value: Any) -> dict[str, Any]:
        """Tell a thing what to be. Raises :class:`core.errors.ToolError` where a limit forbids it."""
        ...


class Secrets(Protocol):
    """Keys and passwords, kept by the system's keyring."""

    def get(self, name: str) -> str | None: ...

    def set(self, name: str, value: str | None) -> None: ...


@dataclass(slots=True)
class Cancellation:
    """A stop that can be asked for once and is seen by everything the run started."""

    event: asyncio.Event = field(default_factory=asyncio.Event)
    reason: str = ""

    def request(self, reason: str) -> None:
        if not self.event.is_set():
            self.reason = reason
            self.event.set()
