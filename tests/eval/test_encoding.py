import json
import sys

import pytest

from lsr import SparseEncoder, cli
from lsr_eval import encoding


def test_a_run_is_counted_and_its_memory_watched():
    encoder = SparseEncoder.from_pretrained("bm25")
    texts = [f"the cat number {n}" for n in range(5000)]
    encoder.fit(texts)
    report = encoding.measure(encoder, iter(texts), limit=4500)
    assert (report.documents, report.nonzeros) == (4500, 3 * 4500)
    assert [documents for documents, _ in report.resident] == [2048, 4096, 4500]
    assert report.documents_per_second > 0
    assert report.peak >= max(size for _, size in report.resident) * 0.9 > 1_000_000


def test_the_command(tmp_path, monkeypatch, capsys):
    (tmp_path / "c.jsonl").write_text('{"id": "a", "text": "the cat"}\n{"id": "b", "text": "a dog"}\n')
    for arguments, code in ((["long-run", tmp_path / "c.jsonl", "--model", "bm25", "--json"], 0), (["nothing"], 2)):
        monkeypatch.setattr(sys, "argv", ["lsr", "bench", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        assert (exit_.value.code or 0) == code
        captured = capsys.readouterr()
        if code:
            assert "'nothing'" in captured.err
        else:
            assert json.loads(captured.out)["documents"] == 2
