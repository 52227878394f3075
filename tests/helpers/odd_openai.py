"""An OpenAI-compatible server with the oddities of real ones, each chosen by the model's name, and what has to come out of each.

``REPLIES`` says how a reply is sent, ``EXPECTED`` what a ChatModel has to make of it.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SKY = "The sky is blue because air scatters short waves more."
ARGUMENTS = {"path": "out.txt", "text": "hello tool"}
W = json.dumps(ARGUMENTS)
CUT_TEXT = '", "text": "First paragraph. Second paragraph that will be cut off right in the m'
LETTER = "Dear landlord, please mend the heating."
TEXTS = {  # answers with all that looks like something else: they are text, letter for letter
    "answerjson": 'In JavaScript you write an object like { "a": 1 } and an array like [1, 2].',
    "answercode": 'Here is the program:\n```python\nx = {"a": [1, 2]}\nprint(x["a"])\n```\nRun it with `python x.py`.',
    "answerjson2": '```json\n{"name": "Ada", "born": 1815}\n```',
    "answerjson3": '{"steps": [], "answer": "Use {curly} braces and [brackets]: {\\"a\\": 1}"}',
    "cite": "Paris is the capital of France [1].",
    "checkbox": "Packing:\n- [ ] passport\n- [x] charger",
    "link": "See [the guide](https://example.org/guide) for more.",
    "array": "In Python, a[0] is the first item.",
    "latex": "The mean is $\\frac{a+b}{2}$.",
    "bracketstart": "[Note] This is only a guess.",
    "email": "Dear [Name],\n\nthank you for your letter.\n\nBest,\n[Your name]",
    "css": "Use `p { color: red; }` for that.",
    "md": '![pic](http://127.0.0.1/p.png) <img src="x"> <script>alert(1)</script>\n\n| Item | Price |\n|---|---:|\n| Tea | 3 |\n\n> quote\n\n~~gone~~ <b>bold</b> a < b && c > d',
    "barejson": json.dumps({"name": "files_write", "arguments": ARGUMENTS}),
    "quotedtag": "Reasoning models put `<think>` before and `</think>` behind it.\n\n```\n<think>\nhm\n</think>\n```\nThat is all.",
}


@dataclass(frozen=True)
class Expected:
    """What has to come out: text, thinking, calls as ``(name, arguments, cut)``, the reason of the end; or an error's code."""

    text: str = SKY
    thought: str = ""
    calls: tuple[tuple[str, dict[str, Any] | None, bool], ...] = ()
    reason: str = "stop"
    error: str = ""


def _called(*calls: tuple[str, dict[str, Any] | None, bool], reason: str = "tool_calls") -> Expected:
    return Expected("", calls=calls, reason=reason)


