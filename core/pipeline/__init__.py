"""The way of a request: router, discussion, switch, execution, answer. Start reading at ``orchestrator``."""
