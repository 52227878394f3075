"""What the reader tells: kinds of requests, and marks of words. The order is that of the network's outputs."""

from __future__ import annotations

KINDS = (
    "ask", "compute", "summarise", "extract", "compose", "rewrite", "translate", "organise", "sort", "edit", "find", "remind", "remember", "machine", "chat", "outside", "undo", "steps",
)  # fmt: skip
SPANS = ("s", "t", "c", "l")  # source, target, condition, literal
MARKS = ("o", *(f"{first}{span}" for span in SPANS for first in "bi"))
