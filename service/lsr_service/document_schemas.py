"""Bodies about documents."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from lsr_service.schemas import Text

NO_CONTROLS = "^[^\\x00-\\x1f\\x7f\ufffd]+$"
"""Ids that can be written in a URL and told apart: U+FFFD is what bytes that are no UTF-8 become."""


class DocumentBody(BaseModel):
    """A document: text, title, and any further fields."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={"examples": [{"title": "Rain", "text": "Rain falls from clouds.", "page": 3}]},
    )

    text: Text
    title: Text = ""


class DocumentAnswer(BaseModel):
    """A stored document."""

    id: str
    source: dict[str, Any]


class WriteAnswer(BaseModel):
    """A change that is on disk."""

    id: str
    result: str = Field(description="`stored` or `deleted`.", examples=["stored"])
    visible: bool = Field(description="Whether searches see it already.")


class BulkItem(BaseModel):
    """What became of one line."""

    id: str | None
    status: int
    result: str = Field(description="`stored`, `deleted`, `not found` or `refused`.")
    detail: str | None = None


class BulkAnswer(BaseModel):
    """What became of the lines, in their order."""

    errors: bool = Field(description="Whether any line failed.")
    items: list[BulkItem]
