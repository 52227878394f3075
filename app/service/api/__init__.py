"""The HTTP and WebSocket API: one file for each resource, ``application`` joins them, ``guard`` stands at the door."""
