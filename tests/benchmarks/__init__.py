"""Measures of speed and memory, each beside its baselines in one run; `python -m tests.benchmarks`. See README.md."""
