"""Applications: everything that starts a process or meets a person."""
