"""What is told before the first step, because nobody would see it later: texts that are cut, settings that are idle."""

from collections.abc import Iterator

from lsr.encoders.tokenization import Windows
from lsr.training.data.batches import BatchPlan
from lsr.training.encoders import Encoders
from lsr.training.recipe import Recipe

TEXTS = 128


def lengths(encoders: Encoders, plan: BatchPlan) -> Iterator[str]:
    """Say how many texts of the first batches are cut, and where the backbone reads less than the recipe asks for."""
    asked = encoders.recipe.model.max_length
    documents: list[str] = []
    queries: list[str] = []
    for step in range(TEXTS):
        batch = plan.batch(step)
        documents += batch.documents
        queries += batch.queries
        if len(documents) >= TEXTS:
            break
    tokenizer = encoders.document_tokenizer
    yield from _side("documents", tokenizer.windows(documents[:TEXTS]), tokenizer.max_length, asked.document)
    tokenizer = encoders.query_tokenizer
    read = tokenizer.windows if encoders.table is None else tokenizer.read
    yield from _side("queries", read(queries[:TEXTS]), tokenizer.max_length, asked.query)


def _side(what: str, read: Windows, length: int, asked: int) -> Iterator[str]:
    if length < asked:
        yield f"{what}: the backbone reads {length} tokens, not the {asked} of model.max_length"
    if read.cut:
        yield f"{what}: {read.cut} of the first {len(read.counts)} are longer than {length} tokens, and are cut there"


def idle(recipe: Recipe) -> Iterator[str]:
    """Say which settings no step will ask for."""
    if not recipe.only_imitates:
        return
    regularizers = recipe.regularizers.document or recipe.regularizers.query
    given = {
        "losses": bool(recipe.losses),
        "regularizers": bool(regularizers),
        "teachers": recipe.teachers is not None,
        "query.trainable": recipe.query.trainable,
    }
    if unused := [name for name, there in given.items() if there]:
        yield f"all {recipe.training.steps:,} steps imitate, so nothing asks for {', '.join(unused)}"
