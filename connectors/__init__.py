"""Connectors, one folder each, named as the prefix of their elements."""
