"""The memory that this process held at its highest."""

import sys
from pathlib import Path

if sys.platform != "win32":
    import resource

__all__ = ["peak_gb"]

_STATUS = Path("/proc/self/status")


def peak_gb() -> float:
    """Give the memory of this process alone at its highest, in 10^9 bytes; 0: not known here.

    Linux tells it as VmHWM, which begins anew when a program is started. What getrusage gives there
    does not: it is never below what the process that started this one held at that moment.
    """
    if _STATUS.is_file():
        line = next(t for t in _STATUS.read_text().splitlines() if t.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e9
    if sys.platform == "win32":
        return 0.0
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
