"""Tools: declaring them, checking and repairing calls, running them, undoing them. Imports ``core`` only."""
