"""Loaded before pytest-qt: pydantic's lazy modules cannot be imported for the first time once PySide6's import hook is in place.

WORKAROUND (PySide6 6.11, pydantic 2.14): shibokensupport inspects every module while it is still being imported. In the product the
two never meet: the desktop imports no pydantic.
"""

import fastapi  # noqa: F401
import pydantic.fields  # noqa: F401
