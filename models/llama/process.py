"""The parent's side of a worker: start, talk, cancel, restart, end. One process for each loaded model."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any, Protocol

from core.errors import ModelError
from core.ids import new_id
from models.llama import backends

log = logging.getLogger("deskhand.worker")
ROOT = Path(__file__).resolve().parents[2]
CANCEL_SECONDS = 0.15
LOAD_SECONDS = 600.0
MEASURE_SECONDS = 60.0
SAVE_SECONDS = 60.0
LINE_LIMIT = 64 * 1024 * 1024
# Threads that wait for each other sleep. Spinning beside busy neighbours they read 47 tokens/s where sleeping ones read 107 (0.5B, two cores).
PATIENT = {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0"}
_LAST = {"done", "error"}  # one of these ends an answer


class Guard(Protocol):
    """Who decides about a load: asked before, told after. ``before`` may raise and so refuse."""

    async def before(self) -> dict[str, Any]:
        """More options for the load."""
        ...

    def after(self, facts: dict[str, Any], seconds: float) -> None:
        """It is loaded."""
        ...

    def spoke(self, tokens: int, seconds: float) -> None:
        """It decoded so many tokens in so many seconds."""
        ...

    def ended(self) -> None:
        """Its process is gone."""
        ...


class Worker:
    """A worker process for one GGUF. Loads on first use; a crash fails the call in flight, the next call starts a new process."""

    def __init__(self, path: Path, options: dict[str, Any] | None = None, guard: Guard | None = None, state: Path | None = None) -> None:
        self.path = path
        self._keeps_read = True
        self._state = state  # where what the model has read waits while it is not loaded
        self._options = options or {}
        self._guard = guard
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._answers: dict[str, asyncio.Queue[dict[str, Any]]] = {}
        self._reader: asyncio.Task[None] | None = None
        self.facts: dict[str, Any] = {}

    @property
    def pid(self) -> int | None:
        """The process id, or None when nothing is loaded."""
        return self._process.pid if self._process and self._process.returncode is None else None

    def forget_read(self) -> None:
        """What this process has read is not kept when it ends."""
        self._keeps_read = self.pid is None

    async def load(self) -> dict[str, Any]:
        """Start the process and load the model, if that is not done. Raises :class:`ModelError`."""
        async with self._turn:
            return await self._load()

    async def _load(self) -> dict[str, Any]:
        if self.pid is not None:
            return self.facts
        await self.close()
        if not self.path.is_file():
            raise ModelError(f"The model file {self.path} is not there.", code="model_missing", hint="`deskhand model list` shows what is installed.")
        options = {**self._options, **(await self._guard.before() if self._guard else {}), **({"state": str(self._state)} if self._state else {})}
        began, self._keeps_read = time.monotonic(), True
        await self._start(options.pop("environment", None))
        try:
            async with asyncio.timeout(LOAD_SECONDS):
                async for answer in self._ask({"op": "load", "path": str(self.path), "options": options}):
                    self.facts = answer.get("done", self.facts)
        except (ModelError, TimeoutError) as error:
            await self.close()
            raise ModelError(
                f"{self.path.name} cannot be loaded: {getattr(error, 'message', 'it took too long')}.", code="model_load_failed",
                hint="The file may be damaged, no GGUF, or too large for this machine. Download it again or choose another with `deskhand model use`.",
            ) from error  # fmt: skip
        if self._guard:
            self._guard.after(self.facts, time.monotonic() - began)
        return self.facts

    async def measure(self, choices: list[dict[str, Any]]) -> list[dict[str, dict[str, float]]]:
        """Bytes by device and part for each way of loading, in a process of its own that loads nothing. Raises :class:`ModelError`."""
        options = dict(self._options)
        await self._start(options.pop("environment", None))
        try:
            async with asyncio.timeout(MEASURE_SECONDS):
                async for answer in self._ask({"op": "measure", "path": str(self.path), "choices": [{**options, **choice} for choice in choices]}):
                    return list(answer["done"]["buffers"])
        except TimeoutError as error:
            raise ModelError(f"{self.path.name} could not be measured in time.", code="model_load_failed") from error
        finally:
            await self.close()
        return []

    async def loadable_architectures(self, names: Sequence[str]) -> dict[str, bool]:
        """Which architectures this llama.cpp can load, asked in a process of its own. Raises :class:`ModelError`."""
        await self._start(None)
        try:
            async with asyncio.timeout(MEASURE_SECONDS):
                async for answer in self._ask({"op": "architectures", "names": list(names)}):
                    return dict(answer["done"]["loadable"])
        except TimeoutError as error:
            raise ModelError("llama.cpp did not say in time what it can load.", code="model_failed") from error
        finally:
            await self.close()
        return {}

    async def retire(self) -> None:
        """End the process once it has finished what it is saying; what it has read is kept in a file until it comes back."""
        async with self._turn:
            if self.pid is not None and self._state is not None and self._keeps_read:
                with contextlib.suppress(ModelError, TimeoutError):
                    async with asyncio.timeout(SAVE_SECONDS):
                        async for _ in self._ask({"op": "save", "path": str(self._state)}):
                            pass
            await self.close()

    @property
    def busy(self) -> bool:
        """Whether it is loading or speaking."""
        return self._turn.locked()

    async def _start(self, card: dict[str, str] | None) -> None:
        """A process that sees the card of ``card`` (see ``backends.environment``), or none."""
        environment = {**os.environ, **PATIENT, "PYTHONPATH": str(ROOT), **(card or backends.environment())}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "models.llama.worker", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL, env=environment, limit=LINE_LIMIT, start_new_session=True,
        )  # fmt: skip
        self._reader = asyncio.create_task(self._read(self._process), name=f"reader of {self.path.name}")

    async def call(self, op: str, *, fallback: dict[str, Any] | None = None, **job: Any) -> AsyncGenerator[dict[str, Any], None]:
        """The worker's answers, the last one with ``done``. Closing the iterator cancels; the worker is then free within 200 ms.

        A crash before anything was written is tried again once, in a new process; later it is the caller's :class:`ModelError`. With
        ``fallback`` (values that replace those of ``job``) it is tried again once even then: the job gets ``written``, and goes on behind it.
        """
        async with self._turn:
            for attempt in (1, 2):
                written = ""
                try:
                    await self._load()
                    async with contextlib.aclosing(self._ask({"op": op, **job})) as answers:
                        async for answer in answers:
                            written += answer.get("delta", "")
                            yield answer
                    return
                except ModelError as error:
                    if attempt == 2 or not error.retryable or (written and fallback is None):
                        raise
                    if fallback is not None:
                        log.warning("the process of %s ended while it answered (%s); asked again with %s", self.path.name, error.message, fallback)
                        job = {**job, **fallback, "written": written}
                    await self.close()

    async def _ask(self, job: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        process = self._process
        assert process is not None and process.stdin is not None
        id_ = new_id("job")
        answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._answers[id_] = answers
        finished = False
        try:
            process.stdin.write((json.dumps({**job, "id": id_}, ensure_ascii=True) + "\n").encode())
            with contextlib.suppress(ConnectionError):
                await process.stdin.drain()
            while not finished:
                answer = await answers.get()
                finished = bool(_LAST & answer.keys())
                if "error" in answer:
                    raise _error(answer["error"])
                yield answer
        finally:
            if not finished and process.returncode is None:
                await self._cancel(process, id_, answers)
            self._answers.pop(id_, None)

    async def _cancel(self, process: asyncio.subprocess.Process, id_: str, answers: asyncio.Queue[dict[str, Any]]) -> None:
        """Ask the worker to stop; one that does not answer in time is ended, the next call starts another."""
        assert process.stdin is not None
        with contextlib.suppress(ConnectionError):
            process.stdin.write((json.dumps({"op": "cancel", "id": id_}) + "\n").encode())
        try:
            async with asyncio.timeout(CANCEL_SECONDS):
                while not _LAST & (await answers.get()).keys():
                    pass
        except TimeoutError:
            log.info("worker %s did not stop in time and was ended", process.pid)
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        with contextlib.suppress(ValueError, ConnectionError):
            async for line in process.stdout:
                try:
                    answer = json.loads(line)
                except ValueError:
                    continue
                if queue := self._answers.get(answer.get("id", "")):
                    queue.put_nowait(answer)
        code = await process.wait()
        for queue in list(self._answers.values()):
            queue.put_nowait({"error": {"kind": "crash", "message": f"the model's process ended unexpectedly (code {code})"}})

    async def close(self) -> None:
        """End the process; its memory is back when this returns."""
        process, self._process = self._process, None
        if process is not None:
            if self._guard:
                self._guard.ended()
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
            self._reader = None


def _error(error: dict[str, str]) -> ModelError:
    """What went wrong in the worker. A crash may not happen again."""
    if error["kind"] == "ContextFull":
        return ModelError(error["message"], code="context_full", hint="Ask for less at once, or load the model for more tokens (`models.context`).")
    return ModelError(error["message"] or error["kind"], code="model_failed", retryable=error["kind"] == "crash")
