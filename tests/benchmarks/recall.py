"""Evidence recall on the public LoCoMo conversations, where their data lie beside the repository (or where ``DESKHAND_EVAL`` says); nothing of them is kept here.

No language model is in the loop, and one setting serves all conversations. The peers, from the same script: plain Chroma with MiniLM reaches
R@5 .35 and R@10 .44, BM25 with stemming .53 and .61, their rank fusion .46 and .56.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_SECONDS = 900


def main() -> None:
    """Run the script on ours and print its table."""
    folder = Path(os.environ.get("DESKHAND_EVAL", ROOT.parent / "shared/eval"))
    script = folder / "retrieval/locomo.py"
    if not script.is_file():
        print("The LoCoMo data are not here; DESKHAND_EVAL names the folder that holds retrieval/locomo.py.")
        return
    paths = os.pathsep.join((str(ROOT), str(ROOT / "tests/benchmarks")))
    subprocess.run([sys.executable, str(script), "--retriever", "evaluation:memory"], env=os.environ | {"PYTHONPATH": paths}, timeout=MOST_SECONDS, check=True)


if __name__ == "__main__":
    main()
