"""Files to trees: reading XML with positions, project layouts, archives."""
