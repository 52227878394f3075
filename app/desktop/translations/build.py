"""Makes the ``.qm`` files that Qt loads from the ``.json`` files that people edit: ``python -m app.desktop.translations.build``."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

import PySide6

HERE = Path(__file__).parent


def main() -> None:
    """One ``deskhand_LANGUAGE.qm`` for each ``LANGUAGE.json``."""
    for source in sorted(HERE.glob("*.json")):
        pairs = json.loads(source.read_text(encoding="utf-8"))
        messages = "".join(f"<message><source>{escape(english)}</source><translation>{escape(text)}</translation></message>" for english, text in sorted(pairs.items()))
        document = f'<?xml version="1.0" encoding="utf-8"?><!DOCTYPE TS><TS version="2.1" language="{source.stem}"><context><name>deskhand</name>{messages}</context></TS>'
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "deskhand.ts"
            script.write_text(document, encoding="utf-8")
            subprocess.run([str(Path(PySide6.__file__).parent / "lrelease"), "-silent", str(script), "-qm", str(HERE / f"deskhand_{source.stem}.qm")], check=True)


if __name__ == "__main__":
    main()
