"""An index of the same documents, cut to a setting."""

import shutil
from pathlib import Path

from lsr.encoders.loading import QUERY_SIDE
from lsr.indexing import commit
from lsr_eval.tradeoff.settings import Setting
from lsr_index.contents import parts
from lsr_index.index import SparseIndex
from lsr_index.progress import Bars, silent


def build(
    source: SparseIndex, setting: Setting, path: Path, *, complete: bool = False, bars: Bars = silent
) -> SparseIndex:
    """Cut the vectors of an index and make another of them, in bounded memory.

    Args:
        source: Gives the vectors: exact ones where it keeps those.
        setting: What stays of documents, and how; what it says of queries and searches is not an index's.
        path: Where the new index will stand.
        complete: With stored documents and the query side, so that texts can be asked; else just ids and vectors.
        bars: Shows progress.

    Raises:
        IndexExistsError: if something stands at `path`.
    """
    with SparseIndex.create(path, source.vocabulary, exact=setting.exact) as builder:
        with bars(f"indexing {setting.of_index.name}", len(source)) as progress:
            for part in parts(source):
                rows = setting.documents(part.weights)
                builder.add(part.ids, rows, part.documents if complete else None)
                progress(rows.shape[0])
        if complete:
            builder.encoder = source.manifest.encoder
            if (source.path / QUERY_SIDE).is_dir():
                shutil.copytree(source.path / QUERY_SIDE, builder.folder / QUERY_SIDE)
        return commit(builder, bars)
