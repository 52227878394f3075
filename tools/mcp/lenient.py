"""What servers forget and the specification forgives: a result of the 2026-07-28 revision without ``resultType`` is complete."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import mcp_types as types
from mcp.shared.message import SessionMessage


class _Completed:
    """A read stream whose results always say of which type they are."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def receive(self) -> Any:
        return _complete(await self._inner.receive())

    async def __anext__(self) -> Any:
        return _complete(await self._inner.__anext__())

    def __aiter__(self) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def __aenter__(self) -> Any:
        await self._inner.__aenter__()
        return self

    async def __aexit__(self, *raised: Any) -> Any:
        return await self._inner.__aexit__(*raised)


def _complete(item: Any) -> Any:
    if isinstance(item, SessionMessage) and isinstance(item.message, types.JSONRPCResponse) and isinstance(item.message.result, dict):
        item.message.result.setdefault("resultType", "complete")
    return item


@asynccontextmanager
async def lenient(transport: AbstractAsyncContextManager[tuple[Any, Any]]) -> AsyncIterator[tuple[Any, Any]]:
    """The streams of ``transport``, mended where that is allowed."""
    async with transport as (reading, writing):
        yield _Completed(reading), writing
