import asyncio
import threading

import pytest

from lsr_service.lane import Lane
from lsr_service.problems import ProblemError


def test_what_waits_is_taken_together_and_too_much_is_refused():
    go, started, sizes = threading.Event(), threading.Event(), []

    def work(items):
        started.set()
        go.wait(10)
        sizes.append(len(items))
        return [ValueError("odd") if item % 2 else item for item in items]

    async def main():
        lane = Lane[int, int](work, name="test", batch=8, waiting=3)
        first = lane.put(0)
        await asyncio.to_thread(started.wait, 10)
        rest = [lane.put(n) for n in (1, 2, 4)]
        with pytest.raises(ProblemError) as refused:
            lane.put(5)
        go.set()
        results = await asyncio.gather(first, *rest, return_exceptions=True)
        await asyncio.to_thread(lane.close)
        with pytest.raises(ProblemError) as ended:
            lane.put(6)
        return refused.value, results, ended.value

    refused, results, ended = asyncio.run(main())
    assert (refused.status, refused.headers) == (429, {"Retry-After": "1"})
    assert ended.status == 503
    assert [results[0], *results[2:]] == [0, 2, 4]
    assert isinstance(results[1], ValueError)
    assert sizes == [1, 3]
