"""The operations of the file connector, one module each."""
