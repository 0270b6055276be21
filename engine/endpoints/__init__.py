"""Endpoints: where `call` and `send` deliver a message, one module a kind."""
