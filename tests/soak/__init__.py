"""Many requests of mixed kinds against one engine: `python -m tests.soak`."""