_WRITE = ("files.write", ARGUMENTS, False)
_CUT = ("files.write", None, True)  # what is known of cut arguments is not looked at
_HM = "Polite letter needed."
EXPECTED: dict[str, Expected] = {
    **{name: Expected(text) for name, text in TEXTS.items()},
    **dict.fromkeys(("noindex", "noindexfrag", "noindexfragid", "nullindex", "namerepeat", "cumul", "grown", "freshids", "headless", "dictargs", "underscores", "functioncall"), _called(_WRITE)),
    **dict.fromkeys(("emptyargs", "nullargs"), _called(("time.now", {}, False))),
    **dict.fromkeys(("sameindex", "twobare", "sameids"), _called(_WRITE, ("files.write", {**ARGUMENTS, "path": "out2.txt"}, False))),
    "unknownname": _called(("files.wriite", ARGUMENTS, False)),
    "surrplan": _called(("files.write", {"path": "out.txt", "text": "x � y"}, False)),
    "badjson": _called(_CUT),
    **dict.fromkeys(("pythonic", "comma", "fencedargs", "dictcall"), _called(_WRITE)),
    **dict.fromkeys(("endtoken", "repeated", "oldtext", "messages"), Expected()),
    "endspoken": Expected("The token <|im_end|> ends a turn, </s> another, and <s>this</s>"),
    **dict.fromkeys(("statusmsg", "onlymessage"), Expected("", error="model_failed")),
    "brokenargs": _called(_CUT, reason="length"),
    "lengthtext": _called(_CUT, reason="length"),
    "droptext": _called(_CUT, reason="dropped"),
    "noargsyet": _called(_CUT, reason="length"),
    "lengthsteps": _called(("files.write", {"path": "out.txt", "text": "one"}, False), _CUT, reason="length"),
    "length": Expected(SKY[:40], reason="length"),
    "answercut": Expected("The three main reasons are: first, that the", reason="length"),
    "filter": Expected("Dear landl", reason="content_filter"),
    "drop": Expected(SKY[:30], reason="dropped"),
    "dropsilent": Expected(SKY[:30], reason="dropped"),
    "errormid": Expected(SKY[:30], reason="dropped"),
    "composeempty": Expected("", "long thoughts", reason="length"),
    "thinkcut": Expected("", "I need to think very long about this and then", reason="length"),
    "answertail": Expected("Hello! How can I help?", "A person says hi, I greet back.\n"),
    "answerthink": Expected("Hello! How can I help?", "\nThe user says hi\n"),
    "composethought": Expected(LETTER, _HM),
    "composetwo": Expected("\n\nDear landlord,\nplease mend the heating.", "what else?"),
    "bracketthink": Expected(LETTER, _HM),
    "think2": Expected(SKY, 'Hmm {"steps": []}'),
    "harmony": Expected(SKY, "The user wants a file."),
    "reasonthen": Expected(SKY, 'I should think {"steps": [broken about it.'),
    "reasononly": Expected(SKY, SKY),
    "reasondetails": Expected(SKY, "hmm"),
    "contentlist": Expected(SKY, "hmm"),
    "surrogate": Expected("answer � here"),
    "pairsplit": Expected("so 🎉 it is"),
    "nul": Expected("answer  with nul and red"),
    "garble": Expected("Grüße, 你好 🎉"),
    "badutf8": Expected("bad � byte"),
    **dict.fromkeys(("deltanull", "choicesnull", "nochoices", "ping", "crlf", "finishnull", "nodone", "nostream", "linesep", "hangafter"), Expected()),
    **dict.fromkeys(("nostreamopt", "maxcompletion", "notemperature", "nosystem"), Expected()),
    **dict.fromkeys(("ctx", "ctxstream"), Expected("", error="context_overflow")),
    **dict.fromkeys(("422fmt", "500fmt", "422loc", "nostop", "streamrefused", "nostream200", "htmltype", "plaintype", "notype", "moved", "movedfor301"), Expected()),
    **dict.fromkeys(("err200", "402", "quota429"), Expected("", error="model_unpaid")),
    **dict.fromkeys(("errstr", "unknownmodel"), Expected("", error="model_unknown")),
    "html502": Expected("", error="model_failed"),
    "thinktail": Expected(SKY, "Let me think.\n"),
    "movedaway": Expected("", error="model_failed"),
    **dict.fromkeys(("html", "htmlpage", "notjson"), Expected("", error="model_garbage")),
    "dropfirst": Expected("", error="model_dropped"),
}  # fmt: skip
EXPECTED["linesep"] = Expected("one\u2028two\u0085three".replace("\u0085", ""))


def chunk(delta: Any, finish: str | None = None, **more: Any) -> dict[str, Any]:
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "x", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


class Wire(BaseHTTPRequestHandler):
    """Writes one reply. ``send`` takes deltas and ends them; the pieces below are for those that need more."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: OddServer

    def log_message(self, format: str, *args: Any) -> None:
        return

    def do_POST(self) -> None:
        self.body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.bodies.append(self.body)
        with contextlib.suppress(ConnectionError):
            self.server.replies[self.body["model"]](self)

    def json(self, status: int, value: Any, kind: str = "application/json") -> None:
        content = value.encode() if isinstance(value, str) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def start(self, promised: int = 0) -> None:
        """``promised`` bytes: an end of the connection before them is an error, and not just the end."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        if promised:
            self.send_header("Content-Length", str(promised))
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def event(self, value: Any, prefix: str = "data: ", end: str = "\n\n") -> None:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        self.wfile.write((prefix + text + end).encode())
        self.wfile.flush()

    def send(self, *deltas: Any, finish: str | None = "stop", done: bool = True, promised: int = 0) -> None:
        self.start(promised)
        for delta in deltas:
            self.event(chunk(delta))
        if finish:
            self.event(chunk({}, finish))
        if done:
            self.event("[DONE]")

    def say(self, text: str, finish: str = "stop", size: int = 7) -> None:
        """A text in pieces of ``size`` letters, so that tags are cut."""
        self.send({"role": "assistant", "content": ""}, *({"content": text[at : at + size]} for at in range(0, len(text), size)), finish=finish)

    def call(self, *pieces: list[dict[str, Any]], finish: str | None = "tool_calls", done: bool = True) -> None:
        self.send(*({"tool_calls": piece} for piece in pieces), finish=finish, done=done)


