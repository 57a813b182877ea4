import pytest

from lsr_eval.tradeoff.settings import WHOLE, Setting, grid
from lsr_index.errors import InputError


def test_names_tell_what_differs():
    assert WHOLE.name == "whole"
    assert Setting(100, 0.1, 16, 8, 1.5, 64, 0.75).name == "top100-min0.1-exact16-query8-over1.5-blocks64-share0.75"


def test_a_grid_has_the_whole_and_safe_twins_and_keeps_an_index_together():
    found = grid(top_k=[2, None], query_top_k=[None, 3], overestimate=[1.5])
    assert [one.name for one in found] == [
        "whole", "over1.5", "query3", "query3-over1.5", "top2", "top2-over1.5", "top2-query3", "top2-query3-over1.5",
    ]  # fmt: skip
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"top_k": 0}, "top-k is 0"),
        ({"query_top_k": -1}, "query-top-k is -1"),
        ({"threshold": 1.0}, "threshold is 1.0"),
        ({"threshold": float("nan")}, "threshold is nan"),
        ({"exact": 8}, "exact is 8"),
        ({"overestimate": 0.5}, "overestimate is 0.5"),
        ({"superblocks": 0}, "superblocks is 0"),
        ({"share": 0.0}, "share is 0.0"),
    ],
)
def test_values_out_of_range_are_named(values, message):
    with pytest.raises(InputError, match=message):
        Setting(**values)
