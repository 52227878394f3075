"""Carrying a run out: its driver, the graph of steps, and how it ends."""
