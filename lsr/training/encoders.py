"""Both sides of a model in training behind one interface: texts in, weights and the way back out."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from lsr.encoders import formats
from lsr.encoders.capabilities import readable_length
from lsr.encoders.finding import find
from lsr.encoders.layouts import TableFiles
from lsr.encoders.reading import Reading
from lsr.encoders.tokenization import TextTokenizer
from lsr.training import backbones, folders
from lsr.training.backbones import Backbone
from lsr.training.data.examples import Source
from lsr.training.forward import Forward, Pending
from lsr.training.model import Model, SparseModel
from lsr.training.optimizer import Part
from lsr.training.recipe import Recipe
from lsr.training.scalar_model import ScalarModel
from lsr.training.sides import ProjectionSide, TableSide
from lsr.training.tables import TableForward, corpus_idf
from lsr_index.errors import ModelError

IDF_DOCUMENTS = 200_000
"""Documents that idf is counted on: more do not move it."""


class Encoders(nn.Module):
    """The document side and the query side, whose parameters are the model's.

    Args:
        recipe: What to build.
        sources: Their documents give idf.
        device: Where it computes.
        precision: float32, or bfloat16 for autocast.
    """

    def __init__(self, recipe: Recipe, sources: Sequence[Source], device: torch.device, precision: torch.dtype) -> None:
        super().__init__()
        self.recipe = recipe
        self.reading = Reading(recipe.model.attention, recipe.model.echo)
        self.backbone = self._load(recipe.model.backbone)
        self.document_tokenizer = self._tokenizer(recipe.model.max_length.document)
        self.query_tokenizer = self._tokenizer(recipe.model.max_length.query)
        self.documents = self._network(self.backbone)
        self.table: TableSide | ProjectionSide | None = None
        self.queries: Model | None = None
        self.query_backbone: Backbone | None = None
        kind = recipe.query.kind
        if kind == "separate":
            other = self._load(recipe.query.backbone or recipe.model.backbone)
            if other.tokenizer.get_vocab() != self.backbone.tokenizer.get_vocab():
                raise ModelError(f"{recipe.query.backbone} and {recipe.model.backbone} have different vocabularies")
            self.queries, self.query_backbone = self._network(other), other
        elif kind != "same":
            self.table = self._table(sources)
        self.to(device)
        budget, cached = recipe.training.tokens_per_forward, recipe.training.cached_gradients
        pad = self.document_tokenizer.pad_id
        self._forward = Forward(self.documents, pad, budget, precision, cached=cached)
        self._query_forward = (
            Forward(self.queries, pad, budget, precision, cached=cached) if self.queries else self._forward
        )

    @property
    def size(self) -> int:
        """Terms of the vocabulary, V."""
        return self.documents.size

    def groups(self) -> dict[Part, list[nn.Parameter]]:
        """Return all parameters by what they are: the network, a head that started at random, the query table."""
        table = list(self.table.parameters()) if self.table is not None else []
        backbones = [self.backbone] if self.query_backbone is None else [self.backbone, self.query_backbone]
        trained = {
            id(parameter)
            for backbone in backbones
            for name, parameter in backbone.model.named_parameters()
            if name not in backbone.fresh
        }
        others = trained | {id(parameter) for parameter in table}
        everything = list(self.parameters())
        return {
            "network": [parameter for parameter in everything if id(parameter) in trained],
            "head": [parameter for parameter in everything if id(parameter) not in others],
            "table": table,
        }

    def encode_documents(self, texts: Sequence[str]) -> Pending:
        """Encode documents."""
        return self._forward(_sequences(self.document_tokenizer, texts))

    def encode_logits(self, texts: Sequence[str]) -> Pending:
        """Give the largest logit of every term in each document instead of weights."""
        return self._forward.logits(_sequences(self.document_tokenizer, texts))

    def encode_queries(self, texts: Sequence[str]) -> Pending:
        """Encode queries."""
        if self.table is not None:
            return TableForward(self.table)(self.query_tokenizer.content(texts))
        return self._query_forward(_sequences(self.query_tokenizer, texts))

    @torch.no_grad()
    def pooled(self, texts: Sequence[str]) -> Tensor:
        """Return the largest logit of every term in each text that is not empty, shape (texts, V)."""
        sequences = [ids for ids in _sequences(self.document_tokenizer, texts) if ids]
        return self._forward.logits(sequences).weights

    def idf(self, sources: Sequence[Source]) -> Tensor:
        """Return idf of every token over the sources' documents, float32[V], 0 for special tokens."""
        texts = islice(_texts(sources), IDF_DOCUMENTS)
        return corpus_idf(texts, self.document_tokenizer, self.documents.size, self._silent())

    def save(self, folder: Path, *, half: bool = False, card: str | None = None) -> None:
        """Write the model as it is now; see `lsr.training.folders`."""
        folders.save(self, folder, half=half, card=card)

    def _load(self, name: str) -> Backbone:
        return backbones.load(name, self.recipe.model)

    def _tokenizer(self, length: int) -> TextTokenizer:
        copies = self.reading.copies
        readable = readable_length(self.backbone.model.config, length * copies) // copies
        return TextTokenizer.from_folder(self.backbone.folder, readable, fold=self.recipe.model.fold)

    def _network(self, backbone: Backbone) -> Model:
        settings = self.recipe.model
        if settings.gradient_checkpointing:
            # transformers 5.2x renamed it and warns at the name of before.
            names = ("activation_checkpointing_enable", "gradient_checkpointing_enable")
            enable = next(found for name in names if (found := getattr(backbone.model, name, None)) is not None)
            enable({"use_reentrant": False})
        output = cast("nn.Linear", backbone.model.get_output_embeddings())  # type: ignore[no-untyped-call]
        folding = self.document_tokenizer.folding
        groups = None if folding is None else torch.from_numpy(folding.groups(output.weight.shape[0]))
        if settings.head == "scalar":
            return ScalarModel(backbone.model, self._silent(), self.reading, groups)
        return SparseModel(
            backbone.model,
            pooling=settings.pooling,
            activation=settings.activation,
            reading=self.reading,
            groups=groups,
        )

    def _silent(self) -> list[int]:
        """Return the terms that stand for no text."""
        return sorted(set(self.document_tokenizer.terms_of(sorted(self.document_tokenizer.special_ids))))

    def _table(self, sources: Sequence[Source]) -> TableSide | ProjectionSide:
        settings, size = self.recipe.query, self.documents.size
        if settings.kind == "binary":
            weights = torch.ones(size)
            weights[self._silent()] = 0
            return TableSide(weights)
        weights = (
            self.idf(sources) if settings.start is None else _table_of(settings.start, self.document_tokenizer, size)
        )
        if settings.kind == "idf":
            return TableSide(weights, trainable=settings.trainable)
        embedding = cast("nn.Embedding", self.backbone.model.get_input_embeddings()).weight.detach()
        if self.documents.groups is not None:  # a folded term is where its variants are on average
            groups = self.documents.groups
            sums = torch.zeros(size, embedding.shape[1]).index_add(0, groups, embedding)
            embedding = sums / torch.bincount(groups, minlength=size).unsqueeze(1)
        return ProjectionSide(embedding, weights, self._silent())


def _table_of(name: str, tokenizer: TextTokenizer, size: int) -> Tensor:
    """Return the query table of a trained model, float32[V]."""
    folder = find(name)
    files = formats.read(folder).query
    if not isinstance(files, TableFiles):
        raise ModelError(f"the queries of {name} go through a network; query.start needs a model with a table")
    terms = {term: number for number, term in enumerate(tokenizer.vocabulary(size).terms)}
    return torch.from_numpy(formats.table(files, terms, tokenizer.special_ids, size))


def _sequences(tokenizer: TextTokenizer, texts: Sequence[str]) -> list[list[int] | None]:
    found = tokenizer.windows(texts)
    sequences: Iterator[list[int]] = iter(found.sequences)
    return [next(sequences) if count else None for count in found.counts]


def _texts(sources: Sequence[Source]) -> Iterator[str]:
    # Round the sources, so that a limit leaves none of them out.
    pending = [iter(source.documents) for source in sources]
    documents = [source.documents for source in sources]
    while pending:
        alive = []
        for ids, texts in zip(pending, documents, strict=True):
            name = next(ids, None)
            if name is not None:
                alive.append((ids, texts))
                yield texts[name]
        pending, documents = [ids for ids, _ in alive], [texts for _, texts in alive]
