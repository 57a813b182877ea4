"""Checked settings: from YAML and `--set a.b=value` to pydantic models, with errors of one line."""

from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lsr_index.errors import InputError

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
M = TypeVar("M", bound=BaseModel)


class Settings(BaseModel):
    """Settings without room for misspelt keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=(), allow_inf_nan=False)


def read(path: Path, overrides: list[str]) -> Any:
    """Read a YAML file and put `a.b=value` overrides into it; see `lsr.training.recipe.read`."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    for override in overrides:
        _apply(content, override)
    return content


def checked(model: type[M], content: Any, where: str) -> M:
    """Check settings; raises InputError with one line about the first problem."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        # A misspelt key often is one that is missing, too: what was written says more.
        first = min(error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden")
        place = ".".join(str(part) for part in first["loc"])
        wrong = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            known = model.model_fields if len(first["loc"]) == 1 else ()
            meant = get_close_matches(str(first["loc"][-1]), known, n=1)
            wrong = f"unknown key; is {meant[0]} meant?" if meant else "unknown key"
        value = (
            f", got {first['input']!r}" if first["type"] not in ("extra_forbidden", "missing", "value_error") else ""
        )
        raise InputError(f"{where}: {place + ': ' if place else ''}{wrong[0].lower()}{wrong[1:]}{value}") from error


def _apply(content: Any, override: str) -> None:
    path, separator, value = override.partition("=")
    keys = path.split(".")
    if not separator or not all(keys):
        raise InputError(f"--set {override!r}: expected key.key=value")
    try:
        for key in keys[:-1]:
            content = content[int(key)] if isinstance(content, list) else content.setdefault(key, {})
        last: Any = int(keys[-1]) if isinstance(content, list) else keys[-1]
        content[last] = yaml.safe_load(value)
    except (ValueError, IndexError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise InputError(f"--set {override!r}: there is nothing at {path} to set") from error
