"""Every text that a person reads goes through here, so that it can be translated."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def tr(text: str, /, **values: object) -> str:
    """The text in the person's language, with ``{names}`` filled in."""
    found = QCoreApplication.translate("deskhand", text)
    return found.format(**values) if values else found


def calls_text(number: int) -> str:
    """1 call, 2 calls."""
    return tr("1 call") if number == 1 else tr("{n} calls", n=number)


def bytes_text(number: float) -> str:
    """1.2 GB."""
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" or number >= 100 else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


def duration_text(milliseconds: float) -> str:
    """4 ms, 1.2 s, 3 min."""
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.1f} s" if milliseconds < 90_000 else f"{milliseconds / 60_000:.0f} min"
