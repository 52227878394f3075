"""The desktop: pure Qt, the only place that imports PySide6. It knows the core through its API alone."""
