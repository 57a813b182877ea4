from collections import Counter

import pytest

from lsr_eval import measures
from lsr_eval.conventions import canonical
from lsr_eval.published import everything, published
from lsr_index.errors import InputError


def test_every_figure_has_a_source_and_stands_once():
    assert len(everything()) > 150
    for row in everything():
        assert row.source.startswith("https://") or "@" in row.source
        assert 0 < row.value <= 1
        assert canonical(row.dataset) == row.dataset
        assert [str(measure) for measure in measures.parse(row.measure)] == [row.measure]
    counts = Counter((row.dataset, row.system, row.measure) for row in everything())
    assert max(counts.values()) == 1


@pytest.mark.parametrize("name", ["beir/scifact/test", "beir/scifact", "scifact", "../data/scifact"])
def test_a_dataset_is_found_whatever_the_way_to_it(name):
    found = {row.system: row.value for row in published(name, "nDCG@10")}
    assert found["SPLADE++ EnsembleDistil"] == 0.7041
    assert found["BM25 (k1 0.9, b 0.4), title and text in one field"] == 0.6789


def test_the_measure_is_a_choice():
    assert {row.measure for row in published("scifact")} == {"nDCG@10", "R@100"}
    assert {row.measure for row in published("scifact", "R@100")} == {"R@100"}
    assert published("scifact", "P@5") == []
    with pytest.raises(InputError, match="did you mean nDCG@10"):
        published("scifact", "ndcg@10")


def test_figures_are_of_the_split_that_was_published():
    assert published("nfcorpus", split="test")
    assert published("nfcorpus", split="dev") == []
    assert published("beir/nfcorpus/dev") == []
    assert published("msmarco-passage/dev/small", "RR@10")
    assert published("msmarco-passage/dev", "RR@10") == []
    assert published("msmarco-passage/trec-dl-2019/judged") == published("msmarco-passage/trec-dl-2019")
    assert published("cord19/trec-covid") == []
    assert published("cranfield") == []
