"""Limits that more than one part must agree on."""

MAX_REQUEST = 200_000  # characters of one request: more than any model here can read, and a guard against pasted files
