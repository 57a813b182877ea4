"""`lsr inspect`: what an index, a model folder or a vectors file holds."""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from lsr import console
from lsr.commands import options
from lsr_index.errors import InputError
from lsr_index.index import SparseIndex
from lsr_index.manifest import FILE as MANIFEST


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
    elif place.suffix == ".parquet":
        facts = _vectors(place)
    elif place.is_file() and ".json" in place.name:
        facts = _json_vectors(place)
    elif place.is_file():
        raise InputError(f"{path} is neither an index, a model folder nor a file of vectors (.parquet, .jsonl)")
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
    frequencies = index.postings.frequencies()
    top = np.argsort(-frequencies, kind="stable")[:10]
    terms = index.vocabulary.terms
    return {
        "kind": "index",
        "documents": manifest.documents,
        "postings": manifest.postings,
        "postings per document": round(manifest.postings / manifest.documents, 2),
        "bytes": index.bytes,
        "bytes per posting": round(index.bytes / max(1, manifest.postings), 2),
        "rows by form": index.postings.form_counts(),
        "impact scales": _scales(index.postings.scales[frequencies > 0]),
        "vocabulary": f"{manifest.vocabulary_size} terms, fingerprint {manifest.vocabulary_fingerprint[:16]}",
        "terms in use": int((frequencies > 0).sum()),
        "most frequent terms": {terms[term]: int(frequencies[term]) for term in top if frequencies[term]},
        "encoder": manifest.encoder,
        "created": manifest.created,
        "verified": "every byte" if verify else "sizes and arrays (--verify checks stored documents too)",
    }


def _scales(scales: np.ndarray) -> str:
    return f"{scales.min(initial=1):.4g} … {scales.max(initial=0):.4g}, one a term"


def _vectors(path: Path) -> dict[str, Any]:
    from lsr_index.exchange import parquet

    ids = nonzeros = 0
    largest = 0.0
    for some, rows in parquet.batches(path):
        ids += len(some)
        nonzeros += rows.nnz
        largest = max(largest, float(rows.data.max(initial=0)))
    vocabulary = parquet.vocabulary(path)
    named = f"{len(vocabulary)} terms, fingerprint {vocabulary.fingerprint[:16]}" if vocabulary else "not stored"
    return {**_vector_facts(ids, nonzeros, largest, named), "encoder": parquet.encoder_record(path)}


def _json_vectors(path: Path) -> dict[str, Any]:
    from lsr_index.exchange import json_vectors

    documents = nonzeros = 0
    largest = 0.0
    terms: set[str] = set()
    for document in json_vectors.read(path):
        documents += 1
        nonzeros += len(document.vector)
        largest = max(largest, *document.vector.values(), 0.0)
        terms.update(document.vector)
    return _vector_facts(documents, nonzeros, largest, f"{len(terms)} terms occur")


def _vector_facts(vectors: int, nonzeros: int, largest: float, vocabulary: str) -> dict[str, Any]:
    return {
        "kind": "vectors",
        "vectors": vectors,
        "non-zeros": nonzeros,
        "non-zeros per vector": round(nonzeros / max(1, vectors), 2),
        "largest weight": largest,
        "vocabulary": vocabulary,
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
