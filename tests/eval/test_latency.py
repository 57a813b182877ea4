import pytest

from lsr_eval.latency import QueryTimer, percentile, summarise


def test_percentiles_lie_between_neighbours():
    assert percentile([4.0, 1.0, 3.0, 2.0], 50) == 2.5
    assert percentile(range(101), 99) == 99
    assert percentile([7.0], 99) == 7


def test_summary_in_milliseconds():
    latency = summarise([0.001, 0.003])
    assert (latency.count, latency.mean_ms, latency.p50_ms) == (2, pytest.approx(2), pytest.approx(2))
    assert latency.to_dict().keys() == {"count", "mean_ms", "p50_ms", "p99_ms"}


def test_the_first_calls_are_made_twice_and_timed_once():
    calls = []
    timer = QueryTimer(warm_up=2)
    for name in "abc":
        assert timer.time(lambda name=name: calls.append(name) or name) == name
    assert calls == ["a", "a", "b", "b", "c"]
    assert len(timer.seconds) == 3
    assert QueryTimer().latency() is None
