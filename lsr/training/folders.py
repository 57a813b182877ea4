"""A model in training, written as a folder: as sentence-transformers has it where it has modules for it, else ours."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from transformers import PreTrainedModel

from lsr.encoders import own_layout, own_saving, saving
from lsr.encoders.language_models import is_decoder
from lsr.training import lora
from lsr.training.backbones import Backbone
from lsr.training.model import Model
from lsr.training.recipe import Model as Settings

if TYPE_CHECKING:
    from lsr.training.encoders import Encoders


def save(encoders: "Encoders", folder: Path, *, half: bool = False, card: str | None = None) -> None:
    """Write both sides as they are now, in the place of a model that stands there."""
    settings = encoders.recipe.model
    table = None if encoders.table is None else encoders.table.table().detach().cpu().numpy()
    query: Any = "same" if table is None else table
    common: dict[str, Any] = {
        "tokenizer": encoders.backbone.tokenizer,
        # What is read, which may be less than what was asked for.
        "max_length": {
            "query": encoders.query_tokenizer.max_length,
            "document": encoders.document_tokenizer.max_length,
        },
        "corpus_idf": encoders.recipe.query.corpus_idf,
        "query_tf": encoders.recipe.query.query_tf,
        "half": half,
        "card": card,
        "overwrite": True,
    }
    if _is_ours(settings, encoders.backbone):
        if encoders.queries is not None and encoders.query_backbone is not None:
            query = _network(encoders.queries, encoders.query_backbone, settings)
        head = settings.model_dump(include=set(own_layout.HEAD))
        own_saving.save(
            folder, document=_network(encoders.documents, encoders.backbone, settings), query=query, head=head, **common
        )
        return
    if encoders.query_backbone is not None:
        query = _whole(encoders.query_backbone)
    saving.save(
        folder,
        backbone=_whole(encoders.backbone),
        query=query,
        pooling=settings.pooling,
        activation=settings.activation,
        **common,
    )


def _is_ours(settings: Settings, backbone: Backbone) -> bool:
    apart = settings.lora is not None and not settings.lora.merge
    return settings.head == "scalar" or settings.echo or settings.fold or apart or is_decoder(backbone.model)


def _whole(backbone: Backbone) -> PreTrainedModel:
    return backbone.model if backbone.adapters is None else lora.merged(backbone.adapters)


def _network(model: Model, backbone: Backbone, settings: Settings) -> own_saving.Network:
    if settings.lora is not None and not settings.lora.merge:
        return own_saving.Network(backbone.model, model.beside(), backbone.adapters, backbone.base)
    return own_saving.Network(model.saved(_whole(backbone)), model.beside())
