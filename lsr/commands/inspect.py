"""`lsr inspect`: what an index, a model folder or a vectors file holds."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from lsr import console
from lsr.commands import options
from lsr_index.errors import InputError
from lsr_index.index import SparseIndex
from lsr_index.manifest import FILE as MANIFEST
from lsr_index.manifest import Manifest

VECTORS = (".parquet", ".ciff", ".ciff.gz", ".npz", ".json", ".json.gz", ".jsonl", ".jsonl.gz")


def run(
    path: Annotated[str, typer.Argument(help="An index, a model (folder or name), or a vectors file.")],
    verify: Annotated[
        bool, typer.Option("--verify", help="Check every byte of an index against its checksums.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Show what an index, a model or a vectors file holds."""
    place = Path(path)
    if (place / MANIFEST).is_file():
        facts = _index(place, verify)
    elif place.is_file() and not place.name.endswith(VECTORS):
        raise InputError(f"{path} is neither an index, a model folder nor a file of vectors ({', '.join(VECTORS)})")
    elif place.is_file():
        facts = _vectors(place)
    else:
        facts = _model(path)
    if as_json:
        console.out_json(facts)
        return
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        console.out(f"{name:<{width}}  {_plain(value)}")


def _index(path: Path, verify: bool) -> dict[str, Any]:
    index = SparseIndex.open(path, verify=verify)
    manifest = index.manifest
    parts = [segment.stored.frequencies() for segment in index.segments]
    frequencies = np.sum([np.zeros(manifest.vocabulary_size, np.int64), *parts], axis=0)
    scales = [segment.scales[used > 0] for segment, used in zip(index.segments, parts, strict=True)]
    forms = Counter[str]()
    for segment in index.segments:
        forms.update(segment.postings.form_counts())
    top = np.argsort(-frequencies, kind="stable")[:10]
    terms = index.vocabulary.terms
    return {
        "kind": "index",
        "documents": manifest.documents,
        "deleted documents": sum(segment.deleted for segment in manifest.segments),
        "segments": len(manifest.segments),
        "generation": manifest.generation,
        "postings": manifest.postings,
        "postings per document": round(manifest.postings / max(1, index.segments.documents), 2),
        "bytes": index.bytes,
        "bytes per posting": round(index.bytes / max(1, manifest.postings), 2),
        "rows by form": dict(forms),
        "exact weights": f"{manifest.exact} bits" if manifest.exact else "none (lsr index --exact)",
        "impact scales": _scales(np.concatenate([np.empty(0, np.float32), *scales])),
        "vocabulary": f"{manifest.vocabulary_size} terms, fingerprint {manifest.vocabulary_fingerprint[:16]}",
        "terms in use": int((frequencies > 0).sum()),
        "most frequent terms": {terms[term]: int(frequencies[term]) for term in top if frequencies[term]},
        "encoder": manifest.encoder,
        "tuned": _tuned(manifest),
        "created": manifest.created,
        "verified": "every byte" if verify else "sizes and postings (--verify checks ids and stored documents too)",
    }


def _tuned(manifest: Manifest) -> dict[str, Any] | str:
    if manifest.tuned is None:
        return "no (lsr index tune)"
    changed = manifest.tuned["generation"] != manifest.generation
    return {**manifest.tuned, "index changed since": "yes" if changed else "no"}


def _scales(scales: np.ndarray) -> str:
    return f"{scales.min(initial=1):.4g} … {scales.max(initial=0):.4g}, one a term"


def _vectors(path: Path) -> dict[str, Any]:
    from lsr_index.exchange.sources import open_vectors

    source = open_vectors(path, bars=console.progress)
    ids = nonzeros = 0
    largest = 0.0
    used = np.zeros(len(source.vocabulary), dtype=bool)
    with console.progress(f"looking at {path.name}", source.count) as progress:
        for some, rows, _ in source.batches():
            ids += len(some)
            nonzeros += rows.nnz
            largest = max(largest, float(rows.data.max(initial=0)))
            used[rows.indices] = True
            progress(len(some))
    size, fingerprint = len(source.vocabulary), source.vocabulary.fingerprint[:16]
    return {
        "kind": "vectors",
        "vectors": ids,
        "non-zeros": nonzeros,
        "non-zeros per vector": round(nonzeros / max(1, ids), 2),
        "largest weight": largest,
        "vocabulary": f"{size} terms, fingerprint {fingerprint}" if source.named else "not stored",
        "terms in use": int(used.sum()),
        "encoder": source.encoder,
        **({"description": source.description} if source.description else {}),
    }


def _model(name: str) -> dict[str, Any]:
    from lsr.encoders.base import SparseEncoder

    encoder = SparseEncoder.from_pretrained(name)
    vocabulary = "learned from the corpus" if name == "bm25" else f"{len(encoder.vocabulary)} terms"
    return {"kind": "model", **encoder.record(), "encoder": encoder.kind, "vocabulary": vocabulary}


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_plain(inner)}" for key, inner in value.items())
    return f"{value:,}".replace(",", " ") if isinstance(value, int) else str(value)
