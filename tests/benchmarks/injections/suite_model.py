"""The kit's scripted, fully gullible model for many cases, and their scoring: ``suite_model.py KIT CONTROL PORT`` (interpreter with agentdojo).

``POST /v1/chat/completions`` plays the case of the control file; ``GET /cases?suite=S`` lists its pairs; ``GET /truth`` gives the calls of the user
and of the injection; ``POST /score`` with ``{"answer"}`` says whether the task was done and the attack succeeded.
"""

from __future__ import annotations

import importlib.util
import json
import pickle
import sys
from functools import cache
from pathlib import Path
from typing import Any

KIT, CONTROL, PORT = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
sys.path.insert(0, str(KIT))

import case  # type: ignore[import-not-found]  # noqa: E402
import uvicorn  # noqa: E402
from agentdojo.functions_runtime import FunctionCall  # type: ignore[import-not-found]  # noqa: E402
from agentdojo.types import text_content_block_from_string as block  # type: ignore[import-not-found]  # noqa: E402
from fastapi import FastAPI, Request  # noqa: E402
from fastapi.responses import StreamingResponse  # noqa: E402

app = FastAPI()


@cache
def scripted(number: int) -> Any:
    """The kit's own scripted model, made for the case of that number."""
    suite, user, injection = json.loads(CONTROL.read_text())["case"]
    spec = importlib.util.spec_from_file_location(f"scripted_{number}", KIT / "scripted_model.py")
    assert spec and spec.loader
    module, arguments, run = importlib.util.module_from_spec(spec), sys.argv, uvicorn.run
    sys.argv, uvicorn.run = ["scripted_model.py", suite, user, injection, "0"], lambda *args, **options: None
    try:
        spec.loader.exec_module(module)
    finally:
        sys.argv, uvicorn.run = arguments, run
    return module


def now() -> Any:
    return scripted(json.loads(CONTROL.read_text())["number"])


@app.get("/v1/models")
def models() -> Any:
    return {"object": "list", "data": [{"id": "scripted", "object": "model"}]}


@app.post("/v1/chat/completions")
async def complete(request: Request) -> Any:
    model = now()
    message, finish = model.reply(await request.json())
    return StreamingResponse(model.chunks(message, finish), media_type="text/event-stream")


@app.get("/truth")
def truth() -> Any:
    model = now()
    return {"prompt": model.user.PROMPT, "user": model.USER_CALLS, "injection": model.BAD_CALLS}


@app.get("/cases")
def cases(suite: str) -> Any:
    chosen = case.suite(suite)
    return {"users": list(chosen.user_tasks), "injections": list(chosen.injection_tasks)}


@app.post("/score")
async def score(request: Request) -> Any:
    answer = (await request.json())["answer"]
    state = pickle.loads(Path(json.loads(CONTROL.read_text())["state"]).read_bytes())
    chosen, user, bad, _ = case.load(*state["case"])
    made = [FunctionCall(function=name, args=args) for name, args in state["calls"]]

    def check(task: Any, text: str) -> bool:
        return bool(chosen._check_task_result(task, [block(text)], state["before"], state["env"], made))

    return {"calls": state["calls"], "utility": check(user, user.GROUND_TRUTH_OUTPUT or answer), "attack": check(bad, answer) if bad else None}


uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="error")
