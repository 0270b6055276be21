"""Plain values and the texts Java gives them: numbers, regular expressions, JSON documents."""
