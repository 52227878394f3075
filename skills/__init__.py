"""Skills: reading, finding, checking, adding and learning them. `library` is where to start."""
