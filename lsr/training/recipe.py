"""What a training run is: a YAML file read into checked settings, `recipes/*.yaml` for the papers' own.

Every key is checked when the file is read, before anything is loaded: an unknown key or an impossible value is one
line that names the file, the key and what is expected there.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from lsr.training import settings
from lsr.training.data.settings import AnySource
from lsr.training.settings import Count, Positive, Settings
from lsr.training.teachers.settings import EnsembleSettings


class Lengths(Settings):
    """Tokens that are read of a query and of a document, special ones included."""

    query: Annotated[int, Field(ge=3)] = 64
    document: Annotated[int, Field(ge=3)] = 256


class Lora(Settings):
    """Low-rank adapters (peft) instead of training all weights; `merge` saves one model instead of adapters."""

    r: Count = 16
    alpha: Count = 32
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.05
    targets: list[str] | Literal["all-linear"] = "all-linear"
    merge: bool = False


class Model(Settings):
    """The document encoder."""

    backbone: str
    head: Literal["mlm", "scalar"] = "mlm"
    pooling: Literal["max", "sum"] = "max"
    activation: Literal["relu", "log1p_relu"] = "relu"
    attention: Literal["as-is", "bidirectional"] = "as-is"
    echo: bool = False
    fold: bool = False
    output_bias: bool = False
    lora: Lora | None = None
    dropout: Annotated[float, Field(ge=0, lt=1)] | None = None
    max_length: Lengths = Lengths()
    gradient_checkpointing: bool = False

    @model_validator(mode="after")
    def _head_fits(self) -> "Model":
        if self.head == "scalar" and (self.pooling, self.activation) != ("max", "relu"):
            raise ValueError("a scalar head takes a term's largest relu(w·h + b); leave pooling and activation out")
        if self.head == "scalar" and self.output_bias:
            raise ValueError("a scalar head has its own bias; leave output_bias out")
        return self


class Query(Settings):
    """Where query weights come from; see `lsr.training.sides`."""

    kind: Literal["same", "separate", "binary", "idf", "learned"] = "same"
    trainable: bool = False
    learning_rate: Positive | None = None
    backbone: str | None = None
    start: str | None = None
    """A model whose table the weights of kind idf start from, in place of the training documents' idf."""
    corpus_idf: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of an indexed corpus's own idf in the weights of the saved table; training does not see it."""
    query_tf: bool = False
    """Whether the saved table's weights count 1 + ln(tf) times in an index; training does not see that either."""

    @model_validator(mode="after")
    def _belongs(self) -> "Query":
        if self.trainable and self.kind != "idf":
            raise ValueError(f"trainable is a choice for kind: idf; {self.kind} has none")
        if self.start and self.kind != "idf":
            raise ValueError(f"start is a table for kind: idf; {self.kind} has none that could start from it")
        for option in ("corpus_idf", "query_tf"):
            if getattr(self, option) and self.kind in ("same", "separate"):
                raise ValueError(f"{option} is for queries weighted by a table, not for kind: {self.kind}")
        if self.backbone and self.kind != "separate":
            raise ValueError(f"backbone is for kind: separate, not {self.kind}")
        return self


class Data(Settings):
    """Sources and how batches are drawn from them."""

    sources: Annotated[list[AnySource], Field(min_length=1)]
    queries_per_batch: Annotated[int, Field(ge=2)] = 32
    negatives_per_query: Annotated[int, Field(ge=0)] = 1
    queries_per_document: Annotated[int, Field(ge=0)] = 0
    mix: Literal["within", "between"] = "within"

    @model_validator(mode="after")
    def _spans_come_along(self) -> "Data":
        if not self.queries_per_document and any(source.spans for source in self.sources):
            raise ValueError("spans come along with documents; give queries_per_document, or leave spans out")
        return self


class Loss(Settings):
    """A ranking loss with its share of the sum; see `lsr.training.losses`."""

    name: Literal["infonce", "kl", "margin_mse"]
    weight: Positive = 1.0
    temperature: Positive = 1.0
    over: Literal["own", "batch"] | None = None
    pairs: Literal["positive", "all"] = "positive"


