"""Is one system better than another, or were the queries kind to it? Paired tests, corrected for many comparisons.

The t test is what Smucker, Allan and Carterette (CIKM 2007) advise beside Fisher's randomisation test, with which it
agrees for the means of retrieval measures; the randomisation test assumes nothing of the differences' distribution.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np
from scipy.special import stdtr, stdtrit

from lsr_index.arrays import F64
from lsr_index.errors import InputError

Test = Literal["t", "randomisation"]
Correction = Literal["holm", "bonferroni", "none"]

CONFIDENCE = 0.95
EXACT = 12
"""Up to so many queries that differ, all 2^n signs are tried rather than a sample of them."""
SAMPLES = 10_000
BLOCK = 1 << 20
"""Signs that are drawn at once."""


@dataclass(frozen=True)
class Comparison:
    """One system against the baseline; p-values and bounds are nan for fewer than two queries."""

    system: str
    baseline: str
    n: int
    """Queries."""
    difference: float
    """Mean over the queries of the system's value minus the baseline's."""
    low: float
    """Lower bound of the difference's 95 % confidence interval, by Student's t, whatever the test."""
    high: float
    p: float
    """Of this comparison by itself, two-sided."""
    p_corrected: float
    wins: int
    losses: int
    ties: int

    def to_dict(self) -> dict[str, Any]:
        """Return the fields for JSON, which knows no nan: None instead."""
        fields = asdict(self).items()
        return {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in fields}


def compare(
    values: Mapping[str, Mapping[str, float]], baseline: str, test: Test = "t", correction: Correction = "holm"
) -> list[Comparison]:
    """Compare every other system with the baseline, in the order given; the correction is over these comparisons.

    Args:
        values: `{system: {query id: value}}` of one measure.
        baseline: Which of the systems.
        test: Of each pair of systems.
        correction: For the number of comparisons.

    Raises:
        InputError: if the baseline is not there, systems were measured on different queries, or a value is not finite.
    """
    _check_choice(test, get_args(Test), "test")
    _check_choice(correction, get_args(Correction), "correction")
    if baseline not in values:
        raise InputError(f"no system {baseline!r} to compare with; there are: {', '.join(values) or 'none'}")
    base = values[baseline]
    others = [system for system in values if system != baseline]
    pairs = [_paired(system, values[system], baseline, base) for system in others]
    raw = [paired_t(a, b) if test == "t" else randomisation(a, b) for a, b in pairs]
    corrected = holm(raw) if correction == "holm" else bonferroni(raw) if correction == "bonferroni" else raw
    return [
        _comparison(system, baseline, a - b, p, p_corrected)
        for system, (a, b), p, p_corrected in zip(others, pairs, raw, corrected, strict=True)
    ]


def paired_t(a: Sequence[float] | F64, b: Sequence[float] | F64) -> float:
    """Return the two-sided p-value of Student's paired t test.

    1 if no pair differs, 0 if all differ by the same amount, nan for fewer than two pairs.

    Raises:
        InputError: if the lengths differ.
    """
    differences = _differences(a, b)
    n = len(differences)
    if n < 2:
        return math.nan
    if not differences.any():
        return 1.0
    error = _standard_error(differences)
    return 2 * float(stdtr(n - 1, -abs(differences.mean()) / error)) if error else 0.0


def randomisation(a: Sequence[float] | F64, b: Sequence[float] | F64, samples: int = SAMPLES, seed: int = 0) -> float:
    """Return the two-sided p-value of Fisher's randomisation test: how often random signs give as large a mean.

    Exact where up to 12 pairs differ; else from a sample of the signs, in which what was observed counts as one, so
    that p is never 0. 1 if no pair differs, nan for fewer than two pairs.

    Raises:
        InputError: if the lengths differ, or there are no samples.
    """
    if samples < 1:
        raise InputError(f"samples is {samples}, it must be at least 1")
    differences = _differences(a, b)
    if len(differences) < 2:
        return math.nan
    # Signs decide, so the sizes suffice; sorted, so that neither the order of queries nor that of systems matters.
    sizes = np.sort(np.abs(differences[differences != 0]))
    n = len(sizes)
    if not n:
        return 1.0
    # Sums of the same numbers in another order differ in their last digits, and still are ties.
    observed = abs(math.fsum(differences)) - 1e-9 * math.fsum(sizes)
    if n <= EXACT:
        signs = (np.arange(1 << n)[:, None] >> np.arange(n)) & 1
        return float(np.mean(np.abs((2 * signs - 1) @ sizes) >= observed))
    dice = np.random.default_rng(seed)
    as_large, left = 0, samples
    while left:
        rows = min(left, max(1, BLOCK // n))
        signs = dice.integers(0, 2, (rows, n), dtype=np.int8)
        as_large += int(np.count_nonzero(np.abs((2 * signs - 1) @ sizes) >= observed))
        left -= rows
    return (1 + as_large) / (1 + samples)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected step by step (Holm 1979), in the order given; nan stays, and does not count."""
    corrected = list(p_values)
    order = sorted((n for n, p in enumerate(p_values) if not math.isnan(p)), key=lambda n: p_values[n])
    least = 0.0
    for rank, n in enumerate(order):
        least = corrected[n] = max(least, min(1.0, (len(order) - rank) * p_values[n]))
    return corrected


def bonferroni(p_values: Sequence[float]) -> list[float]:
    """Return p-values times their number, at most 1; nan stays, and does not count."""
    tests = sum(not math.isnan(p) for p in p_values)
    return [p if math.isnan(p) else min(1.0, tests * p) for p in p_values]


def _comparison(system: str, baseline: str, differences: F64, p: float, p_corrected: float) -> Comparison:
    n = len(differences)
    mean = float(differences.mean()) if n else 0.0
    margin = float(stdtrit(n - 1, (1 + CONFIDENCE) / 2)) * _standard_error(differences) if n > 1 else math.nan
    wins, losses = int(np.count_nonzero(differences > 0)), int(np.count_nonzero(differences < 0))
    return Comparison(
        system, baseline, n, mean, mean - margin, mean + margin, p, p_corrected, wins, losses, n - wins - losses
    )


def _paired(system: str, values: Mapping[str, float], baseline: str, base: Mapping[str, float]) -> tuple[F64, F64]:
    for there, here, name in ((base, values, system), (values, base, baseline)):
        missing = next((query for query in there if query not in here), None)
        if missing is not None:
            raise InputError(
                f"{system} and {baseline} were measured on different queries: {name} has no value for {missing!r}"
            )
    for name, given in ((system, values), (baseline, base)):
        odd = next((query for query, value in given.items() if not math.isfinite(value)), None)
        if odd is not None:
            raise InputError(f"{name}: the value of query {odd!r} is {given[odd]}, it must be a finite number")
    return np.array([values[query] for query in base], np.float64), np.array(list(base.values()), np.float64)


def _differences(a: Sequence[float] | F64, b: Sequence[float] | F64) -> F64:
    if len(a) != len(b):
        raise InputError(f"{len(a)} values cannot be paired with {len(b)}")
    return np.asarray(a, np.float64) - np.asarray(b, np.float64)


def _standard_error(differences: F64) -> float:
    return float(differences.std(ddof=1)) / math.sqrt(len(differences))


def _check_choice(value: str, known: Iterable[str], what: str) -> None:
    if value not in known:
        raise InputError(f"no {what} is called {value!r}; there are: {', '.join(known)}")
