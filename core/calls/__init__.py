"""Reading tool calls out of what a model wrote, whatever its family and however damaged. Start reading at ``reader``."""
