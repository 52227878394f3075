"""What code finds wrong with a plan before any model is asked."""
