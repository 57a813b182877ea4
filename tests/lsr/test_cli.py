"""The command line: what each verb does, and one clear line for everything that can go wrong."""

import json
import subprocess
import sys

import pytest

from lsr import cli
from tests.lsr.conftest import failure


def test_help_names_every_verb(lsr):
    code, out, _ = lsr("--help")
    assert code == 0
    assert all(f"\n  {verb} " in out for verb in cli.VERBS)


@pytest.mark.parametrize("verb", cli.VERBS)
def test_every_verb_has_help(lsr, verb):
    code, out, _ = lsr(verb, "--help")
    assert code == 0
    assert f"lsr {verb}" in out


@pytest.mark.parametrize(
    "arguments", [["search"], ["index", "--nonsense"], ["nonsense"], ["search", "-i", "x", "-k", "0"]]
)
def test_usage_errors_exit_with_2(lsr, arguments):
    code, _, err = lsr(*arguments)
    assert code == 2
    assert "Traceback" not in err


def test_version(lsr):
    assert lsr("--version") == (0, "lsr 0.1.0\n", "")


def test_index_search_inspect(lsr, index):
    code, out, _ = lsr("search", "-i", index, "capital of france", "--json", "--explain")
    answer = json.loads(out)
    hit = answer["hits"][0]
    assert (code, answer["query"], hit["id"], hit["title"]) == (0, "capital of france", "a", "Paris")
    assert sum(term["product"] for term in hit["terms"]) == pytest.approx(hit["score"], rel=1e-5)
    code, out, _ = lsr("search", "-i", index, "capital of france", "-k", "100", "--explain")
    assert code == 0
    assert "franc" in out
    facts = json.loads(lsr("inspect", index, "--json", "--verify")[1])
    assert (facts["documents"], facts["encoder"]["model"], facts["verified"]) == (3, "bm25", "every byte")


def test_a_search_tells_what_it_cost(lsr, index):
    _, out, _ = lsr("search", "-i", index, "capital of france", "--stats")
    assert out.splitlines()[-1] == (
        "pruned (the query is short: its postings lead to the documents): "
        "superblocks 0 bounded, 0 scored; blocks 0 bounded, 0 scored; postings 2"
    )
    answer = json.loads(lsr("search", "-i", index, "capital of france", "--stats", "--json")[1])
    assert (answer["hits"][0]["id"], answer["statistics"]["traversal"]) == ("a", "pruned")
    assert "statistics" not in json.loads(lsr("search", "-i", index, "france", "--json")[1])


def test_many_queries_on_standard_input(index):
    command = [sys.executable, "-m", "lsr.cli", "search", "-i", str(index), "--json"]
    done = subprocess.run(command, input="cat\nfrance\nzebra\n", capture_output=True, text=True, check=True)
    assert [[hit["id"] for hit in json.loads(line)["hits"]] for line in done.stdout.splitlines()] == [["b"], ["a"], []]


def test_a_corpus_on_standard_input(tmp_path, corpus):
    command = [sys.executable, "-m", "lsr.cli", "index", "-", "-o", str(tmp_path / "idx"), "--model", "bm25", "--json"]
    done = subprocess.run(command, input=corpus.read_text(), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["documents"] == 3


def test_vectors_through_files(lsr, tmp_path, corpus, tiny_model):
    """encode → .jsonl → index --vectors, and queries → .tsv, as Anserini's users do it."""
    queries = tmp_path / "queries.tsv"
    queries.write_text("q1\tthe cat\nq2\tdogs ran\n")
    for arguments in (
        ["encode", corpus, "-o", tmp_path / "v.jsonl", "--model", tiny_model],
        ["encode", corpus, "-o", tmp_path / "v.parquet", "--model", tiny_model],
        ["encode", queries, "--queries", "-o", tmp_path / "q.tsv", "--model", tiny_model],
        ["encode", queries, "--queries", "-o", tmp_path / "q.pisa", "--model", tiny_model],
        ["index", "--vectors", tmp_path / "v.jsonl", "-o", tmp_path / "json"],
        ["index", "--vectors", tmp_path / "v.parquet", "-o", tmp_path / "parquet"],
    ):
        assert lsr(*arguments)[0] == 0
    first = json.loads((tmp_path / "v.jsonl").read_text().splitlines()[0])
    assert first["contents"].startswith("Paris")
    assert all(isinstance(weight, int) for weight in first["vector"].values())
    line = (tmp_path / "q.tsv").read_text().splitlines()[0]
    assert line.startswith("q1\t")
    assert (tmp_path / "q.pisa").read_text().splitlines()[0] == line.replace("\t", ":")
    assert json.loads(lsr("inspect", tmp_path / "json", "--json")[1])["documents"] == 3
    # The Parquet file says which model made it, so texts can be asked at once.
    assert lsr("search", "-i", tmp_path / "parquet", "the cat")[0] == 0
    assert json.loads(lsr("inspect", tmp_path / "v.parquet", "--json")[1])["vectors"] == 3
    assert json.loads(lsr("inspect", tmp_path / "v.jsonl", "--json")[1])["vectors"] == 3
    assert "no model is recorded" in failure(lsr("search", "-i", tmp_path / "json", "the cat"))


def test_a_model_is_inspected(lsr, tiny_model):
    facts = json.loads(lsr("inspect", tiny_model, "--json")[1])
    assert (facts["encoder"], facts["vocabulary"]) == ("splade", "15 terms")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{broken", "corpus.jsonl:4: not valid JSON"),
        ('{"_id": "a", "text": "again"}', "has the id 'a', which occurred before"),
        ('{"_id": "d"}', "corpus.jsonl:4: no text or contents"),
    ],
)
def test_bad_lines_are_found_before_anything_is_written(lsr, tmp_path, corpus, line, message):
    with corpus.open("a") as file:
        file.write(line + "\n")
    assert message in failure(lsr("index", corpus, "-o", tmp_path / "idx", "--model", "bm25"))
    assert not (tmp_path / "idx").exists()


