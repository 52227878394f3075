"""The pages: each puts widgets together and speaks to the core."""
