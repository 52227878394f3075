"""Entry point for the server side of the conformance suite: our server class over HTTP with the fixture tools that the suite calls by name.

``python -m tests.benchmarks.mcp_served PORT``; the product itself is served by ``deskhand mcp serve --http``. What Deskhand does not serve (sampling, binary
resources, tasks) has no fixtures here, so those scenarios fail.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import struct
import sys
import zlib
from typing import Any

import mcp_types as types

from tools.mcp.served import Offered, Outcome, Readable, Served, Told
from tools.mcp.serving import made
from tools.mcp.serving_http import serve_http

NOTHING: dict[str, Any] = {"type": "object", "properties": {}}
TEXTS = (
    "test_simple_text",
    "test_image_content",
    "test_audio_content",
    "test_embedded_resource",
    "test_multiple_content_types",
    "test_error_handling",
    "test_tool_with_progress",
    "test_tool_with_logging",
)


def _png() -> str:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return base64.b64encode(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")
    ).decode()


def _wav() -> str:
    return base64.b64encode(b"RIFF" + struct.pack("<I", 36) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8) + b"data" + struct.pack("<I", 0)).decode()


class Fixtures:
    """The port ``tools.mcp.served.Assistant``."""

    async def tools(self) -> list[Served]:
        return [Served(name, f"Fixture {name}.", NOTHING, True) for name in TEXTS]

    async def call(self, name: str, args: dict[str, Any], agreed: bool, told: Told) -> Outcome:
        image = types.ImageContent(type="image", data=_png(), mime_type="image/png")
        inside = types.EmbeddedResource(
            type="resource", resource=types.TextResourceContents(uri="test://embedded-resource", mime_type="text/plain", text="This is an embedded resource content.")
        )
        match name:
            case "test_simple_text":
                return Outcome("This is a simple text response for testing.")
            case "test_image_content":
                return Outcome("", content=(image,))
            case "test_audio_content":
                return Outcome("", content=(types.AudioContent(type="audio", data=_wav(), mime_type="audio/wav"),))
            case "test_embedded_resource":
                return Outcome("", content=(inside,))
            case "test_multiple_content_types":
                return Outcome("", content=(types.TextContent(type="text", text="Multiple content types test:"), image, inside))
            case "test_error_handling":
                return Outcome("This tool intentionally returns an error for testing", None, False)
            case "test_tool_with_progress":
                for part in ("0 of 100", "50 of 100", "100 of 100"):
                    await told(part)
                return Outcome("done")
            case "test_tool_with_logging":
                for part in ("Tool execution started", "Tool processing data", "Tool execution completed"):
                    await told(part)
                return Outcome("done")
        return Outcome(f"There is no tool {name}.", None, False)

    async def prompts(self) -> list[Offered]:
        return [
            Offered("test_simple_prompt", "A simple prompt."),
            Offered("test_prompt_with_arguments", "A prompt with arguments.", (("arg1", "First", True), ("arg2", "Second", True))),
        ]

    async def prompt(self, name: str, args: dict[str, str]) -> str:
        if name == "test_simple_prompt":
            return "This is a simple prompt for testing."
        if name == "test_prompt_with_arguments":
            return f"Prompt with arguments: arg1='{args.get('arg1', '')}', arg2='{args.get('arg2', '')}'"
        raise LookupError(name)

    async def resources(self) -> list[Readable]:
        return [Readable("test://static-text", "static text", "A static text.", "text/plain")]

    async def read(self, uri: str) -> str:
        if uri == "test://static-text":
            return "This is the content of the static text resource."
        if uri == "test://watched-resource":
            return "Watched."
        if found := re.fullmatch(r"test://template/([^/]+)/data", uri):
            return json.dumps({"id": found[1], "templateTest": True, "data": f"Data for ID: {found[1]}"})
        raise LookupError(uri)

    async def templates(self) -> list[Readable]:
        return [Readable("test://template/{id}/data", "template", "A template.", "application/json")]

    async def completions(self, name: str, argument: str) -> list[str]:
        return ["paris", "park", "party"]


if __name__ == "__main__":
    asyncio.run(serve_http(made(Fixtures(), "Fixtures."), int(sys.argv[1]), "", lambda address: print(address, flush=True)))
