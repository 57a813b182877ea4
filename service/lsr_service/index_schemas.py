"""Bodies about indexes as such."""

from typing import Literal

from pydantic import BaseModel, Field


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
    waiting: int = Field(description="Searches that wait now.", examples=[0])


class IndexList(BaseModel):
    """All indexes."""

    indexes: list[IndexFacts]
