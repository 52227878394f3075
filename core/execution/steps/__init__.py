"""Kinds of steps: a tool call on this machine, a step on another one, a text to be written, a task for an action loop."""
