"""Mediators, one module each, named after the XML element."""
