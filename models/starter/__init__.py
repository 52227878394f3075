"""The starter: a small model of our own that turns requests into steps, offline, the moment Deskhand is installed.

``direct`` reads a few whole requests by code; the GGUF reads the others into frames (``decoding``), beside a grammar (``clauses``); code turns frames into
calls (``planning``) and checks them (``checks``); ``model`` joins all that into a ChatModel. MODEL_CARD.md says what it can and cannot do.
"""
