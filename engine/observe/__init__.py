"""What the engine tells about itself: logs, counters, and what must never be told."""
