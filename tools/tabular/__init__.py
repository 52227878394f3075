"""Tables as people keep them: read with their separators, preambles, decimal commas and dates, asked in SQL, written out."""