def test_missing_and_empty_corpora(lsr, tmp_path):
    assert "unknown corpus or dataset" in failure(lsr("index", tmp_path / "nowhere.jsonl", "-o", tmp_path / "idx"))
    (tmp_path / "empty.jsonl").touch()
    assert "has no documents" in failure(lsr("index", tmp_path / "empty.jsonl", "-o", tmp_path / "idx"))
    assert "does not exist" in failure(lsr("index", "--vectors", tmp_path / "nowhere", "-o", tmp_path / "idx"))
    assert "does not exist" in failure(lsr("search", "-i", tmp_path / "nowhere", "x"))


def test_a_document_of_100_000_words(lsr, tmp_path, tiny_model):
    text = "the cat sat " * 33_334
    (tmp_path / "long.jsonl").write_text(json.dumps({"id": "long", "text": text}) + "\n")
    for model in (tiny_model, "bm25"):
        code, out, _ = lsr(
            "index", tmp_path / "long.jsonl", "-o", tmp_path / f"{model}.idx".replace("/", "_"), "--model", model
        )
        assert (code, "1 documents" in out) == (0, True)


def test_a_query_of_unknown_terms_finds_nothing(lsr, index):
    code, out, err = lsr("search", "-i", index, "zebra xylophone")
    assert (code, out) == (0, "")
    assert "no document shares a term" in err


def test_existing_outputs_are_kept(lsr, corpus, index):
    assert "is an index already" in failure(lsr("index", corpus, "-o", index, "--model", "bm25"))
    assert "is not an index" in failure(lsr("index", corpus, "-o", corpus, "--model", "bm25", "--overwrite"))
    assert lsr("index", corpus, "-o", index, "--model", "bm25", "--overwrite")[0] == 0


def test_an_unwritable_output(lsr, corpus, tmp_path):
    # A file stands where a folder is needed: fails for root too, unlike permissions.
    assert str(corpus) in failure(lsr("index", corpus, "-o", corpus / "idx", "--model", "bm25"))
    assert "v.jsonl" in failure(lsr("encode", corpus, "-o", tmp_path / "no" / "v.jsonl", "--model", "bm25"))


def test_unknown_models(lsr, corpus, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    error = failure(lsr("index", corpus, "-o", tmp_path / "idx", "--model", "no/such-model"))
    assert "unknown model 'no/such-model'" in error
    assert "no option 'max_length'" in failure(
        lsr("index", corpus, "-o", tmp_path / "idx", "--model", "bm25", "--max-length", "9")
    )


def test_another_vocabulary(lsr, index, tiny_model):
    assert "another vocabulary" in failure(lsr("search", "-i", index, "cat", "--model", tiny_model))


@pytest.mark.parametrize("cut", [True, False])
def test_a_damaged_index(lsr, index, cut):
    file = index / "segment-000001" / "postings.npy"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content[:-1] if cut else content)
    error = failure(lsr("search", "-i", index, "cat"))
    assert "postings.npy is damaged" in error
    assert "rebuild the index" in error


def test_debug_shows_the_traceback(tmp_path):
    command = [sys.executable, "-m", "lsr.cli", "search", "-i", str(tmp_path), "x", "--debug"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_a_closed_pipe_is_no_error(index):
    command = f"yes cat | head -20000 | {sys.executable} -m lsr.cli search -i {index} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "cat" or done.stdout == "\n"
    assert done.stderr == ""


def test_a_missing_package_names_its_extra():
    program = (
        "import sys; sys.modules['fastapi'] = None; sys.argv = ['lsr', 'serve', 'x']; from lsr.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'lsr[serve]'" in done.stderr
    assert done.stderr.count("\n") == 1


def test_rescoring_needs_an_index_with_exact_weights(tmp_path, corpus, index, lsr):
    assert "keeps no exact weights" in failure(lsr("search", "-i", index, "capital of france", "--rescore"))
    exact = tmp_path / "exact"
    assert lsr("index", corpus, "-o", exact, "--model", "bm25", "--exact", "32")[0] == 0
    facts = [json.loads(lsr("inspect", path, "--json")[1])["exact weights"] for path in (index, exact)]
    assert facts == ["none (lsr index --exact)", "32 bits"]
    code, out, _ = lsr("search", "-i", exact, "capital of france", "--rescore", "--json", "--explain")
    hit = json.loads(out)["hits"][0]
    assert (code, hit["id"]) == (0, "a")
    assert sum(term["product"] for term in hit["terms"]) == pytest.approx(hit["score"], rel=1e-6)
    assert lsr("index", corpus, "-o", tmp_path / "x", "--exact", "8")[0] == 2
