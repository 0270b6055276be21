"""Artifacts: what a file deploys, one module a root element."""
