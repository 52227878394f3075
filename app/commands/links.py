"""``open`` and ``link``: what a ``deskhand://`` link proposes, shown whole and agreed to; and telling the system that such links are ours."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from app.client import connect
from app.client.client import ROOT
from app.commands.output import agrees, is_terminal, tell
from core.errors import DeskhandError, RefusedByPolicy

FILE = "deskhand-link.desktop"
START_SECONDS = 120.0


def open_link(arguments: argparse.Namespace) -> int:
    """In a terminal it is shown and asked about there; else the window comes up with it."""
    from app.commands.desktop import has_display

    found = connect().call("POST", "/api/mcp/link", {"link": arguments.link})
    if not is_terminal() and not arguments.json and has_display():
        from app.desktop.main import main

        return main(link=arguments.link)
    if not arguments.json:
        print("\n".join(described(found)))
    if not is_terminal() or not agrees("Start it once and add it?", False):
        raise RefusedByPolicy("Nothing was added.", hint="A link is followed only by somebody who has seen what it would start.")
    row = connect().call("POST", "/api/mcp/link", {"link": arguments.link, "install": True}, timeout_s=START_SECONDS)
    return tell(arguments, row, f"Added {row['name']} with {len(row['tools'])} tools.")


def described(found: dict[str, Any]) -> list[str]:
    """What a link proposes, line by line, nothing left out."""
    lines = [f"A link wants to add the MCP server {found['name']}" + (", in place of the one of that name." if found["replaces"] else ".")]
    lines.append(f"  {'would be asked at' if found['url'] else 'would start'}: {found['command']}")
    lines += [f"  {kind} {name} = {value}" for kind in ("env", "headers") for name, value in found[kind].items()]
    lines += [f"  in folder {found['cwd']}"] if found["cwd"] else []
    return lines + [f"  ! {sentence}" for sentence in found["warnings"]]


def install(arguments: argparse.Namespace) -> int:
    """Tell the system that ``deskhand://`` links are opened by this Deskhand."""
    if sys.platform == "darwin":
        raise DeskhandError("macOS takes links only for programs in an application bundle.", code="not_local", hint="`deskhand open LINK` opens one.")
    if sys.platform == "win32":
        return _registry(arguments)
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(desktop_entry(), encoding="utf-8")
    for words in (["update-desktop-database", str(file.parent)], ["xdg-mime", "default", FILE, "x-scheme-handler/deskhand"]):
        if shutil.which(words[0]):
            subprocess.run(words, capture_output=True, timeout=30, check=False)
    return tell(arguments, {"installed": True, "file": str(file)}, f"Links that begin with deskhand:// open here now ({file}).")


def remove(arguments: argparse.Namespace) -> int:
    if sys.platform == "win32":
        import winreg

        for key in (r"Software\Classes\deskhand\shell\open\command", r"Software\Classes\deskhand\shell\open", r"Software\Classes\deskhand\shell", r"Software\Classes\deskhand"):
            try:
                winreg.DeleteKey(winreg.HKEY_CURRENT_USER, key)  # type: ignore[attr-defined,unused-ignore]
            except OSError:
                continue
    _file().unlink(missing_ok=True)
    return tell(arguments, {"installed": False}, "Links are not opened here any more.")


def desktop_entry() -> str:
    """After the Desktop Entry Specification 1.5: ``Exec`` quotes what is not plain, and ``%u`` is one address."""
    words = " ".join(_quoted(word) for word in ["env", f"PYTHONPATH={ROOT}", *_home(), sys.executable, "-P", "-m", "app", "open"])
    return f"[Desktop Entry]\nType=Application\nName=Deskhand\nNoDisplay=true\nTerminal=false\nExec={words} %u\nMimeType=x-scheme-handler/deskhand;\n"


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("`", "\\`").replace("$", "\\$")
    return '"' + escaped.replace("\\", "\\\\").replace("%", "%%") + '"'


def _home() -> list[str]:
    return [f"DESKHAND_HOME={os.environ['DESKHAND_HOME']}"] if os.environ.get("DESKHAND_HOME") else []


def _file() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "applications" / FILE


def _registry(arguments: argparse.Namespace) -> int:
    import winreg

    root = winreg.HKEY_CURRENT_USER  # type: ignore[attr-defined,unused-ignore]
    with winreg.CreateKey(root, r"Software\Classes\deskhand") as key:  # type: ignore[attr-defined,unused-ignore]
        winreg.SetValueEx(key, "", 0, winreg.REG_SZ, "URL:Deskhand")  # type: ignore[attr-defined,unused-ignore]
        winreg.SetValueEx(key, "URL Protocol", 0, winreg.REG_SZ, "")  # type: ignore[attr-defined,unused-ignore]
    with winreg.CreateKey(root, r"Software\Classes\deskhand\shell\open\command") as key:  # type: ignore[attr-defined,unused-ignore]
        program = Path(sys.executable).with_name("pythonw.exe")
        start = f"import sys; sys.path.insert(0, r'{ROOT}'); from app.cli import main; sys.exit(main())"
        winreg.SetValueEx(key, "", 0, winreg.REG_SZ, f'"{program}" -P -c "{start}" open "%1"')  # type: ignore[attr-defined,unused-ignore]
    return tell(arguments, {"installed": True, "file": "HKCU"}, "Links that begin with deskhand:// open here now.")
