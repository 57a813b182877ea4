"""Options that several verbs share, so that they read the same everywhere."""

from pathlib import Path
from typing import Annotated

import typer

Model = Annotated[
    str | None,
    typer.Option("--model", "-m", help="splade-tiny, bm25, a folder or a hub id.", show_default=False),
]
InferenceFree = Annotated[
    bool, typer.Option("--inference-free", help="Queries become IDF-weighted bags of their own tokens: no network.")
]
MaxLength = Annotated[int | None, typer.Option(min=3, help="Tokens of a text that are read.", show_default="256")]
TopK = Annotated[int | None, typer.Option(min=1, help="Keep the heaviest terms of each text.", show_default="all")]
Dtype = Annotated[str, typer.Option(help="auto, float32 or bfloat16.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what stands there.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
IndexPath = Annotated[Path, typer.Option("--index", "-i", help="The index.", show_default=False)]

DEFAULT_MODEL = "splade-tiny"


def human_bytes(size: float) -> str:
    """Return a size as people read it: 12.3 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
