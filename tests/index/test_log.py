"""The log: what was acknowledged comes back, what was torn is dropped, what is damaged is refused."""

import json
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from lsr_index import IndexFormatError, IndexWriter, SparseIndex, Vocabulary, changes, log
from lsr_index.documents import Document


@pytest.fixture(scope="module")
def pending(tmp_path_factory):
    """An index with three records in its log, and the bytes at which they end."""
    path = tmp_path_factory.mktemp("log") / "idx"
    with SparseIndex.create(path, Vocabulary(["a", "b"])) as builder:
        builder.add(["d0"], csr_array([[1.0, 2.0]]))
        builder.commit()
    with SparseIndex.open(path, writable=True) as writer:
        writer.add(
            ["d1", "d2"], csr_array([[1.0, 0.0], [0.0, 0.0]]), [Document("d1", "é", "t", {"n": 1}), Document("d2", "")]
        )
        writer.delete(["d0"])
        writer.add(["d1"], csr_array([[0.0, 3.0]]))
    file = path / "log-1"
    return file, file.read_bytes(), [log.START.size, *(record.end for record in log.read(file, 1))]


def survivors(file):
    """The ids that are pending, by what a commit into a copy would show."""
    with SparseIndex.open(file.parent, writable=True) as writer:
        return writer.pending


@pytest.fixture
def file(pending):
    file, content, _ = pending
    yield file
    file.write_bytes(content)


def test_acknowledged_changes_are_pending_again(pending, file):
    assert survivors(file) == 3
    assert file.read_bytes() == pending[1]


def test_any_torn_end_is_dropped(pending, file):
    _, content, ends = pending
    expected = [0, 2, 3, 3]
    for size in range(log.START.size, len(content) + 1):
        file.write_bytes(content[:size])
        complete = sum(end <= size for end in ends)
        assert survivors(file) == expected[complete - 1]
        assert file.stat().st_size == ends[complete - 1]  # cut, so that new records follow the last whole one


def test_a_file_that_grew_before_its_bytes_came_is_torn(pending, file):
    file.write_bytes(pending[1] + bytes(500))
    assert survivors(file) == 3
    assert file.read_bytes() == pending[1]


@settings(max_examples=60)
@given(data=st.data())
def test_any_flipped_bit_before_the_last_record_is_found(pending, data):
    file, content, ends = pending
    place = data.draw(st.integers(0, ends[-2] - 1))
    changed = bytearray(content)
    changed[place] ^= 1 << data.draw(st.integers(0, 7))
    record = max(end for end in (0, *ends) if end <= place)
    try:
        file.write_bytes(changed)
        with pytest.raises(IndexFormatError, match=rf"log-1 .*at byte {record}[ :].*discard_pending"):
            survivors(file)
        assert file.read_bytes() == changed
    finally:
        file.write_bytes(content)


@settings(max_examples=60)
@given(data=st.data())
def test_a_last_record_that_came_to_the_disk_in_part_is_dropped_alone(pending, data):
    file, content, ends = pending
    first = data.draw(st.integers(ends[-2], len(content) - 1))
    last = data.draw(st.integers(first + 1, len(content)))
    lost = data.draw(st.sampled_from([bytes(last - first), b"\xa5" * (last - first)]))
    changed = content[:first] + lost + content[last:] + bytes(data.draw(st.sampled_from([0, 7, 4096])))
    try:
        file.write_bytes(changed)
        survivors(file)
        kept = file.read_bytes()
        assert kept == content[: ends[-2]] or kept == content == changed[: len(content)]
    finally:
        file.write_bytes(content)


def test_a_record_without_its_payload_is_damage_where_another_follows(pending, file):
    _, content, ends = pending
    for record in range(2):
        start, end = ends[record] + log.HEADER.size, ends[record + 1]
        file.write_bytes(content[:start] + bytes(end - start) + content[end:])
        with pytest.raises(IndexFormatError, match=f"record at byte {ends[record]} fails its checksum; restore"):
            survivors(file)


def test_a_log_may_be_cut_while_it_is_read(pending, file):
    _, content, ends = pending
    for size in (ends[2] + 5, ends[1], ends[1] - 1):
        file.write_bytes(content)
        records = log.read(file, 1)
        next(records)
        os.truncate(file, size)
        assert len(list(records)) == (size >= ends[2])


