"""What an outside attacker found: hubs beyond their folder, the box, grants that reach further than what was agreed to."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.service.composition import Core
from core.ports import ToolContext
from tests.integration.test_action_loop import ask
from tests.integration.test_gate_attacks import remote
from tests.integration.test_loop_attacks import person  # noqa: F401
from tools import confinement
from tools.toolbox import LocalToolBox

MakeCore = Callable[..., Core]
needs_box = pytest.mark.skipif(not confinement.program(), reason=confinement.why_unconfined())
RIGHTS = ("read", "change", "act")


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("shell.run", {"argv": ["touch", "made"], "unconfined": True}), ("shell.run", {"argv": ["touch", "made"], "network": True}),
        ("web.fetch", {"url": "http://127.0.0.1:9/"}), ("web.fetch", {"url": "http://[::ffff:10.0.0.1]/"}), ("web.fetch", {"url": "http://router/"}), ("system.end_process", {"pid": 4194303}),
    ],
    ids=str,
)  # fmt: skip
async def test_a_hub_that_may_act_asks_the_owner_for_what_leaves_the_box(name: str, args: dict[str, Any], make_core: MakeCore, workspace: Path) -> None:
    core = make_core()
    result = await ask(core, workspace, "work of the hub", **remote(name, args, *RIGHTS, approve="all"))
    (step,) = result["steps"]
    assert step["status"] == "failed" and "in its folder only" in step["error"]["message"] and not (workspace / "made").exists()


@needs_box
async def test_a_hub_that_may_act_runs_programs_in_the_box_of_its_folder(make_core: MakeCore, workspace: Path) -> None:
    result = await ask(make_core(), workspace, "work of the hub", **remote("shell.run", {"argv": ["touch", "made"]}, *RIGHTS, approve="all"))
    assert result["steps"][0]["status"] == "done" and (workspace / "made").exists()


KERNEL = """
import os
found = [p for top in ('/proc/sys', '/proc/irq', '/proc/bus', '/sys') for r, _, fs in os.walk(top) for p in (os.path.join(r, f) for f in fs) if os.access(p, os.W_OK) and not os.path.islink(p)]
found += [os.path.join('/proc', n) for n in os.listdir('/proc') if not n.isdigit() and n not in ('self', 'thread-self') and os.access(os.path.join('/proc', n), os.W_OK) and not os.path.isdir('/proc/' + n)]
told = [n for n in ('kcore', 'keys', 'kmsg', 'sysrq-trigger', 'timer_list') if os.path.exists('/proc/' + n) and os.path.getsize('/proc/' + n)]
print('open:', found[:5], told, [l for l in open('/proc/self/status') if l.startswith('Cap') and set(l.split()[1]) != {'0'}])
"""


@needs_box
@pytest.mark.parametrize("root", [".", "/"])
@pytest.mark.parametrize("name", ["code.run", "shell.run"])
async def test_no_settings_of_the_kernel_are_written_in_a_box(name: str, root: str, toolbox: LocalToolBox, context: ToolContext) -> None:
    args = {"code": KERNEL} if name == "code.run" else {"argv": [sys.executable, "-c", KERNEL]}
    at = replace(context, workspace=context.workspace / root)
    said = (await toolbox.perform(await toolbox.prepare(name, args, at), at)).text
    assert said == "open: [] [] []"
