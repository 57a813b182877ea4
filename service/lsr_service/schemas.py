"""What goes in and out, as it stands in the OpenAPI description.

Requests are parsed by these models. Answers are built by the routes as plain values and not validated again; the
tests hold them against the models here.
"""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from lsr_index.index import Mode as EngineMode
from lsr_index.text import well_formed
from lsr_service import opensearch

Text = Annotated[str, AfterValidator(well_formed)]
# Far above any model's weights, and far enough below the end of float32 that no sum of products overflows.
Weight = Annotated[float, Field(strict=True, ge=0, le=1e6, allow_inf_nan=False)]
Size = Annotated[int, Field(ge=1, description="How many hits at most. `k` is another name.", examples=[10])]
From = Annotated[int, Field(ge=0, description="How many hits to skip.", examples=[0])]
Explain = Annotated[bool, Field(description="Say what each term contributed to each score.")]
Fields = Annotated[
    list[str] | None,
    Field(description="Stored fields to return in `source`; all where this is absent.", examples=[["title"]]),
]
LeftOut = Annotated[list[str] | None, Field(description="Stored fields to leave out of `source`.", examples=[["text"]])]
FilterText = Annotated[Text, Field(max_length=10_000)]
FILTER = Field(
    description="Only documents whose fields pass: an expression or its JSON form.", examples=["year >= 2020"]
)
Highlight = Annotated[bool, Field(description="Return pieces of title and text with the words that match.")]
Mode = Annotated[
    EngineMode,
    Field(description="`safe` finds exactly the best; `approximate` leaves out what is unlikely to matter."),
]
Overestimate = Annotated[
    float | None, Field(ge=1, le=1000, allow_inf_nan=False, description="Leave out bounds below this × threshold.")
]
Superblocks = Annotated[int | None, Field(ge=1, le=2**40, description="Score so many superblocks of a chunk at most.")]
Share = Annotated[
    float | None, Field(gt=0, le=1, allow_inf_nan=False, description="Bound by the heaviest terms up to this share.")
]
Timeout = Annotated[
    float | None,
    Field(gt=0, le=1e7, allow_inf_nan=False, description="Return the best found after so many milliseconds."),
]

Generation = Annotated[
    int | None,
    Field(ge=1, le=2**53, description="Search this version, as an earlier answer named it, so that pages join up."),
]


class SearchRequest(BaseModel):
    """A text, or term weights. OpenSearch's names are accepted: `query_text`, `k`, `_source`, `neural_sparse`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"query": "how do I flatten a list of lists", "size": 10, "highlight": True},
                {"query_tokens": {"flatten": 2.1, "list": 1.4}, "size": 3, "explain": True, "fields": ["title"]},
                {"query": {"neural_sparse": {"text": {"query_text": "flatten a list"}}}, "_source": ["title"]},
            ]
        },
    )

    query: Annotated[Text | None, WithJsonSchema(opensearch.QUERY_SCHEMA)] = Field(
        default=None, validation_alias=AliasChoices("query", "query_text")
    )
    query_tokens: dict[str, Weight] | None = Field(
        default=None,
        description="Weights of terms of the vocabulary, 0…1,000,000; unknown terms are ignored and listed.",
    )
    size: Size = Field(default=10, validation_alias=AliasChoices("size", "k"))
    start: From = Field(default=0, validation_alias="from")
    filter: Annotated[FilterText | dict[str, Any] | None, FILTER] = None
    fields: Fields = None
    fields_left_out: LeftOut = None
    highlight: Highlight = False
    explain: Explain = False
    mode: Mode = "safe"
    overestimate: Overestimate = None
    superblocks: Superblocks = None
    share: Share = None
    rescore: Annotated[
        bool | Annotated[int, Field(strict=True, ge=1, le=10_000)] | None,
        Field(description="Find so many more, and let exact weights decide; only where the index keeps those."),
    ] = None
    timeout_ms: Timeout = None
    generation: Generation = None

    @model_validator(mode="before")
    @classmethod
    def _ported(cls, body: Any) -> Any:
        return opensearch.sourced(opensearch.ported(body))

    @model_validator(mode="after")
    def _one_query(self) -> "SearchRequest":
        if (self.query is None) == (self.query_tokens is None):
            given = "neither was" if self.query is None else "both were"
            raise ValueError(f"give exactly one of query and query_tokens, {given} given")
        return self


class SearchParameters(BaseModel):
    """The same as query parameters, for texts."""

    model_config = ConfigDict(extra="forbid")

    q: Text = Field(description="A text, encoded by the index's model.", examples=["flatten a list of lists"])
    size: Annotated[int, Field(ge=1, description="How many hits at most.")] = 10
    start: From = Field(default=0, alias="from")
    filter: Annotated[FilterText | None, FILTER] = None
    fields: Fields = None
    fields_left_out: LeftOut = None
    highlight: Highlight = False
    explain: Explain = False
    mode: Mode = "safe"
    overestimate: Overestimate = None
    superblocks: Superblocks = None
    share: Share = None
    timeout_ms: Timeout = None
    generation: Generation = None


class Contribution(BaseModel):
    """What one term added to a score."""

    term: str = Field(examples=["flatten"])
    query_weight: float = Field(examples=[2.1])
    document_weight: float = Field(description="As stored in the index.", examples=[1.5])
    product: float = Field(examples=[3.15])


class Fragment(BaseModel):
    """A piece of a field with its matching words."""

    text: str = Field(description="As stored; escape it.", examples=["flatten a list of lists in one line"])
    offset: int = Field(description="Where it begins in the field, in characters.", examples=[0])
    marks: list[tuple[int, int]] = Field(
        description="Begin and end of each matching word in `text`.", examples=[[[0, 7], [10, 14]]]
    )


class Found(BaseModel):
    """One hit."""

    id: str = Field(examples=["itertools.chain"])
    score: float = Field(examples=[7.25])
    source: dict[str, Any] = Field(
        description="The stored document.",
        examples=[{"title": "itertools.chain", "text": "Make an iterator that returns elements from …"}],
    )
    highlight: dict[str, list[Fragment]] | None = Field(
        default=None, description="Pieces with matching words, by field; only when asked for."
    )
    explanation: list[Contribution] | None = Field(
        default=None, description="Contributions that sum to the score, largest first; only when asked for."
    )


class Total(BaseModel):
    """How many documents match."""

    value: int = Field(description="Hits seen, skipped ones included.", examples=[10])
    relation: Literal["eq", "gte"] = Field(description="`gte`: there may be more than `value`.", examples=["gte"])


class SearchAnswer(BaseModel):
    """Hits, best first; equal scores in the order in which documents were added, so pages join up."""

    took_ms: float = Field(description="Milliseconds from arrival until the hits were there.", examples=[1.7])
    total: Total
    partial: bool = Field(description="Whether the time ran out: the best of what was looked at.", examples=[False])
    generation: int = Field(description="Version of the index: pages of one version join up.", examples=[1])
    hits: list[Found]
    query_tokens: dict[str, float] | None = Field(
        default=None, description="The encoded query, heaviest term first; only with `explain`."
    )
    query_tokens_ignored: list[str] | None = Field(
        default=None, description="Terms that the vocabulary lacks; only for `query_tokens`."
    )


class NamedSearch(SearchRequest):
    """A search, and of which index."""

    index: str | None = Field(default=None, description="By default the first.", examples=["docs"])


class ManySearches(BaseModel):
    """Searches that are answered together."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"searches": [{"query": "flatten a list", "size": 3}, {"query": "sort a list", "size": 3}]}]
        },
    )

    searches: list[NamedSearch] = Field(min_length=1)


