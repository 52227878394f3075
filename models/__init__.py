"""Language models: the llama.cpp worker, cloud backends, the starter, and the pool that knows them all. Imports ``core`` only."""
