"""File connector: reads, writes and arranges files on this machine (`<file.read>`, `<file.write>`, ...)."""
