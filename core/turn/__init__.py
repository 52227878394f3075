"""The way of a request, read from top to bottom: :mod:`core.turn.enter` first. Decision 0016 has the reasons."""
