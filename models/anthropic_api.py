"""Where :class:`AnthropicModel` was; it lives in :mod:`models.servers.anthropic.client`."""

from models.servers.anthropic.client import AnthropicModel

__all__ = ["AnthropicModel"]
