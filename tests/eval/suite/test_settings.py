"""Suites as files: what they may say, and one line about what they may not."""

import pytest

from lsr.training.settings import checked
from lsr_eval.suite.settings import Suite, read
from lsr_index.errors import InputError

GOOD = {"datasets": ["a"], "systems": ["bm25"]}


def test_names_alone_are_datasets_and_models():
    suite = checked(Suite, {"datasets": ["beir/scifact/test", {"name": "b", "split": "dev"}], "systems": ["bm25"]}, "s")
    assert [one.label for one in suite.datasets] == ["beir/scifact/test", "b (dev)"]
    assert (suite.systems[0].name, suite.systems[0].model, suite.systems[0].kind) == ("bm25", "bm25", "model")


def test_a_folder_is_called_by_its_own_name(beir):
    assert checked(Suite, {**GOOD, "datasets": [str(beir)]}, "s").datasets[0].label == beir.name


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sistems": []}, "sistems: unknown key; is systems meant"),
        ({"systems": []}, "systems"),
        ({"datasets": ["a", "a"]}, "two datasets are called a"),
        ({"systems": ["bm25", "bm25"]}, "two systems are called bm25"),
        ({"baseline": "bm52"}, "bm52 is none of the systems: bm25"),
        ({"systems": [{"name": "x"}]}, "give x exactly one of"),
        ({"systems": [{"name": "x", "model": "m", "run": "r"}]}, "not model and run"),
        ({"systems": [{"name": "x", "run": "r", "top_k": 3}]}, "top_k is for a model; x is a run"),
        ({"systems": [{"name": "x", "model": "m", "weights": [1, 2]}]}, "weights is for a fuse"),
        ({"systems": [{"name": "x", "model": "m", "stride": 3}]}, "for windows"),
        ({"systems": ["bm25", {"name": "x", "fuse": ["bm25"]}]}, "two systems or more"),
        ({"systems": ["bm25", {"name": "x", "fuse": ["bm25", "later"]}, "later"]}, "none of the systems before it"),
        ({"systems": ["a", "b", {"name": "x", "fuse": ["a", "b"], "weights": [1, 1]}]}, "has no weights"),
        (
            {"systems": ["a", "b", {"name": "x", "fuse": ["a", "b"], "method": "z", "weights": [1]}]},
            "1 weights for 2 systems",
        ),
        ({"significance": {"test": "u"}}, "significance.test"),
        ({"k": 0}, "k"),
    ],
)
def test_what_cannot_be_is_one_line(changes, message):
    with pytest.raises(InputError) as failed:
        checked(Suite, {**GOOD, **changes}, "suite.yaml")
    assert message in str(failed.value)
    assert str(failed.value).startswith("suite.yaml: ")
    assert "\n" not in str(failed.value)


def test_settings_can_be_set_from_outside(tmp_path):
    path = tmp_path / "suite.yaml"
    path.write_text("datasets: [a]\nsystems: [bm25]\n")
    assert read(path, ["k=7"]).k == 7
