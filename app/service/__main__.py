"""``python -m app.service``."""

import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's threads wait for each other: beside a busy model a small product took ten times as long with two

from app.service.main import main

sys.exit(main())
