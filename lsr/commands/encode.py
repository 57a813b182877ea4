"""`lsr encode`: turn a corpus or queries into sparse vectors on disk."""

import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from scipy.sparse import csr_array

from lsr import console
from lsr.commands import options
from lsr.encoders.base import SparseEncoder
from lsr_index.errors import IndexExistsError, InputError

Write = Callable[[list[str], csr_array, list[str]], None]
TOKENS = {".tsv": "\t", ".pisa": ":"}
"""Suffixes of files of repeated terms, and what stands behind the id there."""


def run(
    source: Annotated[
        str, typer.Argument(help="A corpus as in `lsr index`; with --queries JSON lines or id<TAB>text.")
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help=".parquet, .jsonl (Anserini vectors), .tsv or .pisa (queries as repeated terms), or - for JSON lines.",
        ),
    ],
    model: options.Model = None,
    inference_free: options.InferenceFree = False,
    index: Annotated[Path | None, typer.Option("--index", "-i", help="Use the encoder of this index.")] = None,
    queries: Annotated[bool, typer.Option("--queries", help="Encode as queries.")] = False,
    factor: Annotated[
        float,
        typer.Option(min=0.001, help="But for .parquet, a weight becomes round(weight × factor)."),
    ] = 100.0,
    max_length: options.MaxLength = None,
    windows: options.Windows = False,
    stride: options.Stride = None,
    top_k: options.TopK = None,
    dtype: options.Dtype = "auto",
    overwrite: options.Overwrite = False,
) -> None:
    """Turn a corpus or queries into sparse vectors."""
    if output.suffix not in (".parquet", ".jsonl", *TOKENS) and str(output) != "-":
        raise typer.BadParameter(f"{output}: expected a name ending in .parquet, .jsonl, .tsv or .pisa, or -")
    if output.suffix in TOKENS and not queries:
        raise typer.BadParameter(
            f"repeated terms ({output.suffix}) are a format for queries; add --queries or write .parquet or .jsonl"
        )
    if index is not None and inference_free:
        raise typer.BadParameter("--index brings its own encoder; leave --inference-free out")
    if output.is_dir():
        raise InputError(f"{output} is a folder; name a file")
    if output.exists() and not overwrite and str(output) != "-":
        raise IndexExistsError(f"{output} exists; choose another name or add --overwrite")
    texts, total = _texts(source, queries)
    settings = options.reading(max_length=max_length, windows=windows, stride=stride, top_k=top_k, dtype=dtype)
    encoder = _encoder(index, model, inference_free, settings, source, queries)
    encode = encoder.encode_queries if queries else encoder.encode_documents
    with ExitStack() as stack:
        write = _writer(output, encoder, factor, stack)
        progress = stack.enter_context(console.progress(f"encoding with {encoder.name}", total))
        for ids, batch in _batches(texts):
            write(ids, encode(batch, progress=progress), batch)
    console.note(f"{output}: {total} vectors")
    if queries:
        options.tell_queries_cut(encoder, total)
        return
    options.tell_cut(encoder, total)


def _texts(source: str, queries: bool) -> tuple[Iterable[tuple[str, str]], int]:
    if queries:
        from lsr.corpus.queries import read

        found = read(Path(source))
        return found.items(), len(found)
    from lsr.corpus.loading import load

    corpus = load(source)
    return ((document.id, document.contents) for document in corpus), corpus.check()


def _encoder(
    index: Path | None,
    model: str | None,
    inference_free: bool,
    settings: dict[str, int | float | str | None],
    source: str,
    queries: bool,
) -> SparseEncoder:
    if index is not None:
        from lsr.encoders.loading import load_for_index
        from lsr_index.index import SparseIndex

        return load_for_index(SparseIndex.open(index), model, **settings)
    encoder = SparseEncoder.from_pretrained(model or options.DEFAULT_MODEL, inference_free=inference_free, **settings)
    if queries and encoder.heeds_corpus and not encoder.needs_corpus:
        console.note(f"queries of {encoder.name} weigh more in an index, by what its corpus has: --index names one")
    if encoder.needs_corpus:
        if queries:
            raise InputError(f"queries of {encoder.name} need a corpus's statistics; name an index of it with --index")
        from lsr.corpus.loading import load

        encoder.fit(load(source).texts())
    return encoder


def _batches(texts: Iterable[tuple[str, str]]) -> Iterable[tuple[list[str], list[str]]]:
    from lsr.encoders.base import batched

    for batch in batched(texts, 2048):
        yield [text_id for text_id, _ in batch], [text for _, text in batch]


def _writer(output: Path, encoder: SparseEncoder, factor: float, stack: ExitStack) -> Write:
    from lsr_index.exchange import json_vectors, parquet, token_queries
    from lsr_index.exchange.atomic import complete

    if output.suffix == ".parquet":
        writer = stack.enter_context(parquet.VectorWriter(output, encoder.vocabulary, encoder.record()))
        return lambda ids, rows, _: writer.add(ids, rows)
    if str(output) == "-":
        file = sys.stdout
    else:
        unfinished = stack.enter_context(complete(output))
        file = stack.enter_context(unfinished.open("w", encoding="utf-8", errors="replace"))

    def write(ids: list[str], rows: csr_array, texts: list[str]) -> None:
        for number, (text_id, text) in enumerate(zip(ids, texts, strict=True)):
            weights = encoder.decode(rows[[number]])
            if output.suffix in TOKENS:
                file.write(token_queries.line(text_id, weights, factor, TOKENS[output.suffix]))
            else:
                file.write(json_vectors.line(text_id, weights, text, factor))

    return write
