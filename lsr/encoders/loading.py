"""From a model's name to an encoder, and from an index to the encoder that made it."""

from typing import Any

from lsr.encoders import assembly, bm25, formats, inference_free, layouts
from lsr.encoders.base import SparseEncoder
from lsr.encoders.finding import canonical, find, fingerprint
from lsr_index.errors import InputError, ModelError
from lsr_index.index import SparseIndex

QUERY_SIDE = "encoder"
"""The folder inside an index that holds what `save_query_side` wrote."""
BM25_OPTIONS = {"k1", "b", "language"}


def load(name: str, *, inference_free: bool = False, **options: Any) -> SparseEncoder:
    """Load an encoder; see `SparseEncoder.from_pretrained`."""
    name = canonical(name)
    given = {key: value for key, value in options.items() if value is not None}
    if name == "bm25":
        if inference_free:
            raise InputError("bm25 has no network to free its queries of; leave --inference-free out")
        _check_options(name, given, BM25_OPTIONS)
        return bm25.BM25Encoder(**given)
    _check_options(name, given, assembly.OPTIONS)
    folder = find(name)
    layout = formats.read(folder)
    free = inference_free or isinstance(layout.query, layouts.TableFiles)
    for option in ("corpus_idf", "query_tf"):
        if not free and option in given:
            raise InputError(f"the queries of {name} go through a network; {option} is for queries weighted by a table")
    make = assembly.inference_free if free else assembly.splade
    return make(name, layout, fingerprint(folder), given)


def load_for_index(index: SparseIndex, model: str | None = None, **options: Any) -> SparseEncoder:
    """Load the encoder that made an index, or `model` in its place, and check that they fit.

    Raises:
        ModelError: if the index was made from vectors and no model is named, or the model's files have changed.
        VocabularyMismatchError: if `model` has another vocabulary.
    """
    record = index.manifest.encoder
    model = canonical(model) if model else None
    if model is None and record is None:
        raise ModelError(f"{index.path} was made from vectors, no model is recorded; name one, or search with vectors")
    if record is None or (model is not None and model != record["model"]):
        encoder = load(str(model), **options)
        if encoder.needs_corpus:
            raise ModelError(f"{model} cannot search {index.path}: it needs the corpus that the index was made from")
        index.check_vocabulary(encoder.vocabulary, str(model))
        return encoder
    index.check_current()  # the query side is read by path
    settings = {**record["settings"], **{key: value for key, value in options.items() if value is not None}}
    if record["kind"] == "bm25":
        return bm25.load_query_side(index.path / QUERY_SIDE, index.vocabulary)
    if record["kind"] == "inference-free":
        return inference_free.load_query_side(
            index.path / QUERY_SIDE, record, index.vocabulary, lambda: _recorded(record, settings)
        )
    if record["kind"] != "splade":
        raise ModelError(f"{index.path} was made by a {record['kind']!r} encoder, which this lsr does not know")
    encoder = _recorded(record, settings)
    index.check_vocabulary(encoder.vocabulary, str(record["model"]))
    return encoder


def _recorded(record: dict[str, Any], settings: dict[str, Any]) -> SparseEncoder:
    folder = find(record["model"])
    revision = fingerprint(folder)
    if revision != record["revision"]:
        raise ModelError(
            f"the files of {record['model']} have changed since the index was made; encode the corpus again, or "
            "restore the model"
        )
    return assembly.splade(record["model"], formats.read(folder), revision, settings)


def _check_options(name: str, options: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(set(options) - known)
    if unknown:
        raise InputError(f"{name} takes no option {unknown[0]!r}; it takes {', '.join(sorted(known))}")
