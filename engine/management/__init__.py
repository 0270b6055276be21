"""The management port: is the engine well, what is deployed, what is wrong."""
