"""`lsr index`: build an index from a corpus or from vectors."""

import shlex
import time
from pathlib import Path
from typing import Annotated

import typer

from lsr import console
from lsr.commands import options
from lsr_index.index import SparseIndex
from lsr_index.manifest import Exact
from lsr_index.segment_builder import ORDER_FROM


def run(
    corpus: Annotated[
        str | None,
        typer.Argument(
            help="A BEIR folder, a JSON-lines file, - (standard input), python-stdlib, apt, or an ir_datasets id."
        ),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the index will stand.")] = Path("index"),
    model: options.Model = None,
    inference_free: options.InferenceFree = False,
    vectors: Annotated[
        Path | None,
        typer.Option(help="Index these vectors instead: Parquet, CIFF, .npz, or Anserini JSON lines (file or folder)."),
    ] = None,
    vocabulary: Annotated[
        Path | None, typer.Option(help="Terms of the vectors: one a line, or a tokenizer.json.")
    ] = None,
    max_length: options.MaxLength = None,
    windows: options.Windows = False,
    stride: options.Stride = None,
    top_k: options.TopK = None,
    corpus_idf: options.CorpusIdf = None,
    query_tf: options.QueryTf = None,
    dtype: options.Dtype = "auto",
    order: Annotated[
        bool | None,
        typer.Option(
            "--order/--no-order",
            help="Put similar documents beside each other: takes time now, makes searches faster.",
            show_default=f"from {ORDER_FROM} documents on",
        ),
    ] = None,
    exact: Annotated[
        Exact,
        typer.Option(help="Keep weights beside their 8-bit impacts with so many bits, for `lsr search --rescore`."),
    ] = None,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
) -> None:
    """Build an index from a corpus or from vectors.

    With a corpus, --model makes the vectors (lsr-mini by default). The index appears at -o when it is complete.
    """
    started = time.perf_counter()
    if (corpus is None) == (vectors is None):
        raise typer.BadParameter("name a corpus to index, or vectors with --vectors, and not both")
    settings = options.reading(
        max_length=max_length,
        windows=windows,
        stride=stride,
        top_k=top_k,
        corpus_idf=corpus_idf,
        query_tf=query_tf,
        dtype=dtype,
    )
    if vectors is not None and (model or inference_free or any(value is not None for value in settings.values())):
        raise typer.BadParameter("--vectors are indexed as they are; model, lengths and the like belong to a corpus")
    if vectors is None and vocabulary is not None:
        raise typer.BadParameter("--vocabulary names the terms of --vectors; a model has its own")
    if vectors is not None:
        from lsr.vector_files import index_vectors

        index = index_vectors(
            vectors,
            output,
            vocabulary_file=vocabulary,
            overwrite=overwrite,
            order=order,
            exact=exact,
            bars=console.progress,
        )
    else:
        made_by = (model or options.DEFAULT_MODEL, inference_free, settings)
        index = _from_corpus(str(corpus), output, made_by, order, exact, overwrite)
    _report(index, output, time.perf_counter() - started, as_json)


def _from_corpus(
    name: str,
    output: Path,
    made_by: tuple[str, bool, dict[str, int | float | str | None]],
    order: bool | None,
    exact: Exact,
    overwrite: bool,
) -> SparseIndex:
    from lsr.corpus.loading import load
    from lsr.encoders.base import SparseEncoder
    from lsr.indexing import build_index

    model, inference_free, settings = made_by
    corpus = load(name)
    total = corpus.check()  # every line is good before hours of encoding begin
    encoder = SparseEncoder.from_pretrained(model, inference_free=inference_free, **settings)
    with console.progress(f"encoding with {model}", total) as progress:
        index = build_index(
            corpus,
            encoder,
            output,
            overwrite=overwrite,
            order=order,
            exact=exact,
            progress=progress,
            bars=console.progress,
        )
    options.tell_cut(encoder, total)
    return index


def _report(index: SparseIndex, output: Path, seconds: float, as_json: bool) -> None:
    manifest = index.manifest
    if as_json:
        console.out_json(
            {
                "index": str(output),
                "documents": manifest.documents,
                "postings": manifest.postings,
                "bytes": index.bytes,
                "seconds": round(seconds, 3),
                "documents_per_second": round(manifest.documents / seconds, 1),
            }
        )
        return
    console.out(
        f"{output}: {manifest.documents} documents, {manifest.postings} postings, "
        f"{options.human_bytes(index.bytes)}, {seconds:.1f} s ({manifest.documents / seconds:.0f} documents/s)"
    )
    if manifest.encoder:
        console.note(f'try: lsr search -i {shlex.quote(str(output))} "your question"')
