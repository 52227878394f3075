"""The tools of one AgentDojo suite as an MCP server on stdio whose case changes without a restart: ``suite_mcp.py KIT CONTROL``.

``CONTROL`` is a JSON file ``{"number", "case": [suite, user task, injection task], "state": file}``; a new number begins the case anew. Runs
under an interpreter that has the agentdojo package; ``KIT`` is the folder that holds the kit's ``case.py``.
"""

from __future__ import annotations

import asyncio
import json
import pickle
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, sys.argv[1])

import case  # type: ignore[import-not-found]
import mcp_types as types  # type: ignore[import-not-found]
from agentdojo.agent_pipeline.tool_execution import tool_result_to_str  # type: ignore[import-not-found]
from agentdojo.functions_runtime import FunctionsRuntime  # type: ignore[import-not-found]
from mcp.server.lowlevel import Server  # type: ignore[import-not-found]
from mcp.server.stdio import stdio_server  # type: ignore[import-not-found]


class Suite:
    """The case that the control file names."""

    def __init__(self, control: Path) -> None:
        self._control, self._number = control, -1
        self.chosen: Any = None
        self.look()

    def look(self) -> None:
        """Begin the case anew where the control file has another number."""
        wanted = json.loads(self._control.read_text())
        if wanted["number"] == self._number:
            return
        self._number, self._case, self._state = wanted["number"], wanted["case"], Path(wanted["state"])
        self.chosen, _, _, self.env = case.load(*self._case)
        self.before, self.runtime, self.made = self.env.model_copy(deep=True), FunctionsRuntime(self.chosen.tools), list[Any]()
        self.save()

    def call(self, name: str, arguments: dict[str, Any]) -> tuple[str, bool]:
        """The result as text, and whether it is an error."""
        result, error = self.runtime.run_function(self.env, name, arguments)
        self.made.append((name, arguments))
        self.save()
        return error or tool_result_to_str(result), bool(error)

    def save(self) -> None:
        kept = {"case": (*self._case, case.ATTACKS[0]), "before": self.before, "env": self.env, "calls": self.made}
        self._state.write_bytes(pickle.dumps(kept))


async def main() -> None:
    """Serve until standard input ends."""
    suite = Suite(Path(sys.argv[2]))

    async def list_tools(context: Any, params: Any) -> Any:
        return types.ListToolsResult(tools=[types.Tool(name=one.name, description=one.description, input_schema=one.parameters.model_json_schema()) for one in suite.chosen.tools])

    async def call_tool(context: Any, params: Any) -> Any:
        suite.look()
        text, is_error = suite.call(params.name, params.arguments or {})
        return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=is_error)

    server = Server("suite", on_list_tools=list_tools, on_call_tool=call_tool)
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


asyncio.run(main())
