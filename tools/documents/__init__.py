"""Readers of documents: what a file is, its text, what of it a person cannot see, and the frame that its words stand in."""
