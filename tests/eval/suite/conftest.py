"""A suite over the BEIR folder of six documents."""

import pytest

from lsr.training.settings import checked
from lsr_eval.suite.settings import Suite


@pytest.fixture
def suite(beir, tiny_model, tmp_path):
    """Make a suite in miniature: bm25, a random network, a finished run, and their fusion; keywords replace keys."""
    run = tmp_path / "theirs.trec"
    run.write_text("q1 Q0 d2 1 3.0 x\nq1 Q0 d6 2 2.0 x\nq2 Q0 d2 1 1.0 x\n")

    def make(**changes):
        content = {
            "name": "tiny",
            "datasets": [{"name": str(beir), "label": "bread"}],
            "systems": [
                "bm25",
                {"name": "network", "model": str(tiny_model)},
                {"name": "theirs", "run": str(run)},
                {"name": "both", "fuse": ["bm25", "theirs"]},
            ],
            "baseline": "bm25",
            "measures": "nDCG@10 RR@10",
            "k": 100,
        }
        return checked(Suite, {**content, **changes}, "suite.yaml")

    return make
