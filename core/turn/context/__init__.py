"""What a model is told: a static head, and everything variable behind it."""
