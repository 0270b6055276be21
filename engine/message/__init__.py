"""What travels through a flow: message context, payload, headers, properties."""
