"""Options and reports that several verbs share, so that they read the same everywhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lsr import console
from lsr.encoders import DEFAULT_MODEL as DEFAULT_MODEL

if TYPE_CHECKING:
    from lsr.encoders.base import SparseEncoder
    from lsr_index.writer import IndexWriter

Model = Annotated[
    str | None,
    typer.Option("--model", "-m", help="lsr-mini, splade-tiny, bm25, a folder or a hub id.", show_default=False),
]
InferenceFree = Annotated[
    bool, typer.Option("--inference-free", help="Queries become IDF-weighted bags of their own tokens: no network.")
]
MaxLength = Annotated[
    int | None, typer.Option(min=3, help="Tokens of a text that are read.", show_default="the model's, else 256")
]
Windows = Annotated[bool, typer.Option("--windows", help="Read longer documents whole, in windows that overlap.")]
Stride = Annotated[
    int | None, typer.Option(min=0, help="With --windows: tokens that they overlap by.", show_default="an eighth")
]
TopK = Annotated[int | None, typer.Option(min=1, help="Keep the heaviest terms of each text.", show_default="all")]
CorpusIdf = Annotated[
    float | None,
    typer.Option(
        min=0, max=1, help="Share of this corpus's own idf in tabled query weights.", show_default="the model's"
    ),
]
QueryTf = Annotated[
    bool | None,
    typer.Option(
        "--query-tf/--no-query-tf",
        help="Let tabled weights count 1 + ln(tf) times for a token that a query repeats.",
        show_default="the model's",
    ),
]
Dtype = Annotated[str, typer.Option(help="auto, float32 or bfloat16.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what stands there.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
DiscardPending = Annotated[
    bool, typer.Option("--discard-pending", help="Give up what an interrupted run logged and did not commit.")
]
IndexPath = Annotated[Path, typer.Option("--index", "-i", help="The index.", show_default=False)]


def reading(
    *,
    max_length: int | None,
    windows: bool = False,
    stride: int | None = None,
    top_k: int | None = None,
    corpus_idf: float | None = None,
    query_tf: bool | None = None,
    dtype: str = "auto",
) -> dict[str, int | float | str | None]:
    """Return options of `SparseEncoder.from_pretrained` for what the command line asks for; None for the default.

    Raises:
        typer.BadParameter: if there is a stride without windows.
    """
    if stride is not None and not windows:
        raise typer.BadParameter("--stride is for windows; add --windows")
    return {
        "max_length": max_length,
        "long": "windows" if windows else None,
        "stride": stride,
        "top_k": top_k,
        "corpus_idf": corpus_idf,
        "query_tf": query_tf,
        "dtype": None if dtype == "auto" else dtype,
    }


def tell_cut(encoder: "SparseEncoder", total: int, remedy: str = "--windows reads them whole") -> None:
    """Say of how many of `total` documents only the beginning was read, if of any."""
    if encoder.cut:
        length = encoder.record()["settings"]["max_length"]
        what = "document is" if total == 1 else "documents are"
        verb = "was" if encoder.cut == 1 else "were"
        console.note(f"{encoder.cut:,} of {total:,} {what} longer than {length} tokens and {verb} cut; {remedy}")


def tell_queries_cut(encoder: "SparseEncoder", total: int) -> None:
    """Say of how many of `total` queries only the beginning was read, if of any."""
    if cut := encoder.queries_cut:
        what, verb = ("query is", "was") if total == 1 else ("queries are", "was" if cut == 1 else "were")
        console.note(f"{cut:,} of {total:,} {what} longer than the model reads and {verb} cut")


@contextmanager
def open_writer(path: Path, discard_pending: bool) -> "Iterator[IndexWriter]":
    """Open an index for changes, with a note where there are some of an interrupted run."""
    from lsr_index.writer import IndexWriter

    with IndexWriter(path, discard_pending=discard_pending) as writer:
        if writer.pending:
            console.note(f"{writer.pending} changes of an interrupted run are pending")
        yield writer


def report_change(path: Path, writer: "IndexWriter", counts: dict[str, int], seconds: float, as_json: bool) -> None:
    """Say what a command has done to an index."""
    index = writer.index
    facts = {**counts, "documents": len(index), "generation": index.manifest.generation, "pending": writer.pending}
    if as_json:
        console.out_json({"index": str(path), **facts, "seconds": round(seconds, 3)})
        return
    told = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in facts.items())
    console.out(f"{path}: {told}, {seconds:.1f} s")


def human_bytes(size: float) -> str:
    """Return a size as people read it: 12.3 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
