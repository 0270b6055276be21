"""What the system says about a running process (Linux)."""

from __future__ import annotations

import os
import re
from pathlib import Path


def memory(pid: int | str, field: str = "VmRSS") -> float:
    """A line of /proc/PID/status in MB: VmRSS is resident now, VmHWM the highest ever."""
    text = Path(f"/proc/{pid}/status").read_text()
    found = re.search(rf"^{field}:\s+(\d+) kB", text, re.MULTILINE)
    assert found is not None, text
    return int(found[1]) / 1024


def descriptors(pid: int) -> list[str]:
    """What the open file descriptors lead to, sorted; sockets and pipes by kind only."""
    found = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{name}")
        except FileNotFoundError:
            continue
        found.append(re.sub(r":\[\d+\]", "", target))
    return sorted(found)
