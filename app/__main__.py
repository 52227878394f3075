"""``python -m app`` is ``deskhand``."""

import sys

from app.cli import main

sys.exit(main())
