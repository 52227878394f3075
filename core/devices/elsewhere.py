"""The ports ``core.ports.Elsewhere`` and ``core.ports.Files`` over the hub and, on a device, over its membership."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.devices import card
from core.devices.hub import Hub, Order, nobody, outcome
from core.devices.member import Member
from core.devices.outbox import HUB
from core.devices.placement import Machine, Need, machine_of, place
from core.devices.wording import meant
from core.errors import DeskhandError, NotFound, ToolFailed
from core.execution.steps.remote_files import add_file_steps
from core.ids import new_id
from core.plan import Plan
from core.ports import Placement, RemoteCall, ToolContext, ToolResult

Agent = Callable[[Mapping[str, Any], RemoteCall], Awaitable[ToolResult]]  # has an agent of another make do it
ADDRESSED = re.compile(r"\s*@([\w.-]{1,40})[,:]?\s+(\S.*)", re.S)
FETCH_SECONDS = 600.0  # that a fetch waits without any progress, through a break of the line
OFFER_SECONDS = 600.0
DELIVER_SECONDS = 7 * 86_400.0  # a result waits so long for a device that is away
MOST_MOVED = 64
AWAY_SECONDS = 60.0  # that a machine which is away now is thought to need until it is back


class HubElsewhere:
    """``own`` is this machine's card, ``state`` how it is doing, ``queue`` how many runs it has."""

    def __init__(self, hub: Hub, own: Callable[[], dict[str, Any]], state: Callable[[], dict[str, Any]], agent: Agent) -> None:
        self._hub, self._own, self._state, self._agent = hub, own, state, agent

    def devices(self) -> Mapping[str, frozenset[str]]:
        return {row["name"]: frozenset({"device.ask"}) if row["agent"] else frozenset(row["card"].get("tools", ())) for row in self._hub.devices.all()}

    def described(self) -> str:
        rows = self._hub.devices.all()
        known = frozenset(self._own()["tools"]) if rows else frozenset()
        return "\n".join(self._line(row, known) for row in rows)

    def _line(self, row: dict[str, Any], known: frozenset[str]) -> str:
        if row["agent"]:
            return f"{row['name']}: {card.agent_in_words(row['card'])}; takes whole requests only (device.ask)"
        more = [tool for tool in row["card"].get("tools", ()) if tool not in known]
        there = "" if self._hub.online(row["id"]) else " (away now; it does its work when it is back)"
        return f"{row['name']}: {card.in_words(row['card'])}{there}" + (f"; tools only there: {', '.join(more[:30])}" if more else "")

    def addressed(self, text: str) -> tuple[str, str] | None:
        match = ADDRESSED.fullmatch(text)
        if match is None:
            return None
        try:
            return self._hub.devices.get(match[1])["name"], match[2].strip()
        except NotFound:
            return None

    def is_agent(self, name: str) -> bool:
        return any(row["agent"] for row in self._hub.devices.all() if row["name"] == name)

    def meant(self, text: str) -> Plan | None:
        return meant(text, [row["name"] for row in self._hub.devices.all()])

    # -- placement ----------------------------------------------------------------------------------------------------

    def machines(self) -> list[Machine]:
        """This machine first, then the devices."""
        own, state = self._own(), self._state()
        cpus = own.get("cpus") or 1.0
        here = machine_of("here", {**own, "rights": ["read", "change", "act"]}, state, True, cpus)
        return [
            here,
            *(machine_of(row["name"], row["card"], self._hub.presence(row["id"]).live, self._hub.online(row["id"]), cpus) for row in self._hub.devices.machines()),
        ]

    def place(self, plan: Plan, without: Mapping[str, Sequence[str]]) -> list[Placement]:
        machines = self.machines()
        placed = []
        needs = [need_of(step.id, step.tool, step.where, [edge.step for edge in step.needs]) for step in plan.steps]
        if any(without.get(step.id) for step in plan.steps):  # taken from a machine: each by itself, without that one
            for need in needs:
                placed += place([need], [machine for machine in machines if machine.name not in without.get(need.step, ())])
        else:
            placed = place(needs, machines)
            waiting = {need.step for need, one, step in zip(needs, placed, plan.steps, strict=True) if not one.machine and step.where.get("away") != "elsewhere"}
            if waiting:  # a step that may wait can be given to a machine that is away now
                patient = [machine if machine.online else replace(machine, online=True, queue_s=machine.queue_s + AWAY_SECONDS) for machine in machines]
                again = {one.step: one for one in place([need for need in needs if need.step in waiting], patient)}
                placed = [again.get(one.step, one) for one in placed]
        return [Placement(one.step, one.machine, one.why) for one in placed]

    # -- doing --------------------------------------------------------------------------------------------------------

    async def perform(self, call: RemoteCall) -> ToolResult:
        row = self._hub.device(call.device)
        if row["agent"]:
            return await self._agent(row["card"], call)
        payload: dict[str, Any] = {
            "approve": call.approve, "waits": call.waits, "tainted": call.tainted, "timeout_s": call.timeout_s, "away": call.away, "said": f"{call.tool} {_short(call.args)}".strip()
        }  # fmt: skip
        if call.tool == "device.ask":
            payload |= {"text": str(call.args.get("request", "")), "said": str(call.args.get("request", ""))[:200]}
        else:
            payload["steps"] = add_file_steps(call.tool, *await self._with_files(call))
        order = Order(call.device, call.run_id, call.step_id, call.attempt, payload, call.cancelled, call.question)
        result = outcome(await self._hub.perform(order), call.device)
        text = str(result.get("answer") or "") if call.tool == "device.ask" else str(result.get("text") or "")
        artifacts = tuple({**row, "device": call.device} for row in result.get("artifacts") or () if isinstance(row, dict))
        value = result.get("value")
        if call.tool == "device.ask":
            value = {"answer": text, "run_id": result.get("run_id"), "path": _file_of(artifacts, value)}
        return ToolResult(value, text, bool(result.get("tainted")), artifacts, bool(result.get("undoable")))

    async def _with_files(self, call: RemoteCall) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The arguments, and the files among them, each of which the device may fetch from here from now on."""
        device_id, args, files = self._hub.devices.get(call.device)["id"], dict(call.args), [dict(file) for file in call.files[:MOST_MOVED]]
        if call.tool == "device.receive" and args.get("file"):
            offered = await self._hub.exchange.offer(device_id, Path(str(args.pop("file"))))
            args |= {"digest": offered["digest"], "bytes": offered["bytes"], "name": offered["name"]}
        for file in files:
            if file["at"] == "here":
                file |= await self._hub.exchange.offer(device_id, Path(str(file["from"])))
            else:
                kept = await self._hub.fetch(file["at"], file["digest"], int(file["bytes"]), FETCH_SECONDS)
                status = kept.stat()
                self._hub.offers.add(device_id, file["digest"], str(kept), status.st_size, status.st_mtime_ns)
        return args, files


class PeerFiles:
    """Files of other machines for the tools: towards the devices where this is a hub, towards the hub where it is a device."""

    def __init__(self, hub: Hub, member: Member, tell: Callable[[str, str], None]) -> None:
        """``tell`` shows the person at this machine a title and a text."""
        self._hub, self._member, self._tell = hub, member, tell

    def notice(self, title: str, text: str) -> None:
        hub = (self._member.duties.membership() or {}).get("hub", "")
        self._tell(f"{title} ({hub})" if hub else title, text)

    async def deliver(self, device: str, key: str, title: str, text: str) -> None:
        """A result for the person at a device, now or when it is back. ``key`` names it: the same is never told twice. Raises :class:`ToolError`."""
        steps = [{"id": "s1", "tool": "device.notice", "args": {"title": title, "text": text}}]
        payload = {"steps": steps, "said": f"tell: {title}", "approve": "all", "waits": False, "tainted": True, "timeout_s": DELIVER_SECONDS, "away": "wait"}
        outcome(await self._hub.perform(Order(device, key, "deliver", 1, payload, lambda: False, nobody)), device)

    def known(self) -> list[dict[str, Any]]:
        return [self._hub.shown(row) for row in self._hub.devices.all()]

    async def offer(self, path: Path) -> dict[str, Any]:
        if not self._member.id:
            raise ToolFailed("This machine belongs to no hub that could fetch it.", code="no_hub")
        return await self._member.exchange.offer(HUB, path)

    async def offered(self, device: str, path: str, context: ToolContext) -> dict[str, Any]:
        steps = [{"id": "s1", "tool": "device.offer", "args": {"path": path}}]
        payload = {
            "steps": steps,
            "said": f"device.offer {path}",
            "approve": context.approve if context.approve in ("safe", "all") else "none",
            "waits": False,
            "timeout_s": OFFER_SECONDS,
            "away": "wait",
        }
        result = outcome(await self._hub.perform(Order(device, context.run_id, f"{context.step_id}.{new_id('offer')}", 1, payload, context.cancel.is_set, nobody)), device)
        value = result.get("value")
        if not isinstance(value, dict) or not {"digest", "bytes", "name"} <= set(value):
            raise ToolFailed(f"{device} did not say what it offers.", code="damaged")
        return value

    async def fetch(self, device: str, digest: str, size: int) -> None:
        if device:
            await self._hub.fetch(device, digest, size, FETCH_SECONDS)
        elif self._member.id:
            await self._member.exchange.fetch(digest, size, self._member.ask_bytes, FETCH_SECONDS)
        else:
            raise ToolFailed("This machine belongs to no hub that could give it.", code="no_hub")


def _file_of(artifacts: Sequence[Mapping[str, Any]], value: Any) -> str:
    """What "it" is in "… and bring it here": the last file that was made there, or the one that was found."""
    if artifacts:
        return str(artifacts[-1].get("path") or "")
    found = value if isinstance(value, dict) else {}
    rows = next((rows for rows in (found.get(name) for name in ("items", "files", "paths", "matches")) if isinstance(rows, list)), [])
    one = rows[0] if len(rows) == 1 else found
    return str(one.get("path") or "") if isinstance(one, dict) else one if isinstance(one, str) else ""


def need_of(step: str, tool: str, where: Mapping[str, Any], after: Sequence[str]) -> Need:
    """What a step states in ``where``, as placement reads it; sizes in GB there, in bytes here. Raises :class:`DeskhandError` for what is no number."""
    try:
        gpu, memory, seconds = (float(where.get(key) or default) for key, default in (("gpu_gb", 0), ("memory_gb", 0), ("seconds", 1)))
    except (TypeError, ValueError) as error:
        raise DeskhandError(f"Step {step} states a need that is no number.", code="bad_where") from error
    return Need(
        step, str(where.get("device") or ""), str(where.get("system") or ""), str(where.get("tool") or tool), str(where.get("right") or ""), str(where.get("folder") or ""),
        gpu * 1e9, memory * 1e9, str(where.get("model") or ""), seconds, dict.fromkeys(after, 0.0),
    )  # fmt: skip


def _short(args: Mapping[str, Any]) -> str:
    return " ".join(str(value)[:60] for value in args.values() if isinstance(value, str | int | float))[:160]