class Penalty(Settings):
    """A regulariser with λ given, or found so that a target is met; see `lsr.training.regularizers`."""

    name: Literal["flops", "flops_idf", "l0_flops", "df_flops", "l1", "anti_zero"] = "flops"
    weight: Positive | None = None
    target_nnz: Positive | None = None
    target_flops: Positive | None = None
    ramp: Annotated[int, Field(ge=0)] = 0
    start: Positive = 1e-4
    threshold: Count = 150
    alpha: Annotated[float, Field(gt=0, lt=1)] = 0.1
    beta: Positive = 10.0

    @model_validator(mode="after")
    def _one_goal(self) -> "Penalty":
        given = [key for key in ("weight", "target_nnz", "target_flops") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of weight, target_nnz and target_flops, not {given or 'none'}")
        return self


class Penalties(Settings):
    """Regularisers of both sides."""

    document: tuple[Penalty, ...] = ()
    query: tuple[Penalty, ...] = ()


class Imitation(Settings):
    """First steps that fit document vectors to those of a trained sparse model: a sane start for a fresh head."""

    model: str | Annotated[list[str], Field(min_length=1)]
    """Of several, the mean of their vectors is imitated."""
    steps: Count
    weight: Positive = 0.01
    own_terms: Annotated[float, Field(ge=0)] = 0.0
    """Added to the model's weights for each of a text's own tokens; see `lsr.training.own_terms`."""
    terms: Count | None = None
    """Only so many of the heaviest are imitated."""

    @property
    def models(self) -> list[str]:
        """Of `model`, also when it is one."""
        return [self.model] if isinstance(self.model, str) else self.model


class Evaluation(Settings):
    """Retrieval quality in the loop, through our own index."""

    datasets: Annotated[list[str], Field(min_length=1)]
    measure: str = "nDCG@10"
    every: Count = 500
    patience: Count | None = None
    max_length: Count | None = None


class Training(Settings):
    """The loop."""

    steps: Count
    learning_rate: Positive = 2e-5
    head_learning_rate: Positive | None = None
    """Of a vocabulary head that the backbone lacked and that starts at random; by default as the others."""
    warmup: Annotated[int, Field(ge=0)] = 0
    decay: Literal["linear", "cosine", "none"] = "linear"
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    clip: Positive | None = 1.0
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    tokens_per_forward: Count = 8192
    cached_gradients: bool = False
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 13
    save_every: Count = 500
    keep: Count = 2
    half: bool = False
    """Keep the saved model's weights in float16."""
    max_rollbacks: Annotated[int, Field(ge=0)] = 3


class Card(Settings):
    """What only people know: for the model's card."""

    summary: str = ""
    license: str = ""
    languages: tuple[str, ...] = ("en",)
    data_licenses: dict[str, str] = Field(default_factory=dict)
    """By the names of the sources."""
    licenses: dict[str, str] = Field(default_factory=dict)
    """Of the models that it descends from, by the names that the recipe has for them."""
    limits: tuple[str, ...] = ()


class Recipe(Settings):
    """A whole run. `name` and `paper` are for people: the log, the model card."""

    name: str
    paper: str = ""
    notes: str = ""
    model: Model
    query: Query = Query()
    data: Data
    teachers: EnsembleSettings | None = None
    teacher_cache: str | None = None
    losses: list[Loss] = Field(default_factory=list)
    """May be left out where all steps imitate."""
    regularizers: Penalties = Penalties()
    imitation: Imitation | None = None
    training: Training
    evaluation: Evaluation | None = None
    card: Card = Card()

    @property
    def only_imitates(self) -> bool:
        """Whether no step asks losses, regularisers or teachers."""
        return self.imitation is not None and self.imitation.steps >= self.training.steps

    @model_validator(mode="after")
    def _fits(self) -> "Recipe":
        if not self.losses and not self.only_imitates:
            raise ValueError("losses: there are none, and not all steps imitate a model")
        taught = [loss.name for loss in self.losses if loss.name != "infonce"]
        if taught and self.teachers is None:
            raise ValueError(f"the loss {taught[0]} needs teachers, and the recipe names none")
        if self.query.kind in ("binary", "idf", "learned") and self.regularizers.query:
            raise ValueError(f"regularizers.query: a {self.query.kind} table has no texts whose terms could be fewer")
        if self.imitation is not None and self.model.head == "scalar":
            raise ValueError("imitation: a scalar head has only a text's own tokens and cannot imitate expansion")
        return self


def read(path: Path, overrides: list[str] | None = None) -> Recipe:
    """Read a recipe.

    Args:
        path: A YAML file.
        overrides: `a.b=value` each, the value in YAML: `training.steps=10`, `data.sources.0.path=pairs.jsonl`.

    Raises:
        InputError: for a file that is no YAML, an unknown key, or a value that cannot be; the first problem only.
    """
    return settings.checked(Recipe, settings.read(path, overrides or []), str(path))
