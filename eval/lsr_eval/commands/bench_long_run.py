"""`lsr bench long-run`: throughput and memory of an encoder over a whole corpus."""

from typing import Annotated

import typer

from lsr import console
from lsr.commands import options
from lsr_eval import encoding

SAMPLES = 10


def run(
    corpus: Annotated[str, typer.Argument(help="A corpus as in `lsr index`.")] = "python-stdlib",
    model: options.Model = None,
    inference_free: options.InferenceFree = False,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Stop after this many documents.", show_default="all")
    ] = None,
    max_length: options.MaxLength = None,
    dtype: options.Dtype = "auto",
    as_json: options.Json = False,
) -> None:
    """Encode a whole corpus and watch throughput and memory as the run goes on."""
    from lsr.corpus.loading import load
    from lsr.encoders.base import SparseEncoder

    source = load(corpus)
    total = source.check()
    settings = options.reading(max_length=max_length, dtype=dtype)
    encoder = SparseEncoder.from_pretrained(model or options.DEFAULT_MODEL, inference_free=inference_free, **settings)
    encoder.fit(source.texts())
    with console.progress(f"encoding with {encoder.name}", min(total, limit or total)) as progress:
        report = encoding.measure(encoder, source.texts(), limit=limit, progress=progress)
    if as_json:
        console.out_json({"corpus": corpus, **report.to_dict()})
        return
    console.out(
        f"{report.model} over {corpus}: {report.documents} documents in {report.seconds:.1f} s, "
        f"{report.documents_per_second:.0f} documents/s, "
        f"{report.nonzeros / max(1, report.documents):.1f} non-zeros each, "
        f"peak memory {options.human_bytes(report.peak)}"
    )
    console.out("resident memory as the run went on:")
    step = max(1, len(report.resident) // SAMPLES)
    for documents, size in report.resident[::step]:
        console.out(f"{documents:>9} documents  {options.human_bytes(size):>9}")