def test_a_writer_knows_what_it_acknowledged(pending, tmp_path):
    import shutil

    copy = shutil.copytree(pending[0].parent, tmp_path / "copy")
    content = pending[1]
    with SparseIndex.open(copy, writable=True) as writer:
        for damaged in (content[:-1] + b"\xff", content[: pending[2][-2]]):
            (copy / "log-1").write_bytes(damaged)
            with pytest.raises(IndexFormatError, match=f"record at byte {pending[2][-2]} fails"):
                writer.commit()
            assert writer.pending == 3
        (copy / "log-1").write_bytes(content)
        writer.commit()
        assert len(writer.index) == 2


def test_a_damaged_log_can_be_given_up(pending, file, tmp_path):
    import shutil

    copy = shutil.copytree(file.parent, tmp_path / "copy")
    (copy / "log-1").write_bytes(b"x" * 100)
    assert len(SparseIndex.open(copy)) == 1  # readers need no log
    with pytest.raises(IndexFormatError, match="log-1"):
        SparseIndex.open(copy, verify=True)
    with IndexWriter(copy, discard_pending=True) as writer:
        assert writer.pending == 0
    assert SparseIndex.open(copy, verify=True).manifest.generation == 2
    assert not (copy / "log-1").exists()


def test_a_missing_log_is_no_empty_log(pending, file):
    file.unlink()
    with pytest.raises(IndexFormatError, match="log-1 is missing"):
        survivors(file)


def test_a_log_of_another_generation_is_refused(tmp_path):
    log.Log.create(tmp_path / "log-3", 3).close()
    with pytest.raises(IndexFormatError, match="not the start of log 4"):
        list(log.read(tmp_path / "log-3", 4))


def test_records_that_follow_each_other_wrongly_are_refused(tmp_path):
    path = tmp_path / "log-1"
    own = log.Log.create(path, 1)
    own.append(log.DELETE, b"[]", sync=False)
    own.append(log.DELETE, b'["a"]', sync=False)
    own.close()
    content = path.read_bytes()
    first = log.HEADER.size + 2
    path.write_bytes(content[: log.START.size] + content[log.START.size + first :])
    with pytest.raises(IndexFormatError, match="record 2 where 1 belongs"):
        list(log.read(path, 1))


def test_a_record_that_cannot_be_written_leaves_none(tmp_path, monkeypatch):
    path = tmp_path / "log-1"
    own = log.Log.create(path, 1)
    own.append(log.DELETE, b"[]", sync=True)
    before = path.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        own.append(log.DELETE, b'["a"]', sync=True)
    assert path.read_bytes() == before
    monkeypatch.undo()
    own.append(log.DELETE, b'["b"]', sync=True)
    own.close()
    assert [bytes(record.payload) for record in log.read(path, 1)] == [b"[]", b'["b"]']


def test_added_documents_come_back_as_they_were():
    documents = [Document("é", "text\ud800", "t", {"x": [1, None]}), Document("b", "")]
    rows = csr_array(np.array([[0, 1.5, 0], [0, 0, 0]], dtype=np.float32))
    (batch,) = changes.decode_adds(changes.encode_adds(rows, documents))
    assert batch.ids() == ["é", "b"]
    assert (batch.rows(3) != rows).nnz == 0
    assert batch.documents() == [Document("é", "text?", "t", {"x": [1, None]}), Document("b", "")]
    assert changes.decode_deletes(memoryview(changes.encode_deletes(["é", "\ud800"]))) == ["é", "\ud800"]


def test_many_documents_in_one_record(monkeypatch):
    monkeypatch.setattr(changes, "BATCH", 7)
    documents = [Document(str(n), json.dumps(n)) for n in range(20)]
    rows = csr_array(np.arange(20, dtype=np.float32).reshape(-1, 1))
    batches = list(changes.decode_adds(changes.encode_adds(rows, documents)))
    assert [document for batch in batches for document in batch.documents()] == documents
    assert np.vstack([batch.rows(1).toarray() for batch in batches]).tolist() == rows.toarray().tolist()
