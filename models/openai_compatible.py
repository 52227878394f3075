"""Where :class:`OpenAICompatibleModel` was; it lives in :mod:`models.servers.openai.client`."""

from models.servers.openai.client import OpenAICompatibleModel

__all__ = ["OpenAICompatibleModel"]
