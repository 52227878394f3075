"""Answers checked by code: what a model claims is looked up in what was asked, read and done. Pure functions over values."""
