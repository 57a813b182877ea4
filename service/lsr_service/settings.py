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

    # Several indexes, lanes and time limits.
    indexes: dict[str, Path] = Field(default_factory=dict)
    """Folders of indexes by name, as JSON in LSR_INDEXES; the first is what `/v1/search` asks."""
    data: Path | None = None
    """A folder of indexes in which others may be created and deleted over HTTP."""
    search_threads: int = Field(default=2, ge=1)
    """Threads that search an index."""
    max_batch: int = Field(default=32, ge=1)
    """Searches that a thread answers together."""
    max_waiting: int = Field(default=256, ge=1)
    """Requests that wait for an index; more are answered with 429."""
    search_timeout_ms: float = Field(default=10_000, gt=0)
    """Time limit of a search that sets none, and the longest that one may set."""
    max_searches: int = Field(default=100, ge=1)
    """Searches in one `/v1/msearch`."""
    reload_seconds: float = Field(default=1, gt=0)
    """How often it is looked for new versions of indexes on disk."""
