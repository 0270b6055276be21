"""Behavioural cases run against the installed command, with a list of known failures that may only shrink."""
