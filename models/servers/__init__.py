"""Models behind an HTTP API: one room for each family of APIs, and what they share."""
