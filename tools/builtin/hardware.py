"""Sensors and switches of small hardware. Their limits are not here and not a model's: the core keeps them."""

from __future__ import annotations

from typing import Annotated, Any

from core.errors import ToolFailed
from core.ports import Scope, Things, ToolContext, ToolResult
from tools.availability import needs_hardware
from tools.declare import tool

INSTEAD = "system.info tells of this machine itself."


@tool("hardware.list", "reads", fresh=True, unavailable=needs_hardware, instead=INSTEAD, aliases=("list_hardware", "list_sensors", "sensors", "switches", "list_switches"))
async def list_(context: ToolContext) -> ToolResult:
    """Sensors and switches of small hardware, with their last values."""
    rows = _of(context).shown()
    lines = [f"- {row['name']} ({row['kind']}): {'no fresh value' if row['stale'] else str(row['value']) + ' ' + row['unit']}".rstrip() for row in rows]
    return ToolResult({"items": rows, "count": len(rows)}, "\n".join(lines) or "No sensors or switches are declared (hardware.toml).", tainted=True)


@tool("hardware.read", "reads", fresh=True, unavailable=needs_hardware, instead=INSTEAD, aliases=("read_sensor", "sensor", "get_sensor", "sensor_value", "read_hardware"))
async def read(context: ToolContext, name: Annotated[str, "such as greenhouse.soil"]) -> ToolResult:
    """What a sensor says now."""
    found = _of(context).read(name)
    return ToolResult(found, f"{name}: {found['value']} {found['unit']}".rstrip(), tainted=True)


def _thing(args: dict[str, Any], context: ToolContext) -> tuple[Scope, ...]:
    return (Scope("app", f"hardware {args['name']}"),)


@tool(
    "hardware.set", "irreversible", unavailable=needs_hardware, instead=INSTEAD, aliases=("set_switch", "switch", "turn_on", "turn_off", "set_hardware", "actuate"), scopes=_thing
)
async def set_(
    context: ToolContext, name: Annotated[str, "such as greenhouse.pump"], value: Annotated[str | float | bool, "ON or OFF for a switch, a number for something with a number"]
) -> ToolResult:
    """Tell a switch to be on or off, or something with a number what to be. It is kept within its limits."""
    done = await _of(context).set(name, value)
    return ToolResult(done, f"{name} was told {done['value']}{' (its limit)' if done['clamped'] else ''}.")


def _of(context: ToolContext) -> Things:
    if context.things is None:
        raise ToolFailed("No hardware is connected here.", code="unavailable", hint=INSTEAD)
    return context.things
