"""Recurring tasks: saying when, keeping jobs, running each due time exactly once or saying why not."""