@dataclass
class OddServer:
    """The server in a thread of this process; ``bodies`` are the requests it got."""

    replies: dict[str, Callable[[Wire], None]] = field(default_factory=lambda: dict(REPLIES))
    bodies: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    @contextlib.contextmanager
    def run(self) -> Iterator[str]:
        server = _Server(("127.0.0.1", 0), Wire)
        server.replies, server.bodies = self.replies, self.bodies
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            self.url = f"http://127.0.0.1:{server.server_port}/v1"
            yield self.url
        finally:
            server.shutdown()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    replies: dict[str, Callable[[Wire], None]]
    bodies: list[dict[str, Any]]

    def handle_error(self, request: Any, client_address: Any) -> None:
        return  # a client that has gone is no fault of this server


def piece(arguments: Any = None, id_: str | None = "a1", index: Any = "none", name: str | None = "files_write", **more: Any) -> dict[str, Any]:
    """An entry of ``tool_calls``; what is None is left out."""
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    return {**({} if index == "none" else {"index": index}), **({"id": id_, "type": "function"} if id_ is not None else {}), "function": function, **more}


A, B, W2 = W[:12], W[12:], W.replace("out", "out2")


def _cut(wire: Wire, finish: str | None, *whole: str) -> None:
    """Calls of which the last one ends in the middle of a text."""
    pieces = [[piece(text, f"a{number}", number)] for number, text in enumerate(whole)]
    wire.call(*pieces, [piece('{"path": "out2.txt' + CUT_TEXT, "cut", len(whole))], finish=finish, done=bool(finish))


def _drop(wire: Wire, text: str, promised: int) -> None:
    wire.send(*([{"content": text}] if text else []), finish=None, done=False, promised=promised)


def _raw(wire: Wire, *contents: bytes) -> None:
    wire.start()
    for content in contents:
        wire.wfile.write(content)
        wire.wfile.flush()
    wire.event(chunk({}, "stop"))
    wire.event("[DONE]")


def _events(wire: Wire, *values: Any, prefix: str = "data: ", end: str = "\n\n", before: bytes = b"") -> None:
    wire.start()
    wire.wfile.write(before)
    for value in values:
        wire.event(value, prefix, end)


def _refuse(wire: Wire, is_wrong: bool, status: int, said: Any) -> None:
    wire.json(status, said) if is_wrong else wire.say(SKY)


