"""One module per content type: what builds a payload from bytes and what writes it back."""
