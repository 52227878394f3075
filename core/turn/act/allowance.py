"""How far a loop may go: replies, calls of one reply, changed files."""

from __future__ import annotations

MOST_REPLIES, MOST_REPLIES_SMALL = 64, 16
MOST_MADE = 40  # calls of one reply that are made, and no more than a run may have steps; the model hears of the others
MOST_FILES = 20  # changed files of one turn that need no plan
