"""What a query cost and why: told for every way in which it can be answered."""

import pytest
from scipy.sparse import csr_array

from lsr_index import SparseIndex, statistics
from lsr_index.kernels.answer import AUTO, MET, PRUNED, SCAN
from lsr_index.kernels.limits import SAFE, Limits
from lsr_index.postings import BLOCKS
from lsr_index.searcher import Plan
from tests.index.conftest import build, random_vectors

DOCUMENTS, TERMS = 9000, 12  # enough that safe search tries bounds


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    return build(tmp_path_factory.mktemp("statistics") / "idx", random_vectors(3, DOCUMENTS, TERMS, 0.3))


def cost(index: SparseIndex, query: csr_array, k: int = 10, **options) -> statistics.Statistics:
    return index.search(query, k, **options)[0].statistics


def test_the_modes_that_were_asked_for(large):
    query = random_vectors(5, 1, TERMS, 1)
    for mode, traversal in (("pruned", "pruned"), ("scan", "scan"), ("exhaustive", "exhaustive")):
        assert cost(large, query, mode=mode)[:2] == (traversal, "asked for")
    assert cost(large, query, limits=Limits(1.5))[:2] == ("pruned", "limits need bounds")
    assert cost(large, csr_array((1, TERMS), dtype="float32"))[:2] == ("none", "the query or the index is empty")


def test_a_small_index_is_scanned(index):
    found = cost(index, random_vectors(5, 1, 40, 1))
    assert found[:2] == ("scan", "too few documents for bounds")
    assert found.superblocks_bounded == 0


def test_a_short_query_is_led_by_its_postings(index, large):
    query = csr_array(([1.0, 2.0], ([0, 0], [3, 7])), shape=(1, 40), dtype="float32")
    assert cost(index, query)[:2] == ("pruned", "the query is short: its postings lead to the documents")
    query = csr_array(([1.0, 2.0], ([0, 0], [3, 7])), shape=(1, TERMS), dtype="float32")
    assert cost(large, query)[:2] == ("pruned", "the query is short: its postings lead to the documents")


def test_the_exhaustive_cost_is_every_posting(large):
    query = random_vectors(5, 1, TERMS, 1)
    found = cost(large, query, mode="exhaustive")
    assert found.postings_few + found.postings_many == large.manifest.postings


def test_who_wants_everything_leaves_nothing_to_prune(large):
    first, second = (cost(large, random_vectors(5, 1, TERMS, 1), DOCUMENTS) for _ in range(2))
    assert first[:2] == ("scan", "bounds were tried, and too many superblocks reached the threshold")
    assert second[:2] == ("scan", "bounds did not pay for such queries lately")


def test_blocks_are_counted_with_their_superblocks(large):
    found = cost(large, random_vectors(5, 1, TERMS, 1), mode="pruned")
    assert found.as_dict()["blocks_bounded"] == BLOCKS * found.superblocks_bounded > 0
    assert found.as_dict()["blocks_scored"] == BLOCKS * found.superblocks_scored > 0


@pytest.mark.parametrize(
    ("bounded", "chosen", "small", "told"),
    [
        (9, 1 << PRUNED, False, ("pruned", "bounds paid")),
        (0, 1 << PRUNED, False, ("pruned", "the filter leaves few superblocks, which are looked up")),
        (9, 1 << PRUNED | 1 << SCAN, False, ("mixed", "bounds paid in some segments only")),
        (0, 1 << MET, True, ("pruned", "the query is short: its postings lead to the documents")),
        (9, 1 << PRUNED | 1 << MET, False, ("pruned", "the query is short, and some segments have deleted documents")),
    ],
)
def test_what_the_planner_chose(bounded, chosen, small, told):
    plan = Plan(AUTO, SAFE, None, None)
    assert statistics.of([bounded, 1, 2, 3], chosen, plan, small)[:2] == told
