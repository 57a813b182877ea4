import pytest

from lsr_eval.tradeoff.choosing import parse
from lsr_eval.tradeoff.settings import grid
from lsr_index.errors import InputError
from tests.eval.tradeoff.conftest import point

SETTINGS = grid(top_k=[2, 3, None])
POINTS = [point(0.60), point(0.64, 0.5, top_k=3), point(0.64, 0.5, size=90, top_k=4), point(0.50, 0.1, top_k=2)]


@pytest.mark.parametrize(
    ("text", "name"),
    [("nDCG@10>=0.6", "top4"), (" nDCG@10 >= .5 ", "top2"), ("nDCG@10>=105%", "top4"), ("top3", "top3")],
)
def test_the_fastest_with_enough_is_chosen(text, name):
    assert parse(text, SETTINGS, ["nDCG@10"]).pick(POINTS).name == name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("top9", "no point 'top9' to choose: name one of whole, top2, top3, or write"),
        ("nDCG@10>0.6", "no point 'nDCG@10>0.6'"),
        ("R@100>=0.6", "R@100, which is not measured; there are nDCG@10"),
    ],
)
def test_what_cannot_be_chosen_is_named_before_the_work(text, message):
    with pytest.raises(InputError, match=message):
        parse(text, SETTINGS, ["nDCG@10"])


def test_more_than_any_point_has():
    with pytest.raises(InputError, match=r"no point has nDCG@10>=0.9; the most that any has is 0.6400"):
        parse("nDCG@10>=0.9", SETTINGS, ["nDCG@10"]).pick(POINTS)
