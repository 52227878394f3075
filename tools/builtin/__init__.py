"""The built-in tools by category. :func:`builtin_tools` lists them all; third-party imports happen inside the tools."""

from __future__ import annotations

from tools.declare import Tool


def builtin_tools() -> tuple[Tool, ...]:
    """Every built-in tool, in the order in which a model reads them."""
    from tools.builtin import archives, clipboard, compute, documents, files, files_read, notes, opening, shell, system, text_lines, web

    modules = (files_read, files, text_lines, archives, documents, notes, compute, system, shell, clipboard, opening, web)
    return tuple(item for module in modules for item in vars(module).values() if isinstance(item, Tool))