def _error(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", **more}}


def _refuse_stream(wire: Wire, status: int) -> None:
    """A server that can only answer whole: it says so, by a status or in a body of status 200."""
    if wire.body.get("stream"):
        return wire.json(status, _error("Streaming is not supported for this deployment."))
    return wire.json(200, {"choices": [{"index": 0, "message": {"role": "assistant", "content": SKY}, "finish_reason": "stop"}]})


def _typed(wire: Wire, kind: str, content: str = "") -> None:
    """An answer under a wrong content type, or under none."""
    content = content or "".join(f"data: {json.dumps(value)}\n\n" for value in (_SKY, _END)) + "data: [DONE]\n\n"
    wire.send_response(200)
    if kind:
        wire.send_header("Content-Type", kind)
    wire.send_header("Content-Length", str(len(content)))
    wire.end_headers()
    wire.wfile.write(content.encode())


def _moved(wire: Wire, status: int, there: str) -> None:
    if wire.path.startswith("/v2/"):
        return wire.say(SKY)
    wire.send_response(status)
    wire.send_header("Location", there)
    wire.send_header("Content-Length", "0")
    return wire.end_headers()


def _hang_after(wire: Wire) -> None:
    """The reason of the end comes, the end of the connection does not."""
    wire.send({"content": SKY}, done=False)
    time.sleep(20)


_SKY, _END = chunk({"content": SKY}), chunk({}, "stop")
_GARBLED = ("data: " + json.dumps(chunk({"content": "Grüße, 你好 🎉"}), ensure_ascii=False) + "\n\n").encode()
_OVERFLOW = "request (9121 tokens) exceeds the available context size (4096 tokens), try increasing it"
REPLIES: dict[str, Callable[[Wire], None]] = {
    **{name: (lambda wire, text=text: wire.say(text)) for name, text in TEXTS.items()},  # type: ignore[misc]
    # calls
    "noindex": lambda w: w.call([piece(W)]),
    "noindexfrag": lambda w: w.call([piece("")], [piece(A, None, name=None)], [piece(B, None, name=None)]),
    "noindexfragid": lambda w: w.call([piece(A)], [piece(B, name=None)]),
    "nullindex": lambda w: w.call([piece(A, index=None)], [piece(B, None, None, None)]),
    "sameindex": lambda w: w.call([piece(W, "a1", 0)], [piece(W2, "a2", 0)]),
    "sameids": lambda w: w.call([piece(W, "a1", 0)], [piece(W2, "a1", 1)]),
    "twobare": lambda w: w.call([piece(W, None), piece(W2, None)]),
    "namerepeat": lambda w: w.call([piece(A, index=0)], [piece(B, index=0)]),
    "cumul": lambda w: w.call([piece(W, index=0)], [piece(W, index=0)]),
    "grown": lambda w: w.call([piece(A, index=0)], [piece(W, index=0, name=None)]),
    "freshids": lambda w: w.call([piece(A, "x1", 0)], [piece(B, "x2", 0, "")]),
    "headless": lambda w: w.call([piece("", "", 0)], [piece(A, "a1", 0)], [piece(B, "", 0, "")]),
    "dictargs": lambda w: w.call([piece(ARGUMENTS, index=0)]),
    "emptyargs": lambda w: w.call([piece("", index=0, name="time_now")]),
    "nullargs": lambda w: w.call([{"index": 0, "id": "a1", "function": {"name": "time_now", "arguments": None}}], finish="stop"),
    "underscores": lambda w: w.call([piece(W, index=0)]),
    "unknownname": lambda w: w.call([piece(W, index=0, name="files.wriite")]),
    "functioncall": lambda w: w.send({"function_call": {"name": "files_write", "arguments": A}}, {"function_call": {"arguments": B}}, finish="function_call"),
    "surrplan": lambda w: w.call([piece('{"path": "out.txt", "text": "x \\ud83d y"}', index=0)]),
    "badjson": lambda w: w.call([piece("{'path': 'out.txt', 'text': 'it's x'}", index=0)]),
    "pythonic": lambda w: w.call([piece("{'path': 'out.txt', 'text': 'hello tool',}", index=0)]),
    "comma": lambda w: w.call([piece(W.replace("}", ",\n}"), index=0)]),
    "fencedargs": lambda w: w.call([piece(f"{W}\n```", index=0)]),
    "dictcall": lambda w: w.send({"tool_calls": piece(W, index=0)}, finish="tool_calls"),
    "endtoken": lambda w: w.say(f"{SKY}<|eot_id|>\n<|im_end|>"),
    "endspoken": lambda w: w.say("The token <|im_end|> ends a turn, </s> another, and <s>this</s>"),
    "repeated": lambda w: _events(w, chunk({"content": SKY[:20]}), chunk({"content": SKY[20:]}), {"choices": [{"index": 0, "delta": {}, "message": {"content": SKY}, "finish_reason": "stop"}]}, "[DONE]"),
    "messages": lambda w: _events(w, *({"choices": [{"index": 0, "message": {"content": part}}]} for part in (SKY[:20], SKY[20:])), chunk({}, "stop"), "[DONE]"),
    "oldtext": lambda w: _events(w, {"choices": [{"index": 0, "text": SKY}]}, chunk({}, "stop"), "[DONE]"),
    "statusmsg": lambda w: w.json(200, {"choices": None, "base_resp": {"status_code": 1027, "status_msg": "output sensitive"}}),
    "onlymessage": lambda w: w.json(200, {"code": "InternalError", "message": "The service is unwell."}),
    # cut
    "brokenargs": lambda w: _cut(w, "length"),
    "lengthtext": lambda w: _cut(w, "length"),
    "droptext": lambda w: _cut(w, None),
    "lengthsteps": lambda w: _cut(w, "length", '{"path": "out.txt", "text": "one"}'),
    "noargsyet": lambda w: w.call([piece("", index=0)], finish="length"),
    "length": lambda w: w.say(SKY[:40], "length"),
    "answercut": lambda w: w.say("The three main reasons are: first, that the", "length"),
    "filter": lambda w: w.say("Dear landl", "content_filter"),
    "drop": lambda w: _drop(w, SKY[:30], 100_000),
    "dropsilent": lambda w: _drop(w, SKY[:30], 0),
    "dropfirst": lambda w: _drop(w, "", 100_000),
    "errormid": lambda w: _events(w, chunk({"content": SKY[:30]}), {"error": {"message": "overloaded", "code": 502}}),
    "composeempty": lambda w: w.send({"reasoning_content": "long thoughts"}, finish="length"),
    # thinking
    "thinkcut": lambda w: w.say("<think>I need to think very long about this and then", "length"),
    "answertail": lambda w: w.say("A person says hi, I greet back.\n</think>\n\nHello! How can I help?"),
    "answerthink": lambda w: w.say("<think>\nThe user says hi\n</think>\n\nHello! How can I help?"),
    "composethought": lambda w: w.say(f"<thought>{_HM}</thought>\n{LETTER}"),
    "composetwo": lambda w: w.say("\n\nDear landlord,\n<think>what else?</think>\nplease mend the heating."),
    "bracketthink": lambda w: w.say(f"[THINK]{_HM}[/THINK]{LETTER}"),
    "think2": lambda w: w.say('<reasoning>Hmm {"steps": []}</reasoning>\n' + SKY),
    "harmony": lambda w: w.say(f"<|channel|>analysis<|message|>The user wants a file.<|end|><|start|>assistant<|channel|>final<|message|>{SKY}<|return|>"),
    "reasonthen": lambda w: w.send(*({"reasoning_content": text} for text in ("I should ", 'think {"steps": [broken ', "about it.")), {"content": SKY}),
    "reasononly": lambda w: w.send({"content": None, "reasoning_content": SKY[:20]}, {"content": None, "reasoning_content": SKY[20:]}, {"content": ""}),
    "reasondetails": lambda w: w.send({"content": "", "reasoning": {"text": "hmm"}, "reasoning_details": [{"type": "reasoning.text", "text": "hmm"}]}, {"content": SKY}),
    "contentlist": lambda w: w.send({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hmm"}]}]}, {"content": [{"type": "text", "text": SKY}]}),
    # letters
    "surrogate": lambda w: _raw(w, b'data: {"choices":[{"index":0,"delta":{"content":"answer \\ud800 here"},"finish_reason":null}]}\n\n'),
    "pairsplit": lambda w: _raw(w, b'data: {"choices":[{"delta":{"content":"so \\ud83c"}}]}\n\n', b'data: {"choices":[{"delta":{"content":"\\udf89 it is"}}]}\n\n'),
    "nul": lambda w: w.say("answer \0 with nul and \x1b[31mred\x1b[0m"),
    "garble": lambda w: _raw(w, *(_GARBLED[at : at + 7] for at in range(0, len(_GARBLED), 7))),
    "badutf8": lambda w: _raw(w, b'data: {"choices":[{"delta":{"content":"bad \xff byte"}}]}\n\n'),
    "linesep": lambda w: w.send({"content": "one\u2028two\u0085three"}),
    # forms of the stream
    "deltanull": lambda w: _events(w, _SKY, chunk(None, "stop"), "[DONE]"),
    "choicesnull": lambda w: _events(w, {"id": "", "choices": None}, _SKY, _END, "[DONE]"),
    "nochoices": lambda w: _events(w, {"choices": [], "prompt_filter_results": []}, _SKY, _END, {"choices": [], "usage": {"prompt_tokens": None, "completion_tokens": None}}, "[DONE]"),
    "ping": lambda w: _events(w, _SKY, _END, "[DONE]", prefix="data:", before=b": OPENROUTER PROCESSING\n\n: ping\n\n"),
    "crlf": lambda w: _events(w, _SKY, _END, "[DONE]", end="\r\n\r\n"),
    "finishnull": lambda w: w.send({"content": SKY}, finish=None),
    "nodone": lambda w: w.send({"content": SKY}, done=False),
    "hangafter": _hang_after,
    "nostream": lambda w: w.json(200, {"choices": [{"index": 0, "message": {"role": "assistant", "content": SKY}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 5, "completion_tokens": 7}}),
    # refusals
    "nostreamopt": lambda w: _refuse(w, "stream_options" in w.body, 400, _error("Unrecognized request argument supplied: stream_options")),
    "maxcompletion": lambda w: _refuse(w, "max_tokens" in w.body, 400, _error("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")),
    "notemperature": lambda w: _refuse(w, "temperature" in w.body, 400, _error("Unsupported value: 'temperature' does not support 0 with this model.")),
    "nosystem": lambda w: _refuse(w, w.body["messages"][0]["role"] == "system", 400, _error("System role not supported")),
    "ctx": lambda w: w.json(400, _error(_OVERFLOW, code=400, n_ctx=4096)),
    "ctxstream": lambda w: _events(w, {"error": {"message": "the request exceeds the available context size", "code": 400}}, "[DONE]"),
    "err200": lambda w: w.json(200, {"error": {"message": "Insufficient credits. Add more at the site.", "code": 402}}),
    "402": lambda w: w.json(402, {"error": {"message": "Insufficient credits.", "code": 402}}),
    "quota429": lambda w: w.json(429, _error("You exceeded your current quota, please check your plan.", code="insufficient_quota")),
    "errstr": lambda w: w.json(500, {"error": "model 'x' not found, try pulling it first"}),
    "unknownmodel": lambda w: w.json(404, _error("The model `x` does not exist or you do not have access to it.")),
    "html502": lambda w: w.json(502, "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>", "text/html"),
    "422fmt": lambda w: _refuse(w, "response_format" in w.body, 422, {"detail": [{"loc": ["body", "response_format"], "msg": "json_schema not supported"}]}),
    "422loc": lambda w: _refuse(w, "temperature" in w.body, 422, {"detail": [{"type": "extra_forbidden", "loc": ["body", "temperature"], "msg": "Extra inputs are not permitted"}]}),
    "500fmt": lambda w: _refuse(w, "response_format" in w.body, 500, _error("failed to parse grammar")),
    "nostop": lambda w: _refuse(w, "stop" in w.body, 400, _error("Unsupported parameter: 'stop' is not supported with this model.", param="stop")),
    "streamrefused": lambda w: _refuse_stream(w, 400),
    "nostream200": lambda w: _refuse_stream(w, 200),
    "htmltype": lambda w: _typed(w, "text/html; charset=utf-8"),
    "plaintype": lambda w: _typed(w, "text/plain"),
    "notype": lambda w: _typed(w, ""),
    "thinktail": lambda w: w.say(f"Let me think.\n</think>\n\n{SKY}"),
    "moved": lambda w: _moved(w, 307, "/v2/chat/completions"),
    "movedfor301": lambda w: _moved(w, 301, "/v2/chat/completions"),
    "movedaway": lambda w: _moved(w, 308, "http://elsewhere.example.test/v1/chat/completions"),
    "htmlpage": lambda w: _typed(w, "text/event-stream", "<html><title>Welcome</title></html>"),
    "html": lambda w: w.json(200, "<!doctype html><html><body>Login</body></html>", "text/html"),
    "notjson": lambda w: _events(w, "{not json", "<html>"),
}  # fmt: skip
