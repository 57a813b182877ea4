import gzip

import pytest

from lsr_index import InputError
from lsr_index.exchange import lines


def test_lines_name_where_the_text_breaks(tmp_path):
    (tmp_path / "bad.txt").write_bytes(b"fine\n\xff\xfe\n")
    with pytest.raises(InputError, match=r"bad\.txt:\d: not UTF-8"):
        list(lines.read_lines(tmp_path / "bad.txt"))
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"hello\n" * 1000)[:-9])
    with pytest.raises(InputError, match="not a whole gzip file"):
        list(lines.read_lines(tmp_path / "cut.gz"))
