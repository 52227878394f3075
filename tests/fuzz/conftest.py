"""How long is fuzzed: a few seconds in the tests, as long as ``DESKHAND_FUZZ`` says (examples of each test) in ``make fuzz``, with other ones each time."""

from __future__ import annotations

import os

import hypothesis

EXAMPLES = int(os.environ.get("DESKHAND_FUZZ", 0))

hypothesis.settings.register_profile(
    "fuzz",
    parent=hypothesis.settings.get_profile("repeatable"),
    max_examples=EXAMPLES or 60,
    derandomize=not EXAMPLES,
    suppress_health_check=list(hypothesis.HealthCheck),
    print_blob=True,
)
FUZZ = hypothesis.settings.get_profile("fuzz")
