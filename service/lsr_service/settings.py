"""What can be set, and the limits that keep one request from hurting the others."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of one application; each is read from the environment under its name with the prefix LSR_.

    Settings(max_k=100)          # deep paging is refused early
    LSR_MAX_K=100 lsr serve idx  # the same from outside
    """

    model_config = SettingsConfigDict(env_prefix="LSR_", frozen=True)

    index: Path | None = None
    """The index's folder; `lsr serve` hands it to its workers through LSR_INDEX."""
    model: str | None = None
    """Encode queries with this model instead of the one that the index records."""
    max_query_characters: int = Field(default=10_000, ge=1)
    """Longer texts of queries are refused."""
    max_document_characters: int = Field(default=100_000, ge=1)
    """Longer texts on the document side of `/v1/encode` are refused."""
    max_query_tokens: int = Field(default=10_000, ge=1)
    """More terms in one `query_tokens` are refused."""
    max_k: int = Field(default=10_000, ge=1)
    """The last rank that can be asked for: `from` + `size`."""
    max_body_bytes: int = Field(default=2 << 20, ge=1)
    """Longer request bodies are refused before they are parsed."""
