"""MCP servers: configured, started when needed, supervised, their tools offered like any other. Start reading at ``servers``."""
