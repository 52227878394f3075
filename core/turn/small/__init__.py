"""Strategies for small models: code does what code can, the model is asked small questions with the right text before them."""
