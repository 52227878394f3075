"""What Deskhand opens, starts and connects to by itself, past the mediator: one table. Whatever is done on behalf of a request goes another way (``tools.regular_files``, ``tools.spots``).

Two tests hold the code to it: one reads it (``tests/unit/test_own_storage.py``), one traces the system calls of a core at work.
"""

from __future__ import annotations

# a module, or a package with a dot at its end → what it opens, and for what
OPENERS = {
    # doors of the mediator itself
    "tools.regular_files": "files of a request, for reading: each is held to what was agreed to",
    "tools.spots": "files of a request, for changing: planned changes only",
    "tools.handles": "folders of those",
    "core.gate.reading": "files of a request, before any tool is called: never private ones",
    "core.gate.programs": "scripts that a command names, to tell whether they were changed: only their hash is kept",
    "tools.builtin.shell": "programs that were agreed to, in their box",
    "tools.builtin.code": "code of a request, in its box",
    "tools.confinement": "bubblewrap, to see whether it works, and an empty file that covers private ones",
    "tools.aftermath": "settings of repositories in the workspace, before and after a program that was agreed to",
    "tools.bounds": "what the kernel tells of the processes of a box",
    "tools.mcp.stdio": "servers that the person added",
    "tools.builtin.opening": "the usual program for a file, as agreed to",
    "tools.builtin.presence": "programs of the desktop for sound and notices, as agreed to",
    "tools.builtin.network": "hosts, to see whether they answer, as agreed to",
    "tools.builtin.images": "the screen, as agreed to; pictures from bytes that the mediator read",
    "tools.builtin.archives": "archives from bytes that the mediator read; what is made of them in our own folder",
    "tools.builtin.tables": "databases in our own folder",
    "tools.tabular.database": "databases in memory; files that were looked at by the mediator just before",
    "tools.documents.kinds": "pictures from bytes that the mediator read",
    "tools.documents.office": "parts of documents whose bytes the mediator read, in a box", "tools.pictures": "pictures of such bytes, in a box",
    "tools.unpacking": "archives of such bytes, in a box; what is made of them in our own folder", "tools.mcp.bundles": "a bundle that the person adds",
    "tools.sandbox.": "the boxes that foreign bytes are read in: their processes, and the sockets between them and the core",
    "core.file_head": "beginnings of files that were looked at by the mediator just before",
    "core.turn.context.pictures": "pictures that the request names, private ones left out",
    "core.network.": "certificates of the system; what the system knows of names",
    # own storage, below the data folder
    "core.private_files": "files of ours that only the person may read", "app.service.running": "running.json", "app.service.model_pulls": "what a pull by hand has still to fetch",
    "core.storage.database": "the database", "core.settings": "settings.toml", "tools.blobs": "contents before and after changes", "tools.changes": "the same, to bring them back",
    "core.devices.": "hardware.toml; pieces of files that are offered or come in; conversations on their way", "tools.mcp.config": "mcp.json", "tools.mcp.servers": "what servers said of their tools",
    "tools.builtin.money": "rates of the day", "app.service.composition": "the API's token", "app.service.lock": "core.lock, core.json", "app.service.logs": "logs",
    "app.service.doctor": "our own model files", "app.service.devices.": "the broker: its settings, its process, its port", "app.service.main": "the port of the API",
    "app.service.api.skills": "files of a skill, for the person", "skills.": "folders of skills, ours and those that the person adds", "tools.mcp.oauth": "a port that a browser answers to at a sign-in",
    # models: files of the folder of models and of the package, and the workers
    "models.": "model files, their catalogue, what was measured; workers; files that other programs for models keep; the package index",
    "core.turn.small.examples": "examples of the package",
    # the person's own commands and windows: whoever types them opens the files
    "app.cli": "the person's terminal", "app.client.": "the API's token; the core, which is started", "app.commands.": "files that the person names on the command line", "app.desktop.": "files that the person chooses in the window",
}  # fmt: skip

# where these things lie: what a core at work may open, and nothing else outside of the workspace. ``~`` names are looked at, not read.
FOLDERS = ("/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc", "/proc", "/sys", "/dev", "/run/systemd/resolve", "/opt")


def opener_of(module: str) -> str:
    """What the table says of a module; empty where it is not in there."""
    return OPENERS.get(module) or next((what for name, what in OPENERS.items() if name.endswith(".") and f"{module}.".startswith(name)), "")
