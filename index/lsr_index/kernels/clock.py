"""A clock for compiled code, the one that `time.monotonic_ns` reads."""

import ctypes
import time

# pyright: reportArgumentType=false
import numpy as np
from numba import njit, types

# Found by name among what the process has loaded, so that compiled code can be kept on disk.
_clock_gettime = types.ExternalFunction("clock_gettime", types.int32(types.int32, types.uintp))
_MONOTONIC = int(getattr(time, "CLOCK_MONOTONIC", 1))
ctypes.CDLL(None)


@njit(cache=True, nogil=True)
def now() -> np.int64:
    """Return monotonic nanoseconds."""
    parts = np.zeros(2, np.int64)
    _clock_gettime(np.int32(_MONOTONIC), parts.ctypes.data)  # type: ignore[call-overload]
    return parts[0] * np.int64(1_000_000_000) + parts[1]
