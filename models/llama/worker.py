"""The worker process: one loaded GGUF, JSON lines on standard input and output.

``{"op": "load"|"measure"|"architectures"|"chat"|"plan"|"embed"|"tokenize"|"cancel", "id": …}`` in; ``{"id", "progress"|"opened"|"delta"|"done"|"error"…}``
out, of which ``done`` and ``error`` end an answer. ``opened``: whether the prompt has begun the model's thinking already. A reader thread
takes in cancels while the main thread is inside llama.cpp; the abort callback sees them between two graph nodes, so that prompt processing
stops too. End of input ends the process at once: no core, no worker.
"""

from __future__ import annotations

import ctypes
import json
import os
import queue
import sys
import threading
from typing import Any

_out: Any = None
_cancelled: set[str] = set()
_current: list[str] = [""]
_lock = threading.Lock()


class Cancelled(Exception):
    """The parent no longer wants this answer."""


def main() -> None:
    """Serve until standard input ends."""
    global _out
    _out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # what llama.cpp prints must not get between the lines
    _die_with_parent()
    jobs: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_read, args=(jobs,), daemon=True).start()
    engine: Any = None
    while True:
        job = jobs.get()
        _current[0] = job["id"]
        try:
            if job["op"] == "load":
                from models.llama.engine import Engine

                engine = Engine(job["path"], job["options"], _stop_wanted)
                send(job["id"], done=engine.facts)
            elif job["op"] == "measure":
                from models.llama.engine import measure

                send(job["id"], done={"buffers": measure(job["path"], job["choices"])})
            elif job["op"] == "architectures":
                from models.llama.engine import loadable_architectures

                send(job["id"], done={"loadable": loadable_architectures(job["names"])})
            else:
                _check_cancel(job["id"])
                getattr(engine, job["op"])(job, lambda data, i=job["id"]: _part(i, data))
        except Cancelled:
            send(job["id"], done={"reason": "cancelled"})
        except Exception as error:
            if _stop_wanted():
                send(job["id"], done={"reason": "cancelled"})
            else:
                send(job["id"], error={"kind": type(error).__name__, "message": str(error)[:500]})
        _current[0] = ""


def send(id_: str, **data: Any) -> None:
    """One line out."""
    _out.write(json.dumps({"id": id_, **data}, ensure_ascii=False) + "\n")


def _part(id_: str, data: dict[str, Any]) -> None:
    _check_cancel(id_)
    send(id_, **data)


def _check_cancel(id_: str) -> None:
    if id_ in _cancelled:
        raise Cancelled


def _stop_wanted() -> bool:
    return bool(_current[0]) and _current[0] in _cancelled


def _read(jobs: queue.Queue[dict[str, Any]]) -> None:
    for line in sys.stdin:
        try:
            job = json.loads(line)
        except ValueError:
            continue
        if job.get("op") == "cancel":
            _cancelled.add(job["id"])
        else:
            jobs.put(job)
    os._exit(0)


def _die_with_parent() -> None:
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL: see prctl(2)


if __name__ == "__main__":
    main()
