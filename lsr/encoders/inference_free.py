"""Inference-free: documents go through the model, queries are weighted bags of their own tokens.

A query's weight of token t is a table look-up, relu(idf(t)) by default, whether it occurs once or often (Geng et al.,
arXiv:2411.04403, §3). Answering a query needs a tokenizer and the table: no torch, no network.

Once it has seen a corpus, an encoder may weigh as an engine of words does: with the corpus's own idf (`corpus_idf`) and
with 1 + ln(tf) for a token that the query has tf times (`query_tf`; the logarithmic tf of SMART, Salton and Buckley,
1988). Before that the vectors are those that sentence-transformers makes of the same folder.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr.encoders.base import Progress, SparseEncoder, batched
from lsr.encoders.idf import count_documents, idf
from lsr.encoders.tokenization import TextTokenizer
from lsr_index.errors import ModelError
from lsr_index.vectors import from_rows
from lsr_index.vocabulary import Vocabulary

TOKENIZER_FILE, WEIGHTS_FILE, SETTINGS_FILE = "tokenizer.json", "query_weights.npy", "encoder.json"


class InferenceFreeEncoder(SparseEncoder):
    """A document encoder beside a table of query weights.

    Args:
        name: The model as the user named it.
        tokenizer: Makes the queries' tokens.
        vocabulary: The terms of both sides.
        documents: Makes the document encoder when documents are to be encoded.
        weights: float32[V] query weight of each token; None until `fit` has seen the corpus.
        revision: Fingerprint of the model's files.
        settings: What the document side was set to, for the record.
        prompt: Text put before queries.
        corpus_idf: Share of the corpus's own idf in the weights, once `fit` has seen it: what is common in this corpus
            says less here than it does elsewhere.
        query_tf: Let weights count 1 + ln(tf) times, once `fit` has been called.
        fitted: Whether `weights` are of a corpus already.
    """

    kind = "inference-free"

    def __init__(
        self,
        name: str,
        tokenizer: TextTokenizer,
        vocabulary: Vocabulary,
        documents: Callable[[], SparseEncoder],
        weights: NDArray[np.float32] | None,
        *,
        revision: str,
        settings: dict[str, Any],
        prompt: str = "",
        corpus_idf: float = 0.0,
        query_tf: bool = False,
        fitted: bool = False,
    ) -> None:
        self.name = name
        self.revision = revision
        self.weights = weights
        self.needs_corpus = weights is None  # type: ignore[misc]
        self.heeds_corpus = weights is None or corpus_idf > 0 or query_tf  # type: ignore[misc]
        self._own_weights, self._corpus_idf, self._query_tf, self._fitted = weights, corpus_idf, query_tf, fitted
        self._tokenizer = tokenizer
        self._vocabulary = vocabulary
        self._make_documents = documents
        self._documents: SparseEncoder | None = None
        self._settings = settings
        self._prompt = prompt

    @property
    def vocabulary(self) -> Vocabulary:
        """The model's tokens."""
        return self._vocabulary

    def fit(self, texts: Iterable[str]) -> None:
        """Take the query weights, or a share of them, from the corpus: idf of each token over what is read of it.

        idf is put to the scale of the model's own weights: equal means over the tokens that occur.
        """
        if self._own_weights is not None and not self._corpus_idf:
            self._fitted = True
            return
        frequencies = np.zeros(len(self.vocabulary), dtype=np.int64)
        tokenizer = self._tokenizer.with_length(self._settings["max_length"])
        whole = self._settings.get("long") == "windows"
        documents = sum(
            count_documents(tokenizer.content(batch, whole=whole), frequencies) for batch in batched(texts, 1024)
        )
        weights = idf(frequencies, documents)
        if (unknown := self._tokenizer.unknown_id) is not None:
            weights[self._tokenizer.terms_of([unknown])] = 0  # characters that no token covers say nothing
        if self._own_weights is not None:
            occurs = frequencies > 0
            own, share = self._own_weights, self._corpus_idf
            scale = own[occurs].mean() / max(weights[occurs].mean(), 1e-9) if occurs.any() else 1.0
            # What the model gives no weight at all, special tokens above all, keeps none.
            weights = np.where(own > 0, (1 - share) * own + share * scale * weights, 0).astype(np.float32)
        self.weights, self._fitted = weights, True

    def encode_documents(self, texts: Sequence[str], *, progress: Progress | None = None) -> csr_array:
        """Encode documents with the model."""
        if self._documents is None:
            self._documents = self._make_documents()
        return self._documents.encode_documents(texts, progress=progress)

    def encode_queries(self, texts: Sequence[str], *, progress: Progress | None = None) -> csr_array:
        """Look the weights of the queries' tokens up."""
        if self.weights is None:
            raise ModelError(f"{self.name} needs query weights: fit it on the corpus before encoding queries")
        rows = []
        for tokens in self._tokenizer.content([self._prompt + text if text.strip() else "" for text in texts]):
            ids, tf = np.unique(np.array(tokens, dtype=np.int32), return_counts=True)
            weights = self.weights[ids]
            if self._query_tf and self._fitted:
                weights = weights * (1 + np.log(tf, dtype=np.float32))
            rows.append((ids[weights > 0], weights[weights > 0]))
        if progress:
            progress(len(texts))
        return from_rows(rows, len(self.vocabulary))

    def terms_of_words(self, words: Sequence[str]) -> list[list[int]]:
        """Return the ids of each word's tokens."""
        return self._tokenizer.content(words)

    @property
    def cut(self) -> int:
        """Documents so far of which only the beginning was read."""
        return self._documents.cut if self._documents else 0

    def record(self) -> dict[str, Any]:
        """Describe this encoder for the manifest."""
        return {"kind": self.kind, "model": self.name, "revision": self.revision, "settings": self._settings}

    def save_query_side(self, folder: Path) -> None:
        """Write the tokenizer and the weights."""
        if self.weights is None:
            raise ModelError(f"{self.name} has no query weights to save: fit it on the corpus first")
        folder.mkdir(parents=True, exist_ok=True)
        self._tokenizer.save(folder / TOKENIZER_FILE)
        np.save(folder / WEIGHTS_FILE, self.weights)
        settings = {
            "max_length": self._tokenizer.max_length,
            "prompt": self._prompt,
            "fold": self._tokenizer.folding is not None,
            "query_tf": self._query_tf and self._fitted,  # a corpus that is read once only is not weighed
        }
        (folder / SETTINGS_FILE).write_text(json.dumps(settings))


def load_query_side(
    folder: Path, record: dict[str, Any], vocabulary: Vocabulary, documents: Callable[[], SparseEncoder]
) -> InferenceFreeEncoder:
    """Load what `save_query_side` wrote; `documents` makes the document side if it is ever needed."""
    settings = json.loads((folder / SETTINGS_FILE).read_text())
    return InferenceFreeEncoder(
        record["model"],
        TextTokenizer.from_folder(folder, settings["max_length"], fold=settings.get("fold", False)),
        vocabulary,
        documents,
        np.load(folder / WEIGHTS_FILE),
        revision=record["revision"],
        settings=record["settings"],
        prompt=settings.get("prompt", ""),
        query_tf=settings.get("query_tf", False),
        fitted=True,
    )
