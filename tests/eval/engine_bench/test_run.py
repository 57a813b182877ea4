"""Processes that work, raise and die."""

import os
import signal
from unittest.mock import Mock

import numpy as np
import pytest

from lsr_eval.engine_bench import child, inputs, run
from lsr_eval.peers import registry
from lsr_eval.peers.scan import Scan


class Dies(Scan):
    """Ends its process in the middle of a search, as one without memory does."""

    def search(self, query, k, setting):
        os.write(2, b"thinking\nabout to fail\n")
        os.kill(os.getpid(), signal.SIGKILL)
        return super().search(query, k, setting)


class Raises(Scan):
    def build(self, documents, folder):
        raise BaseException("a panic,\nsay")


@pytest.fixture
def data():
    return inputs.synthetic(200, 5, "inference-free", 1)


@pytest.fixture
def bad_engines(monkeypatch):
    # Child processes import the registry anew, so what is added here must reach them by way of their start.
    homes = {"dies": (f"{__name__}:Dies", {}), "raises": (f"{__name__}:Raises", {})}
    monkeypatch.setattr(child, "_serve", serve_with)
    monkeypatch.setattr(registry, "HOMES", registry.HOMES | homes)


serve = child._serve


def serve_with(pipe, name, log):
    registry.HOMES |= {"dies": (f"{__name__}:Dies", {}), "raises": (f"{__name__}:Raises", {})}
    serve(pipe, name, log)


@pytest.mark.parametrize("pairs", [False, True])
def test_engines_that_fail_do_not_stop_the_others(data, bad_engines, pairs):
    told = []
    rows = run.measure(data, ["scan", "raises", "dies", "scipy"], [3, 5], rounds=2, pairs=pairs, tell=told.append)
    assert [(row.engine, row.k) for row in rows if row.failure is None] == [
        ("scan", 3), ("scan", 5), ("scipy", 3), ("scipy", 5)
    ]  # fmt: skip
    failures = {row.engine: row.failure for row in rows if row.failure}
    assert failures["raises"] == "BaseException: a panic, say"
    assert "signal 9 (out of memory?); it last said: about to fail" in failures["dies"]
    for row in rows:
        if row.failure is None:
            assert (row.recall, row.worst_recall) == (1, 1)
            assert 0 < (row.p50_ms or 0) <= (row.p99_ms or 0)
            assert row.ratio_p50
            assert row.bytes
    assert [row.ratio_p50 for row in rows if row.engine == "scan"] == [1, 1]
    assert told.count("round 2 of 2") == (3 if pairs else 1)


def test_a_query_counts_with_its_median_round():
    case = run._Case("x", Mock(), Mock(), "", 10)
    case.rounds = [np.array([1.0, 0.001]), np.array([0.002, 0.003]), np.array([0.001, 0.002])]
    assert case.percentiles() == pytest.approx((2, 2))
