"""Set-up: ``bootstrap`` makes the private environment. Standard library only."""
