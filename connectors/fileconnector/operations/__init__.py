"""The operations of the old file connector."""
