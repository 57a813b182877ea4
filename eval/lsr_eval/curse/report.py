"""The outcome of the experiment, for programs: observations, their means, a data frame."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal

import pyarrow as pa

from lsr_eval.curse.observations import Cell, Observation, summary
from lsr_eval.curse.pool import Pool

Distractors = Literal["documents", "strings"]


@dataclass(frozen=True)
class Report:
    """What was asked, in what, and what came out."""

    pool: Pool
    distractors: Distractors
    observations: Sequence[Observation]
    configuration: Mapping[str, Any]
    """The command, its options and versions."""
    note: str = ""
    """A paragraph of the one who ran it."""

    @cached_property
    def cells(self) -> list[Cell]:
        """The repeats of each system at each size, as one."""
        return summary(self.observations)

    @property
    def asked(self) -> list[Cell]:
        """Systems as they were asked for."""
        return [cell for cell in self.cells if cell.key.as_large_as is None]

    @property
    def equal_bytes(self) -> list[Cell]:
        """Dense vectors of as many bytes as a sparse index."""
        return [cell for cell in self.cells if cell.key.as_large_as is not None]

    @property
    def sizes(self) -> list[int]:
        """Numbers of documents, rising."""
        return sorted({cell.key.size for cell in self.cells})

    @property
    def measures(self) -> list[str]:
        """Names of what was measured."""
        return list(self.observations[0].measures)

    def table(self) -> pa.Table:
        """Return a data frame with a row an observation."""
        return pa.Table.from_pylist([_flat(one) for one in self.observations])

    def to_dict(self) -> dict[str, Any]:
        """Return facts, means and how to repeat it."""
        return {
            "asked": self.pool.asked,
            "other_corpora": self.pool.others,
            "queries": len(self.pool.qrels),
            "fixed_documents": self.pool.fixed,
            "missing_documents": self.pool.missing,
            "duplicates_left_out": self.pool.duplicates,
            "distractors": self.distractors,
            "distractors_available": self.pool.distractors,
            "cells": [_flat(cell) for cell in self.cells],
            "note": self.note,
            "configuration": dict(self.configuration),
        }


def _flat(one: Observation | Cell) -> dict[str, Any]:
    row = asdict(one)
    values = row.pop("measures")
    return {**row.pop("key"), **row, **values}
