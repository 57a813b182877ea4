"""Settings of `lsr serve`: flags before the environment before a TOML file, and back to all three."""

import json
import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lsr_index.errors import InputError
from lsr_service.settings import CONFIG, PREFIX, Settings


def resolved(file: Path | None, given: Sequence[str], flags: Mapping[str, Any]) -> Settings:
    """Return the settings of a command line.

    Args:
        file: TOML; it is named to the environment, so that other processes read it too.
        given: `name=value` each, the value in TOML or a bare text.
        flags: By name; None where one is not given. They go before `given`.

    Raises:
        InputError: if the file cannot be read, or a setting is unknown or impossible.
    """
    if file is not None:
        _check(file)
        os.environ[CONFIG] = str(file)
    chosen = dict(_pair(text) for text in given) | {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**chosen)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            known = ", ".join(Settings.model_fields)
            raise InputError(f"there is no setting {name!r}; there are {known}") from error
        variable = PREFIX + name.upper().replace(".", "_")
        raise InputError(f"{name} ({variable}) is {first['input']!r}: {first['msg']}") from error


def as_toml(settings: Settings) -> str:
    """Return all settings as a TOML file that gives them again; those that are not set are comments."""
    lines = []
    for name, value in settings.model_dump(mode="json").items():
        if value is None:
            lines.append(f"# {name} is not set")
        elif isinstance(value, dict):
            pairs = ", ".join(f"{json.dumps(key)} = {json.dumps(each)}" for key, each in value.items())
            lines.append(f"{name} = {{ {pairs} }}" if pairs else f"{name} = {{}}")
        else:
            lines.append(f"{name} = {json.dumps(value, ensure_ascii=False)}")
    return "\n".join(lines)


def as_environment(settings: Settings) -> dict[str, str]:
    """Return variables that give the same settings to another process."""
    values = settings.model_dump(mode="json", include=settings.model_fields_set | {"hosts"})
    return {
        PREFIX + name.upper(): value if isinstance(value, str) else json.dumps(value)
        for name, value in values.items()
        if value is not None
    }


def _check(file: Path) -> None:
    try:
        tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{file} does not exist; --config names a file of settings in TOML") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{file} is no TOML: {error}") from error


def _pair(text: str) -> tuple[str, Any]:
    name, separator, value = text.partition("=")
    if not separator or not name.strip():
        raise InputError(f"--set {text!r}: expected NAME=VALUE, such as max_k=100")
    try:
        return name.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return name.strip(), value.strip()
