"""What can be set, and the limits that keep one request from hurting the others."""

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from lsr_service.logs import Format

PREFIX, CONFIG = "LSR_", "LSR_CONFIG"
"""Before every name in the environment; the variable that names a TOML file."""


class Settings(BaseSettings):
    """Settings of one application: as they are given, else of the environment, else of the file that LSR_CONFIG names.

    Settings(max_k=100)          # deep paging is refused early
    LSR_MAX_K=100 lsr serve idx  # the same from outside
    """

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return where settings come from, the strongest first."""
        file = os.environ.get(CONFIG)
        return init_settings, env_settings, *([TomlConfigSettingsSource(settings_cls, Path(file))] if file else [])

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
    max_depth: int = Field(default=32, ge=2)
    """How deep JSON may nest."""
    max_url_bytes: int = Field(default=16 << 10, ge=256)
    """Longer paths with their parameters are answered with 414."""
    max_head_bytes: int = Field(default=32 << 10, ge=1024, le=60 << 10)
    """Longer heads of requests, the URL and all headers together, are answered with 431."""

    # Several indexes, lanes and time limits.
    indexes: dict[str, Path] = Field(default_factory=dict)
    """Folders of indexes by name, as JSON in LSR_INDEXES; the first is what `/v1/search` asks."""
    data: Path | None = None
    """A folder of indexes that are all served, and where new ones are made."""
    models: tuple[str, ...] = ("lsr-mini", "bm25")
    """What new indexes may be made with over HTTP; the first is taken where none is named."""
    kept_generations: int = Field(default=4, ge=0)
    """Older versions of an index that can still be paged through."""
    max_searches: int = Field(default=64, ge=1)
    """Searches in one `/v1/msearch`."""
    search_threads: int = Field(default_factory=lambda: max(1, (os.cpu_count() or 1) // 2), ge=1)
    """Threads that search an index; by default one for two processors, since HTTP takes its share."""
    max_batch: int = Field(default=32, ge=1)
    """Searches that a thread answers together."""
    max_waiting: int = Field(default=256, ge=1)
    """Requests that wait for an index; more are answered with 429."""
    search_timeout_ms: float = Field(default=10_000, gt=0)
    """Time limit of a search that sets none, and the longest that one may set."""
    reload_seconds: float = Field(default=1, gt=0)
    """How often it is looked for new versions of indexes on disk."""
    refresh_seconds: float = Field(default=1, gt=0)
    """How long a change may be on disk before searches see it."""
    max_bulk_items: int = Field(default=256, ge=1)
    """Lines in one bulk request."""

    # Who may do what, and what is noted of it.
    keys: Path | None = None
    """A file of keys as `lsr serve keys` makes it; without one, nobody is asked for a key."""
    insecure: bool = False
    """Let other machines in without keys."""
    hosts: tuple[str, ...] = ()
    """Names that are answered; by default all with keys, and those of this machine without."""
    cors_origins: tuple[str, ...] = ()
    """Other sites whose pages may ask, such as https://example.org; by default none."""
    log_format: Format = "text"
    access_log: bool = True
    """Whether every request has a line in the log."""
    slow_ms: float = Field(default=1000, gt=0)
    """Requests that take longer are warned of in the log."""
    body_seconds: float = Field(default=30, gt=0)
    """How long the body of a request may take to arrive."""
    head_seconds: float = Field(default=10, gt=0)
    """How long the head of a request may take to arrive."""
    max_connections: int = Field(default=1000, ge=1)
    """Connections at a time; more are answered with 503."""
