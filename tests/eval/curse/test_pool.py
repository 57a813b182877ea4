"""What is judged stays, and is never a distractor."""

import json

import pytest

from lsr_eval.curse.pool import among_strings, gather
from lsr_eval.curse.strings import ALPHABET, random_strings
from lsr_index import InputError
from tests.eval.conftest import DOCUMENTS, write_beir


def test_ids_tell_their_dataset_and_judged_documents_come_first(pool):
    assert pool.ids[: pool.fixed] == ["tiny/d1", "tiny/d2", "tiny/d5", "tiny/d6"]
    assert set(pool.ids[pool.fixed :]) == {"tiny/d3", "tiny/d4", "other/o0", "other/o1", "other/o2", "other/o3"}
    assert pool.texts[0] == " ".join(DOCUMENTS["d1"])
    assert pool.queries == {"tiny/q1": "yeast dough", "tiny/q2": "moon and tides", "tiny/q3": "zeppelin"}
    assert pool.qrels["tiny/q1"] == {"tiny/d1": 2, "tiny/d6": 1}
    assert (pool.asked, pool.others, pool.missing, pool.distractors) == (["tiny (test)"], ["other"], 0, 6)


def test_a_copy_of_a_judged_document_is_no_distractor(pool):
    assert pool.duplicates == 1
    assert "other/copy" not in pool.ids
    assert not set(pool.texts[: pool.fixed]) & set(pool.texts[pool.fixed :])


def test_all_datasets_may_be_asked(folders):
    pool = gather(folders, ask="all")
    assert list(pool.queries) == ["tiny/q1", "tiny/q2", "tiny/q3", "other/q1"]
    assert pool.ids[: pool.fixed][-1] == "other/o3"


def test_queries_drawn_by_seed_leave_the_others_documents_as_distractors(folders):
    drawn = [gather(folders, limit=1, seed=seed) for seed in (0, 0, 1, 2, 3, 4)]
    assert drawn[0] == drawn[1]
    assert len({tuple(pool.queries) for pool in drawn}) > 1
    for pool in drawn:
        assert len(pool.queries) == len(pool.qrels) == 1
        assert {document for grades in pool.qrels.values() for document in grades} == set(pool.ids[: pool.fixed])
        assert len(pool.ids) == 6 + 4 + (pool.duplicates == 0)


def test_any_corpus_gives_distractors(folders, tmp_path):
    file = tmp_path / "more.jsonl"
    file.write_text(json.dumps({"id": "m", "text": "more"}) + "\n")
    pool = gather([folders[0], str(file)])
    assert pool.others == ["more"]
    assert pool.ids[-1] == "more/m"


def test_arguana_does_not_find_its_own_queries(tmp_path):
    folder = write_beir(tmp_path / "arguana", {"d1": "dough"}, {"test.tsv": "d1\td6\t1\n"})
    assert gather([str(folder)]).without_self == {"arguana/d1"}


def test_judged_documents_that_are_nowhere_are_counted(tmp_path):
    folder = write_beir(tmp_path / "x", {"q": "dough"}, {"test.tsv": "q\td1\t1\nq\tgone\t1\n"})
    assert gather([str(folder)]).missing == 1


def test_a_folder_with_an_at_sign_is_a_folder(tmp_path):
    folder = write_beir(tmp_path / "x@dev", {"q": "dough"}, {"test.tsv": "q\td1\t1\n", "dev.tsv": "q\td2\t1\n"})
    assert gather([str(folder)]).ids[0] == "x@dev/d1"
    assert gather([f"{folder}@dev"]).ids[0] == "x@dev/d2"


def test_two_datasets_of_one_name(folders, tmp_path):
    again = write_beir(tmp_path / "deeper" / "tiny", {"q": "x"}, {"test.tsv": "q\td1\t1\n"})
    with pytest.raises(InputError, match="two datasets are called tiny"):
        gather([folders[0], str(again)])


def test_strings_are_the_same_again_and_their_prefixes_too():
    strings = random_strings(50, seed=3)
    assert strings == random_strings(50, seed=3)
    assert strings[:20] == random_strings(20, seed=3)
    assert strings != random_strings(50, seed=4)
    assert len(set(strings)) == 50
    assert {letter for text in strings for letter in text} <= set(ALPHABET.tolist())
    assert all(20 <= len(text) <= 150 for text in strings)


def test_strings_take_the_place_of_distractors(pool):
    noisy = among_strings(pool, 3, seed=1)
    assert noisy.ids[: pool.fixed] == pool.ids[: pool.fixed]
    assert noisy.ids[pool.fixed :] == ["string/0", "string/1", "string/2"]
    assert noisy.texts[pool.fixed :] == random_strings(3, 1)
    assert noisy.distractors == 3
