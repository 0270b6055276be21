"""File connector of the reference's versions 2 and 3 (`<fileconnector.read>`, ...), on top of the newer one."""
