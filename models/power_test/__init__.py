"""Whether a local model can act step by step in tools: a handful of very short exchanges, each judged by code.

``python -m models.power_test FILE.gguf`` plays them with one file in the foreground and prints each with its verdict.
"""
