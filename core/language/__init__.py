"""What is said, read once for all: words, spans, numbers. Pure functions over text."""
