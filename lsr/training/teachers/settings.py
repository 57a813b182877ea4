"""The part of a recipe that names teachers, and the door from it to them."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from lsr.encoders.catalog import cache_folder
from lsr.training.teachers.base import Teacher
from lsr.training.teachers.ensemble import Ensemble, Member, Normalization
from lsr.training.teachers.files import FileTeacher
from lsr_index.errors import InputError

Dtype = Literal["auto", "float32", "bfloat16"]


class TeacherSettings(BaseModel):
    """What every kind of teacher can be told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weight: float = Field(default=1.0, gt=0)
    normalize: Normalization = "minmax"


class DenseSettings(TeacherSettings):
    """A dense sentence encoder."""

    kind: Literal["dense"] = "dense"
    model: str
    max_length: int | None = Field(default=None, ge=3)
    dtype: Dtype = "auto"


class SparseSettings(TeacherSettings):
    """A sparse encoder."""

    kind: Literal["sparse"] = "sparse"
    model: str
    inference_free: bool = False
    max_length: int | None = Field(default=None, ge=3)
    dtype: Dtype = "auto"


class Bm25Settings(TeacherSettings):
    """BM25, fitted to the training documents."""

    kind: Literal["bm25"] = "bm25"
    k1: float = Field(default=0.9, ge=0)
    b: float = Field(default=0.4, ge=0, le=1)
    language: str = "english"


class FileSettings(TeacherSettings):
    """A file of scores."""

    kind: Literal["file"] = "file"
    path: Path
    source: str | None = None
    partial: bool = False


class CrossEncoderSettings(TeacherSettings):
    """A cross-encoder."""

    kind: Literal["cross-encoder"] = "cross-encoder"
    model: str
    max_length: int = Field(default=512, ge=3)
    dtype: Dtype = "auto"
    pairs: Literal["own", "all"] = "own"


AnyTeacher = Annotated[
    DenseSettings | SparseSettings | Bm25Settings | FileSettings | CrossEncoderSettings, Field(discriminator="kind")
]


class EnsembleSettings(BaseModel):
    """Teachers and how they become one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    members: list[AnyTeacher] = Field(min_length=1)
    scale: float = Field(default=1.0, gt=0)
    candidates: Literal["all", "own"] = "all"


def named(name: str) -> TeacherSettings:
    """Return the settings of a teacher that is named on a command line, `KIND:MODEL`, or `bm25`.

    Raises:
        InputError: if there is no such kind.
    """
    kind, _, model = name.partition(":")
    if name == "bm25":
        return Bm25Settings()
    makers: dict[str, Callable[[], TeacherSettings]] = {
        "dense": lambda: DenseSettings(model=model),
        "sparse": lambda: SparseSettings(model=model),
        "cross-encoder": lambda: CrossEncoderSettings(model=model),
        "file": lambda: FileSettings(path=Path(model)),
    }
    if kind not in makers or not model:
        raise InputError(f"the teacher is {name!r}; write bm25, or one of {', '.join(makers)} with :MODEL behind it")
    return makers[kind]()


def open_ensemble(settings: EnsembleSettings, cache: Path | None = None) -> Ensemble:
    """Make an ensemble; models are loaded when it is prepared."""
    members = [Member(open_teacher(one, cache), one.weight, one.normalize) for one in settings.members]
    return Ensemble(members, scale=settings.scale, candidates=settings.candidates)


def open_teacher(settings: TeacherSettings, cache: Path | None = None) -> Teacher:
    """Make a teacher whose vectors and scores are kept in a folder, by default `teachers` in the user's cache."""
    folder = cache or cache_folder() / "teachers"
    if isinstance(settings, FileSettings):
        return FileTeacher(settings.path, source=settings.source, partial=settings.partial)
    if isinstance(settings, CrossEncoderSettings):
        return _cross_encoder(settings, folder)
    return _vectors(settings, folder)


def _vectors(settings: TeacherSettings, folder: Path) -> Teacher:
    from lsr.encoders.base import SparseEncoder
    from lsr.encoders.dense import DenseEncoder
    from lsr.encoders.finding import find
    from lsr.training.teachers.embedders import DenseEmbedder, Embedder, SparseEmbedder
    from lsr.training.teachers.vectors import VectorTeacher

    def load() -> Embedder:
        if isinstance(settings, DenseSettings):
            name, length = settings.model, settings.max_length
            return DenseEmbedder(DenseEncoder(find(name), name=name, max_length=length, dtype=settings.dtype))
        if isinstance(settings, SparseSettings):
            more: dict[str, Any] = {"max_length": settings.max_length, "dtype": settings.dtype}
            free = settings.inference_free
            return SparseEmbedder(SparseEncoder.from_pretrained(settings.model, inference_free=free, **more))
        assert isinstance(settings, Bm25Settings)
        more = {"k1": settings.k1, "b": settings.b, "language": settings.language}
        return SparseEmbedder(SparseEncoder.from_pretrained("bm25", **more))

    return VectorTeacher(getattr(settings, "model", "bm25"), load, folder)


def _cross_encoder(settings: CrossEncoderSettings, folder: Path) -> Teacher:
    from lsr.encoders.cross_encoder import CrossEncoder
    from lsr.encoders.finding import find
    from lsr.training.teachers.cross_encoder import CrossEncoderTeacher

    def load() -> CrossEncoder:
        name = settings.model
        return CrossEncoder(find(name), name=name, max_length=settings.max_length, dtype=settings.dtype)

    return CrossEncoderTeacher(settings.model, load, folder, pairs=settings.pairs)
