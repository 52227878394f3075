"""Work that may never end, on threads that nobody has to wait for: a file on a drive that went away holds its reader, and must hold nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from core.errors import ToolFailed

P = ParamSpec("P")
T = TypeVar("T")
MOST_ABANDONED = 16  # threads that were left behind and still hang; each holds a little memory

_abandoned: set[threading.Thread] = set()


async def in_thread(work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """The result of ``work``, done beside the loop. Whoever is cancelled leaves it behind: it is not stopped, and the end of the process does not wait for it.

    Raises what ``work`` raises, and :class:`ToolFailed` where too many were left behind already. The threads of :func:`asyncio.to_thread` are few and
    joined at the end, so that a handful that hang would stop all others and the process from ending.
    """
    _abandoned.difference_update([thread for thread in _abandoned if not thread.is_alive()])
    if len(_abandoned) >= MOST_ABANDONED:
        raise ToolFailed(
            "Too much that was begun hangs (a drive that went away?), so nothing more is begun.", code="stuck", hint="`deskhand stop` ends it; the next request starts anew."
        )
    loop, context = asyncio.get_running_loop(), contextvars.copy_context()
    future: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            result = context.run(work, *args, **named)
        except BaseException as error:
            tell(_fail, error)
        else:
            tell(asyncio.Future.set_result, result)

    def tell(how: Callable[[asyncio.Future[T], Any], None], what: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is gone
            loop.call_soon_threadsafe(lambda: None if future.done() else how(future, what))

    thread = threading.Thread(target=run, name=f"tool {getattr(work, '__name__', 'work')}", daemon=True)
    thread.start()
    try:
        return await future
    except asyncio.CancelledError:
        _abandoned.add(thread)
        raise


def _fail(future: asyncio.Future[Any], error: BaseException) -> None:
    future.set_exception(RuntimeError("it ended without a result") if isinstance(error, StopIteration) else error)
