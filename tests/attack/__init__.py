"""Clients that mean harm, against a whole engine: `python -m tests.attack`."""
