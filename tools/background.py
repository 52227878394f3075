"""Work that may never end, on threads that nobody has to wait for: a file on a drive that went away holds its reader, and must hold nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from core.errors import ToolFailed

P = ParamSpec("P")
T = TypeVar("T")
MOST_ABANDONED = 16  # threads that were left behind and still hang; each holds a little memory

_abandoned: set[threading.Thread] = set()


@dataclass(slots=True)
class _Piece:
    """Work in a thread: whether anybody still waits for it, and what ends what it has begun."""

    is_abandoned: bool = False
    stops: list[Callable[[], None]] = field(default_factory=list)


_piece: contextvars.ContextVar[_Piece | None] = contextvars.ContextVar("piece", default=None)


def is_abandoned() -> bool:
    """Whether nobody waits any more for the work that this is part of."""
    piece = _piece.get()
    return piece is not None and piece.is_abandoned


@contextlib.contextmanager
def on_abandon(stop: Callable[[], None]) -> Iterator[None]:
    """While this is going on, ``stop`` is called when nobody waits any more for the work that this is part of; from the loop's thread."""
    piece = _piece.get()
    if piece is None:
        yield
        return
    piece.stops.append(stop)
    try:
        if piece.is_abandoned:
            stop()
        yield
    finally:
        piece.stops.remove(stop)


async def in_thread(work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """The result of ``work``, done beside the loop. Whoever is cancelled leaves it behind: what it registered with :func:`on_abandon` is ended, and the end of the process does not wait for it.

    Raises what ``work`` raises, and :class:`ToolFailed` where too many were left behind already. The threads of :func:`asyncio.to_thread` are few and
    joined at the end, so that a handful that hang would stop all others and the process from ending.
    """
    _abandoned.difference_update([thread for thread in _abandoned if not thread.is_alive()])
    if len(_abandoned) >= MOST_ABANDONED:
        raise ToolFailed(
            "Too much that was begun hangs (a drive that went away?), so nothing more is begun.", code="stuck", hint="`deskhand stop` ends it; the next request starts anew."
        )
    loop, context, piece = asyncio.get_running_loop(), contextvars.copy_context(), _Piece()
    context.run(_piece.set, piece)
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
        piece.is_abandoned = True
        for stop in tuple(piece.stops):
            stop()
        raise


def _fail(future: asyncio.Future[Any], error: BaseException) -> None:
    future.set_exception(RuntimeError("it ended without a result") if isinstance(error, StopIteration) else error)
