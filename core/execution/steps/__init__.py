"""The kinds of steps: on this machine, on another one, a text to be written."""
