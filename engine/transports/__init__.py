"""How messages come in and go out: listeners, clients, file systems."""
