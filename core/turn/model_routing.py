"""Model routing by the person's rules over cheap signals: ``[[route]]`` tables of settings.toml, the first that applies.

::

    [[route]]
    role = "planner"
    when = "words > 60 or language != 'en'"
    model = "openai/gpt-4.1-mini"

Signals: ``words``, ``characters``, ``language`` (two letters, empty where unsure), ``code``, ``private``, ``local_only``, ``day_usd``, ``hour``, ``load`` (of
the processor, 0 to 1 and more). Local only stays absolute: the run refuses a remote model whatever a rule says.
"""

from __future__ import annotations

import os
import re
from typing import Any

from core import conditions
from core.turn.language import detect_language

_PRIVATE = re.compile(r"\b(?:password|passcode|pin|iban|salary|diagnosis|therapy|passport|secret|confidential|credit card|tax return|medical)\b", re.I)
_CODE = re.compile(r"```|\b(?:def|class|import|function|const|SELECT)\b.*[({;]|\.(?:py|js|ts|rs|go|cpp|java)\b")


def collect_signals(text: str, local_only: bool, day_usd: float, hour: int) -> dict[str, Any]:
    """Collect what rules may ask about."""
    load = os.getloadavg()[0] / (os.cpu_count() or 1) if hasattr(os, "getloadavg") else 0.0
    return {
        "words": len(text.split()), "characters": len(text), "language": detect_language(text), "code": bool(_CODE.search(text)), "private": bool(_PRIVATE.search(text)),
        "local_only": local_only, "day_usd": day_usd, "hour": hour, "load": load,
    }  # fmt: skip


def choose_model(role: str, rules: Any, known: dict[str, Any]) -> str:
    """Return the model of the first rule for this role that applies; empty where none does. Rules that are none are passed over."""
    for rule in rules if isinstance(rules, list) else ():
        if isinstance(rule, dict) and rule.get("role", role) == role and rule.get("model") and _applies(rule, known):
            return str(rule["model"])
    return ""


def _applies(rule: dict[str, Any], known: dict[str, Any]) -> bool:
    try:
        return conditions.is_true(str(rule.get("when", "true")), known)
    except conditions.BadExpression:
        return False


def find_rule_faults(rules: Any) -> list[str]:
    """Say what is wrong with the rules, in words; for the doctor."""
    if not isinstance(rules, list):
        return ["route must be a list of tables ([[route]])."] if rules else []
    found = []
    for number, rule in enumerate(rules, 1):
        if not isinstance(rule, dict) or not rule.get("model"):
            found.append(f"Rule {number} names no model.")
            continue
        try:
            conditions.is_true(str(rule.get("when", "true")), collect_signals("", False, 0.0, 0))
        except conditions.BadExpression as error:
            found.append(f"Rule {number}: {error}.")
    return found
