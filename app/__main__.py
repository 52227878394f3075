"""``python -m app`` is ``deskhand``."""

import sys

from app.interrupts import leave_at_once

leave_at_once()  # first of all: what follows takes a while, and has begun nothing that would have to be stopped

from app.cli import program  # noqa: E402

sys.exit(program())
