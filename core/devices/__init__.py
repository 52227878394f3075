"""Other machines: which there are, what each can do, who does which step, and how work and files get there and back."""
