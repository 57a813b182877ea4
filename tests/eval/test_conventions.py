import pytest

from lsr_eval import measures
from lsr_eval.conventions import canonical, conventional

TREC_DL = "nDCG@10 RR(rel=2)@10 AP(rel=2) R(rel=2)@1000"
BEIR = "nDCG@10 RR@10 R@100"


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [
        ("msmarco-passage/dev/small", "RR@10 R@1000"),
        ("msmarco-passage/dev", "RR@10 R@1000"),
        ("msmarco-passage/dev/judged", "RR@10 R@1000"),
        ("msmarco-passage", "RR@10 R@1000"),
        ("msmarco-passage/trec-dl-2019", TREC_DL),
        ("msmarco-passage/trec-dl-2019/judged", TREC_DL),
        ("msmarco-passage/trec-dl-2020", TREC_DL),
        ("msmarco-passage/trec-dl-2020/judged", TREC_DL),
        ("msmarco-passage/trec-dl-hard", TREC_DL),
        ("msmarco-passage-v2/trec-dl-2021/judged", TREC_DL),
        ("beir/scifact/test", BEIR),
        ("beir/msmarco/dev", BEIR),
        ("cord19/trec-covid", BEIR),
        ("python-stdlib", BEIR),
        ("scifact", BEIR),
        ("../data/scifact", BEIR),
    ],
)
def test_measures_by_dataset(dataset, expected):
    assert conventional(dataset) == expected
    assert [str(measure) for measure in measures.parse(expected)] == expected.split()


def test_a_split_is_part_of_the_name():
    assert conventional("msmarco-passage", "trec-dl-2019") == TREC_DL
    assert conventional("msmarco-passage", "dev") == "RR@10 R@1000"


@pytest.mark.parametrize(
    ("dataset", "split", "name"),
    [
        ("beir/scifact/test", None, "scifact"),
        ("beir/scifact/test", "test", "scifact"),
        ("beir/scifact", "test", "scifact"),
        ("beir/scifact", None, "scifact"),
        ("BEIR/SciFact/Test", None, "scifact"),
        ("scifact", None, "scifact"),
        ("scifact/", "test", "scifact"),
        ("../anywhere/scifact", "test", "scifact"),
        ("beir/scifact/train", "train", "scifact/train"),
        ("beir/nfcorpus/dev", None, "nfcorpus/dev"),
        ("beir/arguana", "arguana", "arguana"),
        ("cord19/trec-covid", None, "cord19/trec-covid"),
        ("msmarco-passage/trec-dl-2019/judged", "judged", "msmarco-passage/trec-dl-2019"),
        ("msmarco-passage/dev/small", "small", "msmarco-passage/dev/small"),
    ],
)
def test_one_name_for_every_way(dataset, split, name):
    assert canonical(dataset, split) == name


def test_a_folder_is_known_by_its_own_name(tmp_path, monkeypatch):
    folder = tmp_path / "beir" / "NFCorpus"
    folder.mkdir(parents=True)
    assert canonical(str(folder), "test") == "nfcorpus"
    assert canonical(str(folder), "dev") == "nfcorpus/dev"
    monkeypatch.chdir(folder)
    assert canonical(".", "test") == "nfcorpus"
    monkeypatch.chdir(tmp_path)
    assert canonical("beir/NFCorpus", "dev") == "nfcorpus/dev"
