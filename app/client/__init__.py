"""The Python client of the local API: standard library only, so that a command starts quickly."""

from app.client.client import Client, connect

__all__ = ["Client", "connect"]