class OneAnswer(SearchAnswer):
    """The answer to one of them, or why there is none: `detail` then, and nothing but the status beside it."""

    status: int = Field(description="As this search alone would have had.", examples=[200])
    detail: str | None = Field(default=None, description="Only where it failed.")
    took_ms: float | None = None  # type: ignore[assignment]
    total: Total | None = None  # type: ignore[assignment]
    partial: bool | None = None  # type: ignore[assignment]
    generation: int | None = None  # type: ignore[assignment]
    hits: list[Found] | None = None  # type: ignore[assignment]


class ManyAnswer(BaseModel):
    """Answers in the order of the searches."""

    took_ms: float = Field(description="Milliseconds for all of them.", examples=[2.9])
    results: list[OneAnswer]


class ExplainRequest(BaseModel):
    """A document and a query."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"id": "itertools.chain", "query": "flatten a list"}]}
    )

    id: Text = Field(min_length=1)
    query: Text | None = None
    query_tokens: dict[str, Weight] | None = None

    @model_validator(mode="after")
    def _one_query(self) -> "ExplainRequest":
        if (self.query is None) == (self.query_tokens is None):
            raise ValueError("give exactly one of query and query_tokens")
        return self


class ExplainAnswer(BaseModel):
    """Why a document has its score."""

    id: str
    score: float = Field(description="Sum of the products; 0 where nothing matches.")
    explanation: list[Contribution]


class EncodeRequest(BaseModel):
    """A text to encode."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "flatten a list of lists", "side": "query", "top_k": 20}]},
    )

    text: Text
    side: Literal["query", "document"] = Field(
        default="query", description="Models may weigh queries and documents differently."
    )
    top_k: int | None = Field(default=None, ge=1, description="Return only the heaviest terms.")


class EncodeAnswer(BaseModel):
    """The vector of a text."""

    tokens: dict[str, float] = Field(
        description="Terms and weights, heaviest first; can be sent back as `query_tokens`.",
        examples=[{"flatten": 2.1, "list": 1.4}],
    )
    model: str = Field(examples=["lsr-mini"])
    side: Literal["query", "document"]


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"]


class Ready(BaseModel):
    """Everything is loaded and a first search has run."""

    status: Literal["ready"]
    documents: int | None = Field(
        default=None, description="Like what follows, not told without a key.", examples=[5183]
    )
    terms: int | None = Field(default=None, description="Size of the vocabulary.", examples=[30522])
    model: str | None = Field(
        default=None, description="Null where the index was made from vectors.", examples=["lsr-mini"]
    )
    indexes: dict[str, Literal["ready"]] | None = Field(default=None, examples=[{"docs": "ready"}])


class Place(BaseModel):
    """Where in the request, and what about it."""

    loc: list[str | int] = Field(examples=[["body", "size"]])
    msg: str = Field(examples=["Input should be greater than or equal to 1"])


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["Unprocessable Entity"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["body.size: Input should be greater than or equal to 1, got 0"])
    request_id: str = Field(description="The same as the header X-Request-ID.", examples=["6f1d…"])
    errors: list[Place] | None = Field(default=None, description="Only where parts of the request are to blame.")
