"""What the file tools share: which files are meant, batches of changes, and how results are worded."""
