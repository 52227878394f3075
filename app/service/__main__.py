"""``python -m app.service``."""

import sys

from app.service.main import main

sys.exit(main())
