"""Short names for array types, so that kernel signatures read like their docstrings."""

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U32 = NDArray[np.uint32]
U16 = NDArray[np.uint16]
U64 = NDArray[np.uint64]
U8 = NDArray[np.uint8]
