"""Carrying out a run: its driver, its state, the graph of steps, retry, fallback and steering."""
