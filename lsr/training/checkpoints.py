"""Checkpoints: everything that the next step depends on, in one file, complete or not there."""

import os
import re
from pathlib import Path
from typing import Any

import torch

from lsr_index.errors import InputError

NAME = re.compile(r"step-(\d+)\.pt")


class Checkpoints:
    """The checkpoints of a run, the newest `keep` of them.

    Args:
        folder: Made when the first is written.
        keep: How many stay.
    """

    def __init__(self, folder: Path, keep: int = 2) -> None:
        self.folder, self.keep = folder, keep

    def steps(self) -> list[int]:
        """Return the steps that there are checkpoints of, ascending."""
        found = [NAME.fullmatch(path.name) for path in self.folder.glob("step-*.pt")]
        return sorted(int(match[1]) for match in found if match)

    def save(self, step: int, state: dict[str, Any]) -> Path:
        """Write the state after `step` steps; older ones go only when it is on disk, and a full disk loses none."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self._path(step)
        unfinished = path.with_suffix(".unfinished")
        try:
            with unfinished.open("wb") as file:
                torch.save(state, file)
                file.flush()
                os.fsync(file.fileno())
        except (OSError, RuntimeError) as error:  # torch reports a full disk as a RuntimeError
            unfinished.unlink(missing_ok=True)
            raise OSError(
                f"cannot write the checkpoint {path}: {str(error).splitlines()[0]}; earlier ones are kept, "
                "make room and add --resume"
            ) from error
        unfinished.replace(path)
        for old in self.steps()[: -self.keep]:
            self._path(old).unlink()
        return path

    def load(self, step: int | None = None) -> dict[str, Any]:
        """Read a checkpoint, the newest by default.

        Raises:
            InputError: if there is none, or the file is damaged.
        """
        steps = self.steps()
        if not steps:
            raise InputError(f"{self.folder} holds no checkpoint to go on from")
        path = self._path(steps[-1] if step is None else step)
        try:
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:  # unpickling damaged bytes raises anything
            raise InputError(
                f"{path} is damaged ({type(error).__name__}); delete it to go on from the one before"
            ) from error
        return state

    def drop_after(self, step: int) -> None:
        """Delete what came after a step that the run was rolled back to."""
        for later in self.steps():
            if later > step:
                self._path(later).unlink()

    def _path(self, step: int) -> Path:
        return self.folder / f"step-{step:07d}.pt"
