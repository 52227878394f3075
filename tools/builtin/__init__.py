"""The built-in tools by category. :func:`builtin_tools` lists them all; third-party imports happen inside the tools."""

from __future__ import annotations

from tools.declare import Tool


def builtin_tools() -> tuple[Tool, ...]:
    """Every built-in tool, in the order in which a model reads them."""
    from tools.builtin import (
        archives,
        browser,
        caldav,
        calendar,
        clipboard,
        code,
        compute,
        contacts,
        devices,
        documents,
        files,
        files_move,
        files_read,
        hardware,
        images,
        mail,
        memory,
        money,
        network,
        notes,
        opening,
        presence,
        schedules,
        search,
        shell,
        system,
        tables,
        tasks,
        text_lines,
        web,
        windows,
    )

    modules = (
        files_read, files, files_move, text_lines, archives, documents, tables, images, memory, notes, tasks, calendar, caldav, schedules, contacts, devices, hardware, compute, money, system, shell, code, clipboard, opening, presence, network, web, search, browser, windows, mail,
    )  # fmt: skip
    return tuple(item for module in modules for item in vars(module).values() if isinstance(item, Tool))
