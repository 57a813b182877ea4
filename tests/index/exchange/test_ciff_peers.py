"""What others write in CIFF we read, and what we write they read."""

import numpy as np
import pytest

from lsr_index import Vocabulary
from lsr_index.exchange.ciff import reader, writer
from lsr_index.vectors import concatenate, row_terms
from tests.index.conftest import random_impacts

TERMS = [f"t{n:02d}" for n in range(30)]
IDS = [f"doc-{n}" for n in range(200)]
ROWS = random_impacts(8, 200, 30)


@pytest.fixture
def ours(tmp_path):
    with writer.writing(tmp_path / "ours.ciff", Vocabulary(TERMS), description="ours") as file:
        file.add(IDS, ROWS)
    return tmp_path / "ours.ciff"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the protobuf that it asks for
def test_ciff_toolkit_reads_ours(ours):
    from ciff_toolkit.read import CiffReader

    with CiffReader(ours) as file:
        header = file.read_header()
        lists = list(file.read_postings_lists())
        records = list(file.read_documents())
    assert (header.version, header.num_docs, header.total_docs, header.description) == (1, 200, 200, "ours")
    assert header.num_postings_lists == header.total_postings_lists == len(lists) == 30
    assert header.total_terms_in_collection == ROWS.sum() == sum(entry.cf for entry in lists)
    assert header.average_doclength == pytest.approx(ROWS.sum() / 200)
    for number, entry in enumerate(lists):
        column = ROWS[:, [number]].tocoo()
        assert (entry.term, entry.df) == (TERMS[number], column.nnz)
        assert np.cumsum([posting.docid for posting in entry.postings]).tolist() == column.row.tolist()
        assert [posting.tf for posting in entry.postings] == column.data.tolist()
    assert [(record.docid, record.collection_docid) for record in records] == list(enumerate(IDS))
    assert [record.doclength for record in records] == ROWS.sum(axis=1).tolist()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_we_read_ciff_toolkit(tmp_path):
    from ciff_toolkit.ciff_pb2 import DocRecord, Header, Posting, PostingsList
    from ciff_toolkit.write import CiffWriter

    lists = []
    for number, term in enumerate(TERMS):
        column = ROWS[:, [number]].tocoo()
        gaps = np.diff(column.row, prepend=0).tolist()
        postings = [Posting(docid=gap, tf=int(tf)) for gap, tf in zip(gaps, column.data, strict=True)]
        lists.append(PostingsList(term=term, df=column.nnz, cf=int(column.sum()), postings=postings))
    with CiffWriter(tmp_path / "theirs.ciff.gz") as file:
        file.write_header(Header(version=1, num_postings_lists=30, num_docs=200, description="theirs"))
        file.write_postings_lists(lists)
        file.write_documents(DocRecord(docid=n, collection_docid=name, doclength=1) for n, name in enumerate(IDS))
    found = reader.read(tmp_path / "theirs.ciff.gz")
    assert (found.ids, found.terms, found.header.description) == (IDS, TERMS, "theirs")
    assert (concatenate([rows for _, rows in found.batches()], 30) != ROWS).nnz == 0


def test_bmp_searches_ours(ours, tmp_path, capfd):
    bmp = pytest.importorskip("bmp")
    bmp.ciff2bmp(str(ours), str(tmp_path / "x.bmp"), 8, False)
    searcher = bmp.Searcher(str(tmp_path / "x.bmp"))
    for number in (0, 17, 199):  # a document is the best answer to itself; whole weights up to 32 are exact there
        terms, _ = row_terms(ROWS, number)
        query = np.zeros(30, dtype=np.float32)
        query[terms] = 32
        ids, scores = searcher.search({TERMS[term]: 32.0 for term in terms}, k=5, alpha=1.0, beta=1.0)
        exact = ROWS @ query
        assert scores == sorted(exact, reverse=True)[:5]
        assert [exact[IDS.index(name)] for name in ids] == scores
    capfd.readouterr()  # it prints what it does
