import gzip
import json
import os

import pytest

from lsr.corpus import loading, queries
from lsr_index import InputError

LINES = [
    {"_id": "a", "title": "T", "text": "x", "year": 3},
    {"id": 7, "contents": "y"},
    {"docid": "c", "text": "", "title": None},
]


def write(path, rows):
    text = "".join(json.dumps(row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@pytest.mark.parametrize("name", ["corpus.jsonl", "corpus.jsonl.gz"])
def test_files_and_folders(tmp_path, name):
    file = write(tmp_path / name, LINES)
    for source in (file, tmp_path):
        corpus = loading.load(str(source))
        assert corpus.check() == 3
        first, second, third = corpus
        assert (first.id, first.contents, first.fields) == ("a", "T x", {"year": 3})
        assert (second.id, second.contents, third.contents) == ("7", "y", "")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r"c\.jsonl:2: not valid JSON"),
        ("[1]", r"c\.jsonl:2: expected a JSON object, found list"),
        ('{"text": "x"}', "no _id or id or docid"),
        ('{"id": "x"}', "no text or contents"),
        ('{"id": "", "text": "x"}', "the id is ''"),
        ('{"id": 1.5, "text": "x"}', r"the id is 1\.5"),
        ('{"id": "x", "text": 5}', "must be strings"),
        ('{"id": "a", "text": "x"}', "'a', which occurred before"),
    ],
)
def test_malformed_lines_are_named(tmp_path, line, message):
    (tmp_path / "c.jsonl").write_text('{"id": "a", "text": "x"}\n' + line + "\n")
    with pytest.raises(InputError, match=message):
        loading.load(str(tmp_path / "c.jsonl")).check()


def test_empty_and_unknown(tmp_path):
    (tmp_path / "empty.jsonl").write_text("\n\n")
    with pytest.raises(InputError, match="has no documents"):
        loading.load(str(tmp_path / "empty.jsonl")).check()
    with pytest.raises(InputError, match=r"folder without corpus\.jsonl"):
        loading.load(str(tmp_path))


@pytest.mark.filterwarnings("ignore")
def test_unknown_names_are_looked_up_in_ir_datasets():
    with pytest.raises(InputError, match="unknown corpus or dataset 'no/such'"):
        loading.load("no/such")


def test_the_standard_library_documents_itself():
    corpus = loading.load("python-stdlib")
    documents = {document.id: document for document in corpus}
    assert corpus.check() == len(documents) > 3000
    for name in ("itertools.chain.from_iterable", "os.path.join", "str.join", "dict.get", "json.loads"):
        assert documents[name].title.startswith(name)
        assert documents[name].text
    assert not [name for name in documents if name.startswith(("_", "builtins.", "posixpath."))]
    assert not [document for document in documents.values() if " at 0x" in document.title]


def test_the_standard_librarys_documents_hold_nothing_of_this_machine(monkeypatch):
    before = [(document.id, document.contents) for document in loading.load("python-stdlib")]
    monkeypatch.setenv("SECRET", "hunter2-hunter2")
    assert [(document.id, document.contents) for document in loading.load("python-stdlib")] == before
    places = [os.environ[name] for name in ("HOME", "PWD", "SECRET") if len(os.environ.get(name, "")) > 4]
    assert not [name for name, contents in before for place in places if place in contents]


def test_queries(tmp_path):
    write(tmp_path / "q.jsonl", [{"_id": "1", "text": "what?"}])
    (tmp_path / "q.tsv").write_text("1\twhat?\n2\twho is\tthere\n")
    assert queries.read(tmp_path / "q.jsonl") == {"1": "what?"}
    assert queries.read(tmp_path / "q.tsv") == {"1": "what?", "2": "who is\tthere"}


@pytest.mark.parametrize(
    ("text", "message"), [("just text\n", "q.tsv:1: expected id"), ("1\ta\n1\tb\n", "occurs twice"), ("", "no queries")]
)
def test_malformed_queries(tmp_path, text, message):
    (tmp_path / "q.tsv").write_text(text)
    with pytest.raises(InputError, match=message):
        queries.read(tmp_path / "q.tsv")
