"""The starter: a small model of our own that turns requests into steps, offline, the moment Deskhand is installed.

``clauses`` reads plain requests by grammar; ``decoding`` is the GGUF's masked decoding, for the rest; ``model`` joins them into
a ChatModel. The GGUF here is the study's first one (7.2 M parameters); docs/decisions/0005 says what it can and cannot do.
"""
