"""Where programs that somebody wrote are run, and what they find there."""
