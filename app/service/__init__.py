"""The core process: ``composition`` puts the parts together, ``api`` is its one door, ``main`` runs it."""
