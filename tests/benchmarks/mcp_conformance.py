"""Entry point for the conformance suite: drives our own client class through one scenario (``$MCP_CONFORMANCE_SCENARIO``) against one address."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import mcp_types as types

from core.errors import ToolFailed
from tools.mcp.config import ServerConfig
from tools.mcp.connection import McpConnection
from tools.mcp.skills import list_skills, load, read_file

SCENARIO = os.environ.get("MCP_CONFORMANCE_SCENARIO", "initialize")
VERSION = os.environ.get("MCP_CONFORMANCE_PROTOCOL_VERSION", "2025-11-25")
CONTEXT = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT") or "{}")


async def accept(server: str, params: types.ElicitRequestParams) -> types.ElicitResult:
    """Say yes with what the form proposes."""
    if not isinstance(params, types.ElicitRequestFormParams):
        return types.ElicitResult(action="accept")
    schema: Any = params.requested_schema
    properties = (schema if isinstance(schema, dict) else schema.model_dump(by_alias=True, exclude_none=True)).get("properties", {})
    content = {key: row["default"] for key, row in properties.items() if "default" in row} or ({"confirmed": True} if "confirmed" in properties else {})
    return types.ElicitResult(action="accept", content=content)


async def tried(connection: McpConnection, name: str, args: dict[str, Any]) -> Any:
    """A call that may fail without ending the run."""
    try:
        return await connection.call(name, args)
    except ToolFailed as error:
        print(f"{name}: {error.message}", file=sys.stderr)
        return None


async def play(connection: McpConnection) -> None:
    """What the scenario asks for; the tools are listed already."""
    tools = {tool.name: tool for tool in connection.listing.tools}
    if SCENARIO in ("tools_call", "request-metadata", "http-standard-headers"):
        await connection.call("add_numbers", {"a": 5, "b": 3})
    elif SCENARIO == "elicitation-sep1034-client-defaults":
        await connection.call("test_client_elicitation_defaults", {})
    elif SCENARIO == "sse-retry":
        await connection.call("test_reconnection", {})
    elif SCENARIO == "http-custom-headers":
        for call in CONTEXT.get("toolCalls", []):
            await tried(connection, call["name"], call.get("arguments") or {})
    elif SCENARIO == "http-invalid-tool-headers":
        for name, tool in tools.items():
            await tried(connection, name, dict.fromkeys((tool.input_schema or {}).get("required", []), "x"))
    elif SCENARIO == "json-schema-2020-12-preservation":
        await connection.call("json_schema_echo", {"schema": tools["json_schema_2020_12_tool"].input_schema})
    elif SCENARIO == "sep-2322-client-request-state":
        for name in ("test_mrtr_echo_state", "test_mrtr_unrelated", "test_mrtr_no_state", "test_mrtr_no_result_type"):
            await tried(connection, name, {})
    elif SCENARIO.startswith("sep-2640"):
        await use_skills(await connection.ready())
    elif SCENARIO.startswith("auth/") and tools:
        await tried(connection, next(iter(tools)), {})


async def use_skills(client: Any) -> None:
    """List skills; but for the scenario that watches what is fetched ahead, use one and then its other files."""
    for skill in await list_skills(client):
        if SCENARIO == "sep-2640-client-no-prefetch":
            continue
        try:
            await load(client, skill)
            for uri in skill.files:
                await read_file(client, skill, uri)
        except ToolFailed as error:
            print(error.message, file=sys.stderr)


async def main(url: str) -> int:
    """0 where the scenario was played to its end."""
    legacy = VERSION < "2026" or SCENARIO == "json-schema-ref-no-deref"
    auth = None
    if SCENARIO.startswith("auth/"):
        from tests.benchmarks.mcp_sign_in import provider

        auth = provider(url, CONTEXT)
    connection = McpConnection(ServerConfig("conformance", url=url, transport="http", timeout_s=30.0), accept, lambda: auth, mode="legacy" if legacy else "auto")
    try:
        await connection.ready()
        await play(connection)
    except ToolFailed as error:
        print(error.message, file=sys.stderr)
        return 0 if SCENARIO.startswith("auth/") else 1
    finally:
        await connection.stop()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1])))
