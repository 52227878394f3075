"""Other machines: inviting and joining, what each is and does, giving it work, taking it away again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.service.api.access import CoreOf, default_workspace
from app.service.api.shapes import DeviceFile, DeviceName, DeviceRequest, Invited, Join, Joined, NewAgent, Rights, RunStarted
from app.service.composition import Core
from core import events
from core.errors import UsageError

router = APIRouter(prefix="/api/devices", tags=["devices"])


@router.get("")
async def all_devices(core: CoreOf) -> list[dict[str, Any]]:
    """Those that work for this machine, in the order in which they came."""
    return [core.devices.hub.shown(row) for row in core.devices.hub.devices.all()]


@router.get("/nearby")
async def nearby(core: CoreOf) -> list[dict[str, Any]]:
    """Machines on this network that say to be a hub. Nobody has checked that; joining one needs its code."""
    return [{"name": one.name, "addresses": list(one.addresses), "fingerprint": one.print_} for one in await core.devices.joining.nearby.look()]


@router.get("/search")
async def search(core: CoreOf, q: Annotated[str, Query(min_length=1, max_length=1000)], limit: Annotated[int, Query(ge=1, le=100)] = 5) -> list[dict[str, Any]]:
    """Devices by what they are and can do, the best first."""
    return await core.devices.search(q, limit)


@router.post("/invite", status_code=201)
async def invite(core: CoreOf) -> Invited:
    """A code for one device, good for ten minutes; the first one starts the broker."""
    return Invited(**await core.devices.invite())


@router.get("/membership")
async def membership(core: CoreOf) -> dict[str, Any]:
    """The hub that this machine works for, and its newest work; empty where there is none."""
    return core.devices.joining.membership() or {}


@router.post("/membership", status_code=201)
async def join(core: CoreOf, body: Join) -> Joined:
    """Become a device of the hub that the code is from."""
    return Joined(**await core.devices.joining.join(body.code, body.name, body.workspace or default_workspace(core), list(body.rights)))


@router.put("/membership/rights")
async def allow(core: CoreOf, body: Rights) -> dict[str, Any]:
    """What the hub may do here without its owner being asked here: read, change (what can be undone), act."""
    return core.devices.joining.allow(list(body.rights))


@router.delete("/membership", status_code=204)
async def leave(core: CoreOf) -> None:
    """Belong to no hub any more."""
    if core.devices.joining.membership() is None:
        raise UsageError("This machine belongs to no hub.", code="no_hub")
    await core.devices.joining.leave()


@router.post("/agents", status_code=201)
async def add_agent(core: CoreOf, body: NewAgent) -> dict[str, Any]:
    """Take an A2A agent in as a device; its token goes to the system's keyring."""
    if body.token:
        core.secrets.set(f"a2a-{body.name}", body.token)
    return core.devices.hub.shown(await core.devices.add_agent(body.name, body.url))


@router.get("/hardware")
async def hardware(core: CoreOf) -> dict[str, Any]:
    """Sensors and switches as ``hardware.toml`` declares them, with what they said last; and what is wrong with the file."""
    return {"things": core.devices.hardware.shown(), "problem": core.devices.hardware.problem, "file": str(core.devices.hardware.file)}


@router.post("/hardware/{name}/account", status_code=201)
async def hardware_account(core: CoreOf, name: str) -> dict[str, Any]:
    """A fresh account for a group of things, to be given to its hardware (MQTT over TLS)."""
    return await core.devices.account(name)


@router.get("/{name}")
async def show(core: CoreOf, name: str) -> dict[str, Any]:
    """One device with its last work."""
    row = core.devices.hub.devices.get(name)
    return core.devices.hub.shown(row) | {"work": core.devices.hub.assignments.of_device(row["id"])}


@router.patch("/{name}")
async def rename(core: CoreOf, name: str, body: DeviceName) -> dict[str, Any]:
    """Call it something else."""
    row = core.devices.hub.devices.rename(name, body.name)
    core.journal.append(events.DEVICE_CHANGED, "", {"device": row["name"], "renamed": True})
    return core.devices.hub.shown(row)


@router.delete("/{name}", status_code=204)
async def remove(core: CoreOf, name: str) -> None:
    """Revoke it: its connection is closed now, and it is not let in again."""
    await core.devices.remove(name)


@router.post("/{name}/send", status_code=201)
async def send(core: CoreOf, name: str, body: DeviceRequest) -> RunStarted:
    """Have it carry out a request by itself; the run here waits for it."""
    return _started(core, name, f"@{core.devices.hub.devices.get(name)['name']} {body.text}", {"tool": "device.ask", "args": {"request": body.text}}, body)


@router.post("/{name}/bring", status_code=201)
async def bring(core: CoreOf, name: str, body: DeviceFile) -> RunStarted:
    """Bring a file from there here."""
    device = core.devices.hub.devices.get(name)["name"]
    args = {"device": device, "path": body.path, "to": body.to}
    return _started(core, name, f"Bring {body.path} from {device}", {"tool": "device.bring", "args": args, "device": "here"}, body)


@router.post("/{name}/give", status_code=201)
async def give(core: CoreOf, name: str, body: DeviceFile) -> RunStarted:
    """Give a file of this machine to it."""
    device = core.devices.hub.devices.get(name)["name"]
    return _started(core, name, f"Give {body.path} to {device}", {"tool": "device.give", "args": {"device": device, "path": body.path, "to": body.to}}, body)


def _started(core: Core, name: str, text: str, step: dict[str, Any], body: DeviceRequest | DeviceFile) -> RunStarted:
    device = core.devices.hub.devices.get(name)["name"]
    request: dict[str, Any] = {"text": text, "workspace": body.workspace or default_workspace(core), "approve": body.approve, "given": [{"id": "s1", "device": device, **step}]}
    request |= {"conversation_id": body.conversation_id} | ({"timeout_s": body.timeout_s} if body.timeout_s else {})
    run_id = core.runs.start(request, body.run_id or "")
    row = core.runs.runs.get(run_id)
    return RunStarted(run_id=run_id, conversation_id=row["conversation_id"], status=row["status"])
