"""How much memory this process has used at most, and how much the machine has."""

from __future__ import annotations

import os
import sys


def peak_memory_bytes() -> int:
    """Return the peak resident memory of this process in bytes; 0 on systems that do not tell (Windows)."""
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # bytes on macOS, kibibytes on Linux


def machine_memory_bytes() -> int:
    """Return the machine's memory in bytes; 0 on systems that do not say."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 0


def resident_bytes(process: int) -> int:
    """Return the resident memory of a process in bytes; 0 where it is gone or the system does not say (no /proc)."""
    try:
        with open(f"/proc/{process}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError, IndexError):
        return 0
