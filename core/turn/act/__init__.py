"""The action loop: the model calls tools one after another, sees their results, and answers."""
