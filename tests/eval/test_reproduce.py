"""Claims checked against what their commands print now."""

import json

import pytest
import yaml

from lsr_eval import reproduce
from lsr_index.errors import InputError


@pytest.fixture
def claims(beir, tmp_path):
    """Write claims about bm25 on six documents; keywords replace keys of the only one."""

    def write(**changes):
        claim = {
            "page": "results.md",
            "command": f"lsr eval {beir} --model bm25 --json",
            "needs": [str(beir)],
            "values": {"measures.R@100": 2 / 3, "latency.count": 3},
        }
        path = tmp_path / "claims.yaml"
        path.write_text(yaml.safe_dump([{**claim, **changes}], sort_keys=False))
        return path

    return write


def test_what_holds(claims, lsr):
    code, out, _ = lsr("eval", "reproduce", claims())
    assert code == 0
    assert out.splitlines() == [
        "holds  results.md  measures.R@100: claimed 0.6667, found 0.6667",
        "holds  results.md  latency.count: claimed 3.0000, found 3.0000",
    ]


@pytest.mark.parametrize("values", [{"measures.R@100": 0.7}, {"measures.R@5": 0.5}, {"measures": 0.5}])
def test_what_drifted_or_is_not_there(claims, lsr, values):
    code, out, _ = lsr("eval", "reproduce", claims(values=values), "--json")
    assert code == 1
    assert [one["holds"] for one in json.loads(out)] == [False]


def test_tolerance_is_absolute(claims, lsr):
    assert lsr("eval", "reproduce", claims(values={"measures.R@100": 0.7}, tolerance=0.04))[0] == 0


def test_claims_about_other_machines_are_left_out_and_named(claims, lsr):
    code, out, err = lsr("eval", "reproduce", claims(needs=["/no/such/data"]))
    assert (code, out) == (1, "")
    assert "/no/such/data is not here" in err
    assert "nothing was checked" in err


def test_a_word_that_no_claim_has_is_told(claims, lsr):
    code, _, err = lsr("eval", "reproduce", claims(), "--only", "nothing like it")
    assert code == 1
    assert "no claim of" in err


def test_one_that_fails_leaves_the_others_to_be_checked(claims, lsr):
    path = claims()
    [claim] = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump([{**claim, "command": "lsr eval /no/such --model bm25 --json"}, claim]))
    code, out, err = lsr("eval", "reproduce", path)
    assert code == 1
    assert "FAILED  results.md  lsr eval /no/such" in err
    assert out.count("holds") == 2


def test_a_command_that_fails_is_named_with_its_last_line(claims, lsr):
    code, _, err = lsr("eval", "reproduce", claims(command="lsr eval /no/such --model bm25 --json"))
    assert code == 1
    assert "lsr eval /no/such --model bm25 --json: exit code 1: lsr: error:" in err


@pytest.mark.parametrize("command", ["rm -rf x --json", "lsr eval x", ""])
def test_only_our_own_commands_run(claims, command):
    with pytest.raises(InputError, match="a command of lsr with --json"):
        reproduce.read(claims(command=command))
