"""Bodies about indexes as such."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lsr_index.documents import Document
from lsr_service.document_schemas import NO_CONTROLS, DocumentBody
from lsr_service.schemas import Text


class FirstDocument(DocumentBody):
    """A document with its id."""

    id: Annotated[Text, Field(min_length=1, max_length=512, pattern=NO_CONTROLS)]

    def document(self) -> Document:
        """Return it as the engine stores it."""
        return Document(self.id, self.text, self.title, self.model_extra or {})


class IndexBody(BaseModel):
    """What a new index is made with."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"model": "lsr-mini"},
                {"model": "bm25", "documents": [{"id": "d1", "title": "Rain", "text": "Rain falls from clouds."}]},
            ]
        },
    )

    model: str | None = Field(default=None, description="One of those that the server offers; by default the first.")
    inference_free: bool = Field(default=False, description="Weigh queries by IDF instead of the model's network.")
    exact: Literal[16, 32] | None = Field(default=None, description="Bits of exact weights to keep for `rescore`.")
    documents: list[FirstDocument] = Field(
        default_factory=list, description="The first ones; a model that learns from documents, as bm25, needs some."
    )


class IndexGone(BaseModel):
    """An index that was deleted."""

    name: str = Field(examples=["docs"])
    result: Literal["deleted"]


class IndexFacts(BaseModel):
    """One index."""

    name: str = Field(examples=["docs"])
    status: Literal["loading", "ready", "failed"]
    documents: int = Field(description="That can be found.", examples=[5183])
    deleted: int = Field(description="Deleted documents that no merge has dropped yet.", examples=[0])
    terms: int = Field(description="Size of the vocabulary.", examples=[30522])
    postings: int = Field(examples=[612345])
    bytes: int = Field(description="Of all files on disk.", examples=[12345678])
    segments: int = Field(examples=[1])
    generation: int = Field(description="Grows with every commit and merge.", examples=[1])
    created: str = Field(examples=["2026-01-31T12:00:00+00:00"])
    model: str | None = Field(description="Null where the index was made from vectors.", examples=["lsr-mini"])
    kind: str | None = Field(description="How queries are encoded.", examples=["inference-free"])
    exact: int | None = Field(description="Bits of exact weights for `rescore`; null where there are none.")
    tuned: bool = Field(description="Whether `mode: approximate` may be asked for without knobs.")
    pending: int = Field(description="Documents with changes that are on disk and not visible yet.", examples=[0])
    waiting: int = Field(description="Searches that wait now.", examples=[0])


class IndexList(BaseModel):
    """All indexes."""

    indexes: list[IndexFacts]
