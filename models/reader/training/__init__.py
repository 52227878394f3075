"""How the request reader is trained: `python -m models.reader.training`."""
