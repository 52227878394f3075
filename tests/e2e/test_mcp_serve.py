"""``deskhand mcp serve`` as other programs use it: on standard input and output and over HTTP, in both generations of the protocol."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import mcp_types as types
import pytest
from mcp import Client, StdioServerParameters, stdio_client

from core.errors import ToolFailed
from core.home import Home
from tests.helpers.processes import ROOT, CoreProcess
from tools.mcp.config import ServerConfig
from tools.mcp.connection import McpConnection

FACTS = "deskhand://memory/facts"


@pytest.fixture
def core(own_home: Home, workspace: Path) -> Iterator[CoreProcess]:
    with CoreProcess(own_home.root) as process:
        process.client.call("PUT", "/api/settings/workspace.default", {"value": str(workspace)})
        yield process


class Person:
    """Answers what a server asks."""

    def __init__(self) -> None:
        self.says, self.asked = True, list[str]()

    async def __call__(self, server: str, params: types.ElicitRequestParams) -> types.ElicitResult:
        self.asked.append(params.message)
        return types.ElicitResult(action="accept", content={"allow": self.says})


@pytest.fixture
def person() -> Person:
    return Person()


@pytest.fixture(params=["auto", "legacy"])
async def deskhand(request: pytest.FixtureRequest, core: CoreProcess, person: Person) -> AsyncIterator[McpConnection]:
    config = ServerConfig(
        "deskhand", sys.executable, ("-P", "-m", "app", "mcp", "serve"), env={key: core.environment[key] for key in ("DESKHAND_HOME", "PYTHONPATH", "PYTHON_KEYRING_BACKEND")}
    )
    connection = McpConnection(config, person, mode=request.param)
    await connection.ready()
    yield connection
    await connection.stop()


async def test_tools_memory_skills_and_devices_are_offered(deskhand: McpConnection, core: CoreProcess) -> None:
    names = {tool.name for tool in deskhand.listing.tools}
    assert {"ask", "files_list", "memory_search", "memory_add", "device_list"} <= names and "text_compose" not in names
    core.client.call("POST", "/api/memory", {"text": "My dentist is Dr. Weiss"})
    client = await deskhand.ready()
    facts = await client.read_resource("deskhand://memory/facts")
    assert "Dr. Weiss" in facts.contents[0].text  # type: ignore[union-attr]
    assert [str(row.uri) for row in (await client.list_resources()).resources] == ["deskhand://memory/facts", "deskhand://devices"]
    prompts = {prompt.name: prompt for prompt in (await client.list_prompts()).prompts}
    assert "expenses" in " ".join(prompts) and all(prompt.description for prompt in prompts.values())
    said = await client.get_prompt("start-project", {"name": "Thesis"})
    assert "$start-project" in said.messages[0].content.text and "Thesis" in said.messages[0].content.text  # type: ignore[union-attr]
    for wrong in (client.get_prompt("no-such", {}), client.read_resource("deskhand://nothing")):
        with pytest.raises(Exception, match=r"no prompt|no resource"):
            await wrong


async def test_what_is_known_of_somebody_has_an_address_of_its_own_and_choices_are_completed(deskhand: McpConnection, core: CoreProcess) -> None:
    core.client.call("POST", "/api/memory", {"text": "My dentist is Dr. Weiss"})
    core.client.call("POST", "/api/memory", {"text": "My car is green"})
    client = await deskhand.ready()
    (template,) = (await client.list_resource_templates()).resource_templates
    assert template.uri_template == "deskhand://memory/about/{words}"
    found = await client.read_resource("deskhand://memory/about/my%20dentist")
    assert "Dr. Weiss" in found.contents[0].text.splitlines()[0]  # type: ignore[union-attr]
    inputs = {row["name"]: core.client.call("GET", f"/api/skills/{row['name']}")["inputs"].get("properties", {}) for row in core.client.call("GET", "/api/skills")}
    skill, argument, choices = next((name, key, one["enum"]) for name, properties in inputs.items() for key, one in properties.items() if one.get("enum"))
    completed = await client.complete(types.PromptReference(name=skill), {"name": argument, "value": str(choices[0])[:1]})
    assert str(choices[0]) in completed.completion.values
    with pytest.raises(Exception, match="nothing like"):
        await client.complete(types.PromptReference(name="no-such"), {"name": "x", "value": ""})


def client_of(core: CoreProcess, mode: str, hear: Any = None) -> Client:
    parameters = StdioServerParameters(command=sys.executable, args=["-P", "-m", "app", "mcp", "serve"], env=core.environment)
    return Client(stdio_client(parameters), mode=mode, message_handler=hear)  # type: ignore[arg-type]


async def remember_until(core: CoreProcess, heard: asyncio.Event) -> None:
    """Facts are added until it is heard of: the first look is taken in its own time."""
    while not heard.is_set():
        core.client.call("POST", "/api/memory", {"text": f"Room {os.urandom(4).hex()} is mine"})
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(heard.wait(), 3)


@pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")
async def test_who_subscribed_is_told_when_a_resource_changes(core: CoreProcess) -> None:
    """As clients of before 2026-07-28 do it."""
    told, heard = list[str](), asyncio.Event()

    async def hear(message: Any) -> None:
        if isinstance(message, types.ResourceUpdatedNotification):
            told.append(str(message.params.uri))
            heard.set()

    async with asyncio.timeout(60), client_of(core, "legacy", hear) as client:
        await client.session.subscribe_resource(FACTS)
        await remember_until(core, heard)
        await client.session.unsubscribe_resource(FACTS)
        await client.session.set_logging_level("info")
        assert set(told) == {FACTS}


async def test_who_listens_is_told_when_a_resource_changes(core: CoreProcess) -> None:
    heard = asyncio.Event()
    async with asyncio.timeout(60), client_of(core, "auto") as client, client.listen(resource_subscriptions=[FACTS]) as stream:

        async def hear() -> str:
            event = await anext(aiter(stream))
            heard.set()
            return str(event.uri)  # type: ignore[union-attr]

        hearing = asyncio.create_task(hear())
        await remember_until(core, heard)
        assert await hearing == FACTS


async def test_a_request_in_plain_words_is_done_with_its_progress(deskhand: McpConnection, workspace: Path) -> None:
    told: list[str] = []

    async def progress(done: float, of: float | None, text: str | None) -> None:
        told.append(text or "")

    result = await deskhand.call("ask", {"text": "Make a folder called Trip", "workspace": str(workspace)}, progress)
    assert (workspace / "Trip").is_dir() and not result.is_error and result.structured_content["status"] == "done" and told == ["files.make_folder …"]


async def test_what_needs_consent_is_asked_in_the_clients_window(deskhand: McpConnection, person: Person, workspace: Path) -> None:
    command = {"argv": ["touch", str(workspace / "made")]}
    person.says = False
    refused = await deskhand.call("shell_run", command)
    assert refused.is_error and "needs consent" in refused.content[0].text and not (workspace / "made").exists()  # type: ignore[union-attr]
    assert "shell.run" in person.asked[0] and str(workspace / "made") in person.asked[0]
    person.says = True
    assert not (await deskhand.call("shell_run", command)).is_error and (workspace / "made").exists() and len(person.asked) == 2
    assert not (await deskhand.call("files_list", {"path": "."})).is_error and len(person.asked) == 2  # reading is not asked about


async def test_a_whole_request_that_needs_consent_shows_its_plan(deskhand: McpConnection, person: Person, workspace: Path) -> None:
    person.says = False
    request = {"text": "run the command touch made.txt", "workspace": str(workspace)}
    assert (await deskhand.call("ask", request)).is_error and not (workspace / "made.txt").exists()
    assert "touch made.txt" in person.asked[0] and "1. shell.run" in person.asked[0] and "everything that it needs" in person.asked[0]
    person.says = True
    assert not (await deskhand.call("ask", request)).is_error and (workspace / "made.txt").exists()


async def test_without_a_window_it_is_refused(core: CoreProcess, workspace: Path) -> None:
    program = 'import json,sys\nfor m in ({"id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"x","version":"1"}}},{"method":"notifications/initialized"},{"id":2,"method":"tools/call","params":{"name":"shell_run","arguments":{"argv":["touch","made"]}}}):\n    print(json.dumps({"jsonrpc":"2.0",**m}), flush=True)\n'
    sent = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    process = subprocess.Popen([sys.executable, "-P", "-m", "app", "mcp", "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=core.environment, cwd=ROOT)
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(sent)
    process.stdin.flush()
    answers = [json.loads(process.stdout.readline()) for _ in range(2)]
    process.stdin.close()
    process.wait(20)
    process.stdout.close()
    assert answers[1]["result"]["isError"] and "needs consent" in answers[1]["result"]["content"][0]["text"] and not (workspace / "made").exists()


async def test_over_http_only_those_with_the_token_are_served(core: CoreProcess, person: Person) -> None:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "app", "mcp", "serve", "--http"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=core.environment, cwd=ROOT
    )
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        token = core.home.token.read_text().strip()
        async with httpx.AsyncClient() as client:
            for headers in ({}, {"Authorization": "Bearer wrong"}):
                assert (await client.post(address, json={}, headers=headers)).status_code == 401
            foreign = await client.post(address, json={"jsonrpc": "2.0", "id": 1, "method": "ping"}, headers={"Authorization": f"Bearer {token}", "Origin": "https://evil.example"})
        assert foreign.status_code == 403
        connection = McpConnection(ServerConfig("deskhand", url=address, transport="http", headers={"Authorization": f"Bearer {token}"}), person)
        assert not (await connection.call("files_list", {"path": "."})).is_error
        await connection.stop()
        bad = McpConnection(ServerConfig("deskhand", url=address, transport="http"), person)
        with pytest.raises(ToolFailed):
            await bad.ready()
        await bad.stop()
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()
