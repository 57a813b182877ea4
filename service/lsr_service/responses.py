"""JSON answers, written by orjson."""

import json
import math
from typing import Any

import orjson
from starlette.responses import Response


class JSON(Response):
    """An answer that is written as it is: what routes return is not validated a second time."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return `content` as JSON; numbers that JSON lacks become null."""
        try:
            return orjson.dumps(content)
        except TypeError:
            # Stored documents may hold what orjson refuses: half of a surrogate pair, integers beyond 64 bits.
            return json.dumps(_finite(content), separators=(",", ":"), allow_nan=False).encode()


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
