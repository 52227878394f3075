"""What is remembered: kept in the database, found by words, meaning, neighbours and who said it. Start reading at ``store``."""
