"""`lsr add`: more documents for an index, or new versions of those it has."""

import time
from pathlib import Path
from typing import Annotated

import typer

from lsr import console
from lsr.commands import options
from lsr_index.writer import IndexWriter


def run(
    index: options.IndexPath,
    corpus: Annotated[
        str | None,
        typer.Argument(help="A BEIR folder, a JSON-lines file, - (standard input), or an ir_datasets id."),
    ] = None,
    vectors: Annotated[
        Path | None, typer.Option(help="Add these vectors instead, in any format that `lsr index` takes.")
    ] = None,
    model: options.Model = None,
    merge: Annotated[bool, typer.Option(help="Merge segments afterwards where that is due.")] = True,
    discard_pending: options.DiscardPending = False,
    as_json: options.Json = False,
) -> None:
    """Add documents to an index; one whose id is there already replaces it.

    They are encoded by the index's own model. All become visible at once, at the end; what an interrupted run has
    logged is kept, and becomes visible with the next commit.
    """
    if (corpus is None) == (vectors is None):
        raise typer.BadParameter("name a corpus to add, or vectors with --vectors, and not both")
    if vectors is not None and model is not None:
        raise typer.BadParameter("--vectors are added as they are; a model belongs to a corpus")
    started = time.perf_counter()
    with options.open_writer(index, discard_pending) as writer:
        added = _add_corpus(writer, str(corpus), model) if vectors is None else _add_vectors(writer, vectors)
        writer.commit()
        if merge:
            writer.merge()
    options.report_change(index, writer, {"added": added}, time.perf_counter() - started, as_json)


def _add_corpus(writer: IndexWriter, name: str, model: str | None) -> int:
    from lsr.corpus.loading import load
    from lsr.encoders.loading import load_for_index
    from lsr.updating import add_documents

    corpus = load(name)
    total = corpus.check()  # every line is good before hours of encoding begin
    encoder = load_for_index(writer.index, model)
    with console.progress(f"encoding with {encoder.name}", total) as progress:
        added = add_documents(writer, corpus, encoder, progress=progress)
    options.tell_cut(encoder, total, "an index that `lsr index --windows` makes reads them whole")
    return added


def _add_vectors(writer: IndexWriter, path: Path) -> int:
    from lsr.vector_files import add_vectors

    return add_vectors(path, writer, bars=console.progress)
