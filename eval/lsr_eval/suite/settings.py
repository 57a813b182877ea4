"""What a suite is: a YAML file of datasets and systems, checked before anything is loaded.

datasets: [../data/scifact, {name: ../data/nfcorpus, split: dev}]
systems:
- bm25
- {name: tiny, model: splade-tiny, max_length: 256}
- {name: theirs, run: "runs/{dataset}.trec"}
- {name: both, fuse: [bm25, tiny], method: rrf}
baseline: bm25
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from lsr.training import settings
from lsr.training.settings import Count, Positive, Settings

KINDS = ("model", "index", "run", "fuse")
READING = (
    "inference_free",
    "max_length",
    "query_max_length",
    "windows",
    "stride",
    "top_k",
    "corpus_idf",
    "query_tf",
    "dtype",
)
"""Options of a model."""
FUSING = ("method", "rrf_k", "weights", "tune_split")
Name = Annotated[str, Field(min_length=1)]


class DatasetEntry(Settings):
    """A dataset as `lsr eval` takes it; `label` is what the report calls it."""

    name: Name
    split: str | None = None
    label: str = ""
    measures: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _labelled(cls, content: Any) -> Any:
        if isinstance(content, dict) and isinstance(content.get("name"), str) and not content.get("label"):
            name, split = content["name"], content.get("split")
            short = Path(name).name if Path(name).is_dir() else name
            return {**content, "label": f"{short} ({split})" if split else short}
        return content


class SystemEntry(Settings):
    """A system: a model, an existing index, an existing run, or a fusion of other systems.

    `{dataset}` in the path of an index or a run stands for the dataset's label.
    """

    name: Name
    model: str | None = None
    index: str | None = None
    run: str | None = None
    fuse: tuple[str, ...] | None = None
    inference_free: bool = False
    max_length: Annotated[int, Field(ge=3)] | None = None
    query_max_length: Annotated[int, Field(ge=3)] | None = None
    windows: bool = False
    stride: Annotated[int, Field(ge=0)] | None = None
    top_k: Count | None = None
    corpus_idf: Annotated[float, Field(ge=0, le=1)] | None = None
    query_tf: bool | None = None
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    mode: Literal["safe", "approximate", "exhaustive"] = "safe"
    method: Literal["rrf", "minmax", "z"] = "rrf"
    rrf_k: Positive = 60
    weights: tuple[Annotated[float, Field(ge=0)], ...] | None = None
    tune_split: str | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "SystemEntry":
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"give {self.name} exactly one of {', '.join(KINDS)}, not {' and '.join(given) or 'none'}")
        kind = given[0]
        for options, owner in ((READING, "model"), (FUSING, "fuse")):
            foreign = [option for option in options if option in self.model_fields_set]
            if foreign and kind != owner:
                raise ValueError(f"{foreign[0]} is for a {owner}; {self.name} is a {kind}")
        if "mode" in self.model_fields_set and kind in ("run", "fuse"):
            raise ValueError(f"mode is for what searches; {self.name} is a {kind}")
        if self.stride is not None and not self.windows:
            raise ValueError(f"the stride of {self.name} is for windows; set windows: true")
        if self.fuse is not None:
            self._check_fusion(self.fuse)
        return self

    def _check_fusion(self, members: tuple[str, ...]) -> None:
        if len(set(members)) != len(members) or len(members) < 2:
            raise ValueError(f"{self.name} fuses {list(members)}; name two systems or more, each once")
        if self.method == "rrf" and (self.weights or self.tune_split):
            raise ValueError(f"{self.name}: reciprocal rank fusion has no weights; choose method: minmax or z")
        if self.weights and self.tune_split:
            raise ValueError(f"{self.name}: give weights, or a tune_split to find them on, not both")
        if self.weights is not None and not any(self.weights):
            raise ValueError(f"{self.name}: all weights are 0; give one system a larger one")
        if self.weights and len(self.weights) != len(members):
            raise ValueError(f"{self.name} has {len(self.weights)} weights for {len(members)} systems")
        if self.tune_split and len(members) != 2:
            raise ValueError(f"{self.name}: a weight is tuned between two systems, not {len(members)}")

    @property
    def kind(self) -> str:
        """Which of KINDS it is."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    def reading(self) -> dict[str, Any]:
        """Return options of `SparseEncoder.from_pretrained`."""
        return {
            "max_length": self.max_length,
            "query_max_length": self.query_max_length,
            "long": "windows" if self.windows else None,
            "stride": self.stride,
            "top_k": self.top_k,
            "corpus_idf": self.corpus_idf,
            "query_tf": self.query_tf,
            "dtype": None if self.dtype == "auto" else self.dtype,
        }


def _named(content: Any) -> Any:
    return {"name": content} if isinstance(content, str) else content


def _modelled(content: Any) -> Any:
    return {"name": content, "model": content} if isinstance(content, str) else content


class Significance(Settings):
    """Which paired test, corrected how, on which measure; by default each dataset's first."""

    test: Literal["t", "randomisation"] = "t"
    correction: Literal["holm", "bonferroni"] = "holm"
    measure: str | None = None
    level: Annotated[float, Field(gt=0, lt=1)] = 0.05


class Suite(Settings):
    """Datasets × systems, and how they are compared."""

    name: str = "suite"
    datasets: Annotated[list[Annotated[DatasetEntry, BeforeValidator(_named)]], Field(min_length=1)]
    systems: Annotated[list[Annotated[SystemEntry, BeforeValidator(_modelled)]], Field(min_length=1)]
    measures: str | None = None
    k: Count = 1000
    baseline: str | None = None
    significance: Significance = Significance()
    queries_shown: Annotated[int, Field(ge=0)] = 5
    """Most hurt and most helped queries that are explained, of each dataset and system."""
    published: bool = False
    """Whether published numbers stand beside ours."""

    @model_validator(mode="after")
    def _names(self) -> "Suite":
        for what, names in (
            ("datasets", [dataset.label for dataset in self.datasets]),
            ("systems", [system.name for system in self.systems]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"two {what} are called {twice[0]}; give them names of their own")
        names = [system.name for system in self.systems]
        if self.baseline is not None and self.baseline not in names:
            raise ValueError(f"the baseline {self.baseline} is none of the systems: {', '.join(names)}")
        for number, system in enumerate(self.systems):
            for member in system.fuse or ():
                if member not in names[:number]:
                    raise ValueError(f"{system.name} fuses {member}, which is none of the systems before it")
        return self


def read(path: Path, overrides: list[str] | None = None) -> Suite:
    """Read a suite.

    Args:
        path: A YAML file; paths in it are as seen from where the command runs.
        overrides: `a.b=value` each, the value in YAML.

    Raises:
        InputError: for a file that is no YAML, an unknown key, or a value that cannot be; the first problem only.
    """
    return settings.checked(Suite, settings.read(path, overrides or []), str(path))
