"""A process's own memory and cores, as Linux tells them; None, or nothing done, elsewhere."""

import ctypes
import os
from pathlib import Path

PROCESS = Path("/proc/self")


def resident() -> int | None:
    """Bytes of this process in memory now."""
    return _status("VmRSS")


def peak() -> int | None:
    """Most bytes of this process in memory since `start_peak`."""
    return _status("VmHWM")


def start_peak() -> int | None:
    """Forget the peak so far and return the bytes in memory now; None if it cannot be forgotten."""
    try:
        (PROCESS / "clear_refs").write_text("5")
    except OSError:
        return None
    return resident()


def trim() -> None:
    """Give freed memory back to the system, so that `resident` counts what is in use."""
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except (OSError, AttributeError):  # another C library
        return


def die_first() -> None:
    """When memory runs out, let this process be the one that is killed, not the one that reports it."""
    try:
        (PROCESS / "oom_score_adj").write_text("1000")
    except OSError:
        return


def pin_to_one_core() -> None:
    """Keep every thread of this process on one core, so that an engine has no more than one."""
    if not hasattr(os, "sched_setaffinity"):
        return
    core = {max(os.sched_getaffinity(0))}
    for thread in (PROCESS / "task").iterdir():
        try:
            os.sched_setaffinity(int(thread.name), core)
        except ProcessLookupError:  # it ended just now
            continue


def _status(field: str) -> int | None:
    try:
        lines = (PROCESS / "status").read_text().splitlines()
    except OSError:
        return None
    sizes = [line.split() for line in lines if line.startswith(f"{field}:")]
    return 1024 * int(sizes[0][1]) if sizes else None
