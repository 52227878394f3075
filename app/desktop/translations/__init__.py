"""The languages of the window: JSON to edit, QM to load."""
