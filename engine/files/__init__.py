"""Files on this machine: paths that stay where they belong, reading without copying, writing whole or not at all."""
