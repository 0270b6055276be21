"""The HTTP face, one module a family of paths."""
