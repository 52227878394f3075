"""Finding the tools for a request. Start reading at ``finder``."""
