"""What joins ``core.devices`` to the network: the broker, the connection, the parts put together."""
