"""Agent2Agent: Deskhand as an agent for the SDK's own client, and one Deskhand as an A2A device of another."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.helpers.processes import CoreProcess, wait_until

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[CoreProcess]:
    (tmp_path / "agent").mkdir()
    with CoreProcess(tmp_path / "agent") as made:
        folder = tmp_path / "agent-work"
        folder.mkdir()
        made.client.call("PUT", "/api/settings/workspace.default", {"value": str(folder)})
        yield made


def url(core: CoreProcess) -> str:
    return f"http://127.0.0.1:{core.client.port}"


def token(core: CoreProcess) -> str:
    return core.home.token.read_text().strip()


def work(agent: CoreProcess) -> Path:
    return Path(str(agent.client.call("GET", "/api/settings/workspace.default")["value"]))


def test_the_sdk_finds_the_card_asks_and_is_answered_and_a_question_is_input_required(agent: CoreProcess) -> None:
    from a2a.client import A2ACardResolver, ClientConfig, create_client
    from a2a.types import Message, Part, Role, SendMessageRequest, TaskState

    async def said(text: str, task_id: str = "", context_id: str = "") -> Any:
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token(agent)}"}, timeout=30) as http:
            card = await A2ACardResolver(http, url(agent)).get_agent_card()
            assert card.name.startswith("Deskhand") and any(skill.id == "request" for skill in card.skills)
            client = await create_client(url(agent), ClientConfig(streaming=False, httpx_client=http))
            message = Message(message_id=f"m{text[:9]}{task_id[:4]}", role=Role.ROLE_USER, parts=[Part(text=text)], task_id=task_id, context_id=context_id)
            return [event async for event in client.send_message(SendMessageRequest(message=message))][-1].task

    done = asyncio.run(said("Make a folder called Trip"))
    assert TaskState.Name(done.status.state) == "TASK_STATE_COMPLETED" and (work(agent) / "Trip").is_dir()
    assert "Trip" in done.artifacts[0].parts[0].text

    asked = asyncio.run(said("run uptime"))
    assert TaskState.Name(asked.status.state) == "TASK_STATE_INPUT_REQUIRED" and "uptime" in asked.status.message.parts[0].text
    answered = asyncio.run(said("yes", asked.id, asked.context_id))
    assert TaskState.Name(answered.status.state) == "TASK_STATE_COMPLETED"
    refused = asyncio.run(said("run uptime -p"))
    assert TaskState.Name(asyncio.run(said("no", refused.id, refused.context_id)).status.state) == "TASK_STATE_REJECTED"


def test_without_the_token_nothing_is_told_and_nothing_done(agent: CoreProcess) -> None:
    for path in ("/.well-known/agent-card.json", "/a2a/"):
        assert httpx.post(url(agent) + path, json={}).status_code == 401 and httpx.get(url(agent) + path).status_code == 401
    headers = {"Authorization": f"Bearer {token(agent)}", "Origin": "https://evil.example"}
    assert httpx.post(url(agent) + "/a2a/", json={}, headers=headers).status_code == 403


def test_another_agent_is_a_device_that_takes_requests_and_its_words_are_from_outside(own_home: Any, agent: CoreProcess, workspace: Path) -> None:
    with CoreProcess(own_home.root, A2A_HELPER_API_KEY=token(agent)) as core:
        added = core.run_command("device", "add-agent", "helper", url(agent))
        assert added.returncode == 0, added.stderr
        row = core.client.call("GET", "/api/devices/helper")
        assert row["online"] and row["said"].startswith("A2A agent at")

        done = core.run_command("device", "send", "helper", "Make a folder called Trip", "--json", cwd=workspace)
        assert done.returncode == 0, done.stderr
        assert (work(agent) / "Trip").is_dir() and '"device": "helper"' in done.stdout
        run_id = core.client.call("GET", "/api/runs")[0]["id"]
        finished = [event for event in core.client.call("GET", f"/api/runs/{run_id}/events") if event["type"] == "step_finished"]
        assert finished[0]["data"]["tainted"]

        (work(agent) / "slow.sh").write_text("sleep 60.75\n")
        waiting = core.client.call("POST", "/api/devices/helper/send", {"text": "run the command sh slow.sh", "workspace": str(workspace), "approve": "all"})["run_id"]
        asked = wait_until(lambda: agent.client.call("GET", "/api/approvals"), 20, "the question there")
        agent.client.call("POST", f"/api/approvals/{asked[0]['id']}", {"decision": "no"})
        assert core.client.call("GET", f"/api/runs/{waiting}?wait_s=20", timeout_s=30)["status"] == "refused"

        core.client.call("PUT", "/api/settings/privacy.local_only", {"value": True})
        refused = core.run_command("device", "send", "helper", "Make a folder called No", cwd=workspace)
        assert refused.returncode == 4 and not (work(agent) / "No").exists()
        core.client.call("DELETE", "/api/devices/helper")
        assert core.client.call("GET", "/api/devices") == []
