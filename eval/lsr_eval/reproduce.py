"""Reproduction: commands beside the numbers that they gave, run again and compared.

- page: eval/results/spine.md
command: lsr eval ../shared/data/scifact --model bm25 --json
needs: [../shared/data/scifact]
values: {"measures.nDCG@10": 0.681}
tolerance: 0.001
"""

import json
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator

from lsr.training import settings
from lsr.training.settings import Settings
from lsr_index.errors import InputError


class Claim(Settings):
    """Numbers on a page, and the command that prints them as JSON, the last line of its output."""

    page: str
    command: str
    needs: tuple[str, ...] = ()
    """Paths without which it cannot run here."""
    values: Annotated[dict[str, float], Field(min_length=1)]
    """By where they stand in the output: keys with dots between."""
    tolerance: Annotated[float, Field(ge=0)] = 0.001
    """Absolute."""

    @field_validator("command")
    @classmethod
    def _of_ours(cls, command: str) -> str:
        words = shlex.split(command)
        if words[:1] != ["lsr"] or "--json" not in words:
            raise ValueError(f"write a command of lsr with --json, not {command!r}")
        return command


class Claims(Settings):
    """All claims of a file."""

    claims: Annotated[list[Claim], Field(min_length=1)]


@dataclass(frozen=True)
class Found:
    """A number, then and now."""

    name: str
    claimed: float
    found: float | None
    """None where the output has no such number."""
    tolerance: float

    @property
    def holds(self) -> bool:
        """Whether it is what was claimed."""
        return self.found is not None and abs(self.found - self.claimed) <= self.tolerance


def read(path: Path) -> list[Claim]:
    """Read claims.

    Raises:
        InputError: for a file that is no YAML, an unknown key, or a value that cannot be.
    """
    return settings.checked(Claims, {"claims": settings.read(path, [])}, str(path)).claims


def missing(claim: Claim) -> list[str]:
    """Return what a claim needs and this machine does not have."""
    return [name for name in claim.needs if not Path(name).exists()]


def check(claim: Claim) -> list[Found]:
    """Run a claim's command and compare.

    Raises:
        InputError: if it fails, or prints no JSON.
    """
    arguments = shlex.split(claim.command)[1:]
    done = subprocess.run(
        [sys.executable, "-m", "lsr.cli", *arguments], capture_output=True, text=True, encoding="utf-8", check=False
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise InputError(f"{claim.command}: exit code {done.returncode}: {last}")
    try:
        output = json.loads(lines[-1])
    except ValueError as error:
        raise InputError(f"{claim.command}: its output ends in {lines[-1][:80]!r}, which is no JSON") from error
    return [Found(name, value, _at(output, name), claim.tolerance) for name, value in claim.values.items()]


def _at(content: Any, name: str) -> float | None:
    """Return the number at a name, whose keys may have dots of their own; None where nothing stands there."""
    if not name:
        number = isinstance(content, int | float) and not isinstance(content, bool)
        return float(content) if number else None
    if isinstance(content, list):
        content = dict(enumerate(content))
    if isinstance(content, Mapping):
        for key in sorted(map(str, content), key=len, reverse=True):
            if name == key or name.startswith(f"{key}."):
                return _at(content[type(next(iter(content)))(key)], name[len(key) + 1 :])
    return None
