"""Agent2Agent (A2A 1.0): Deskhand as an agent for others, and others as devices of this one. The only modules that import ``a2a``."""
