"""Decoding frames under a mask: known intents, their slots in order, and spans copied from the request character by character.
Runs inside the worker.

A frame is ``<|move|> <|o:|> span <|t:|> span``; a span may end only where a word ends; ``<|it|>`` stands for what was named before.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from models.starter import foreign
from models.starter.foreign import Foreign
from models.starter.frames import END, INTENTS, IT, special_tokens

MAX_FRAMES, MAX_TOKENS, MAX_PROMPT = 6, 200, 300
CERTAIN, UNLIKELY, MOST_OTHERS = 0.9, 0.05, 3  # below the first other ways are looked at, where their turning has the second, at most so many
UNKNOWN = -5.0  # log-probability under which a copied token is one that the model does not know; the longest piece is taken then
Logits = Callable[[list[int], int], Any]
ON = -1  # instead of how much is kept: all of it


class Decoder:
    """Greedy decoding with the mask. ``logits(tokens, kept)`` gives log-probabilities after ``tokens``, put behind the first ``kept`` of those before (:data:`ON`: all)."""

    def __init__(self, vocabulary: Any, logits: Logits) -> None:
        self._vocabulary, self._logits = vocabulary, logits
        ids = vocabulary.ids
        self.intents = {ids[f"<|{intent}|>"]: intent for intent in INTENTS}
        self.slots = {slot: ids[f"<|{slot}:|>"] for slot in {slot for slots in INTENTS.values() for slot in slots}}
        self.end, self.it = ids[END], ids[IT]
        marks = {ids[mark] for mark in special_tokens()}
        self.texts = {text: token for text, token in ids.items() if token not in marks}
        self.longest = max(map(len, self.texts))

    def decode(self, request: str, offered: Iterable[tuple[str, str, list[str]]] = ()) -> dict[str, Any]:
        """``{"frames": [[intent, {slot: text}], …], "probability", "guesses", …}``.

        ``offered`` are name, description and parameters of the tools of other makers that the request may mean.

        ``probability`` is that of the least likely token, ``total`` the logarithm of that of all; ``guesses`` are the likeliest intents of the first frame, ``others``
        further ways to read the request, as ``[frames, probability, total]``, where it is not certain. A request too long for the model gives no frames.
        """
        ids, tools = self._vocabulary.ids, tuple(Foreign(name, about, tuple(parameters)) for name, about, parameters in offered)
        prompt = [token for mark, text in foreign.prompt(request, tools) for token in ([ids[text]] if mark else self._vocabulary.encode(text))]
        if len(prompt) > MAX_PROMPT:
            return {"frames": [], "probability": 0.0, "guesses": [], "prompt_tokens": len(prompt), "completion_tokens": 0}
        scores, machine = self._logits(prompt, 0), _Machine(self, " " + request, tools)
        guesses = sorted(((float(scores[token]), intent) for token, intent in machine.intents.items()), reverse=True)[:4]
        best = self._finished(_Path(machine), scores)
        told = {"guesses": [[intent, math.exp(score)] for score, intent in guesses], "prompt_tokens": len(prompt), "completion_tokens": len(best.steps)}
        others = [self._turned(best, turning, len(prompt), _Machine(self, " " + request, tools)) for turning in best.turnings()] if math.exp(best.lowest) < CERTAIN else []
        rows = [[path.frames, math.exp(path.lowest), path.total] for path in others if path.frames]
        return {"frames": best.frames, "probability": math.exp(best.lowest) if best.frames else 0.0, "total": best.total, "others": rows, **told}

    def _finished(self, path: _Path, scores: Any) -> _Path:
        """The path, followed greedily to its end."""
        while len(path.steps) < MAX_TOKENS - 1:
            path.go(path.machine.ways(scores))
            if path.last == self.end:
                path.frames = path.machine.frames
                break
            scores = self._logits([path.last], ON)
        return path

    def _turned(self, best: _Path, turning: _Step, asked: int, machine: _Machine) -> _Path:
        """As ``best`` up to a place, the second choice there, and on to the end; ``asked`` is the length of the prompt."""
        path = _Path(machine)
        for step in [*best.steps[: turning.place], turning]:
            path.take(step)
        if path.last == self.end:
            path.frames = machine.frames
            return path
        return self._finished(path, self._logits([path.last], asked + turning.place))


@dataclass(frozen=True, slots=True)
class _Step:
    """A token at a place of a path, how sure it was (a log-probability), and the second choice there."""

    place: int
    token: int
    sure: float
    other: _Step | None = None


@dataclass(slots=True)
class _Path:
    """One way through the language of frames."""

    machine: _Machine
    steps: list[_Step] = field(default_factory=list)
    frames: list[tuple[str, dict[str, str]]] = field(default_factory=list)  # once it has ended

    @property
    def last(self) -> int:
        """The token at its end so far."""
        return self.steps[-1].token

    @property
    def lowest(self) -> float:
        return min((step.sure for step in self.steps), default=0.0)

    @property
    def total(self) -> float:
        return sum(step.sure for step in self.steps)

    def go(self, ways: list[tuple[int, float]]) -> None:
        """Take the first of the ways, and remember the second."""
        place = len(self.steps)
        other = _Step(place, *ways[1]) if len(ways) > 1 else None
        self.take(_Step(place, *ways[0], other))

    def take(self, step: _Step) -> None:
        self.steps.append(step)
        self.machine.push(step.token)

    def turnings(self) -> list[_Step]:
        """The likeliest second choices, the last place first: what lies before it is kept for the others."""
        likely = [step.other for step in self.steps if step.other is not None and step.other.sure > math.log(UNLIKELY)]
        chosen = sorted(likely, key=lambda step: -step.sure)[:MOST_OTHERS]
        return sorted(chosen, key=lambda step: -step.place)


class _Machine:
    """Where in the language of frames the decoding stands."""

    def __init__(self, decoder: Decoder, request: str, tools: tuple[Foreign, ...]) -> None:
        self._d, self._request = decoder, request
        self._slots = {**INTENTS, **{intent: "".join(foreign.PARAMETERS[: len(tool.parameters)]) for intent, tool in zip(foreign.INTENTS, tools, strict=False)}}
        self.intents = {token: intent for token, intent in decoder.intents.items() if intent not in foreign.INTENTS[len(tools) :]}
        self._slot, self._text, self._known = "", "", False
        self._passed = 0  # slots of the frame that can no longer come
        self.frames: list[tuple[str, dict[str, str]]] = []

    def ways(self, scores: Any) -> list[tuple[int, float]]:
        """The next token and how sure that is, as a log-probability; then what else it could be.

        Inside a span there is one thing to decide, to go on or to end: what goes on is given by the request, so that a word which the
        model has never met is copied as surely as any other.
        """
        if not self.frames:
            return _best(list(self.intents), scores)
        if not self._slot or self._known:
            return _best(self._closers(), scores)
        following, boundary = self._copies()
        closers = self._closers() if boundary and self._text else []
        if not self._text or not following:
            return _best([*following, *([] if self._text else [self._d.it]), *closers] or self._closers(), scores)
        token = _best(following, scores)[0][0]
        if scores[token] < UNKNOWN:
            token = max(following, key=lambda item: len(self._d._vocabulary.texts[item]))
        if not closers:
            return [(token, 0.0)]
        ends = min(1.0 - 1e-6, sum(math.exp(float(scores[item])) for item in closers))
        on, off = (token, math.log(1.0 - ends)), _best(closers, scores)
        return [*off, on] if ends >= 0.5 else [on, *off]

    def _closers(self) -> list[int]:
        """Later slots of this frame, another frame, or the end."""
        d, (intent, _) = self._d, self.frames[-1]
        later = self._slots[intent][self._passed :]
        return [*(d.slots[slot] for slot in later), *(self.intents if len(self.frames) < MAX_FRAMES else ()), d.end]

    def _copies(self) -> tuple[list[int], bool]:
        """Tokens that go on copying, and whether the span may end here."""
        request, text, ids, longest = self._request, self._text, self._d.texts, self._d.longest
        if text:
            ends = [match.start() + len(text) for match in re.finditer(f"(?={re.escape(text)})", request) if _word_starts(request, match.start())]
        else:
            ends = [at for at in range(len(request)) if _word_starts(request, at)]
        found = {ids[part] for end in ends for size in range(1, min(longest, len(request) - end) + 1) if (part := request[end : end + size]) in ids}
        return list(found), any(_word_ends(request, end) for end in ends)

    def push(self, token: int) -> None:
        """One more token."""
        d = self._d
        if token in d.intents or token == d.end or token in d.slots.values():
            self._close()
        if token in d.intents:
            self.frames.append((d.intents[token], {}))
            self._passed = 0
        elif token in d.slots.values():
            self._slot = next(slot for slot, mark in d.slots.items() if mark == token)
            self._passed = self._slots[self.frames[-1][0]].index(self._slot) + 1
        elif token == d.it:
            self._known = True
        elif token != d.end:
            self._text += d._vocabulary.texts[token]

    def _close(self) -> None:
        if self._slot:
            self.frames[-1][1][self._slot] = IT if self._known else self._text.strip()
        self._slot, self._text, self._known = "", "", False


def _best(tokens: list[int], scores: Any) -> list[tuple[int, float]]:
    """The two likeliest, the first one first."""
    return [(token, float(scores[token])) for token in sorted(tokens, key=lambda item: -scores[item])[:2]]


def _word_starts(text: str, at: int) -> bool:
    return at == 0 or not text[at - 1].isalnum() or text[at].isspace()


def _word_ends(text: str, at: int) -> bool:
    return at >= len(text) or not (text[at].isalnum() and text[at - 1].isalnum())
