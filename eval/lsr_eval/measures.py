"""Effectiveness measures, computed by ir_measures; this module checks what it is given and what it gives back.

The numbers are those of `ir_measures QRELS RUN MEASURES` on the written run. Ties are its affair too: trec_eval's
measures (nDCG, R, AP, P) rank equal scores by falling document id, MS MARCO's RR@k by rising document id.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ir_measures
from ir_measures import Measure

from lsr_index.errors import InputError

DEFAULT = "nDCG@10 RR@10 R@100"
LARGEST_CUTOFF = 1_000_000
BETWEEN_NAMES = re.compile(r"[\s,]+(?![^(]*\))")  # not inside the parentheses of R(rel=2, judged_only=True)@10
UNEVEN = {"Accuracy"}  # ir_measures means these over queries with a relevant hit only


@dataclass(frozen=True)
class Values:
    """What was measured; names are ir_measures' own."""

    means: dict[str, float]
    """Over all queries of the qrels; counts (NumRet, NumRel, NumQ) are sums."""
    per_query: dict[str, dict[str, float]]
    """`{query id: {measure: value}}`, in the qrels' order."""


def parse(names: str) -> list[Measure]:
    """Turn "nDCG@10, RR@10 R(rel=2)@100" into measures; repeated ones count once.

    Raises:
        InputError: if there are none, or one is unknown, incomplete or cannot be computed here.
    """
    measures = [_parse_one(name) for name in BETWEEN_NAMES.split(names) if name]
    if not measures:
        raise InputError(f"no measures in {names!r}; try {DEFAULT!r}")
    return list(dict.fromkeys(measures))


def largest_cutoff(measures: Sequence[Measure]) -> int:
    """Return how deep a ranking must be for the measures; 0 if none has a cutoff."""
    return max((measure.params.get("cutoff", 0) for measure in measures), default=0)


def evaluate(
    qrels: Mapping[str, Mapping[str, int]], run: Mapping[str, Mapping[str, float]], measures: Sequence[Measure]
) -> Values:
    """Measure a run; a query of the qrels without results counts as zero, queries without judgements not at all.

    Raises:
        InputError: if ir_measures cannot compute a measure for these queries.
    """
    judged = {query: dict(grades) for query, grades in qrels.items()}
    results = {query: dict(hits) for query, hits in run.items() if hits and query in judged}
    names = [str(measure) for measure in measures]
    try:
        found = ir_measures.calc(list(measures), judged, results)
    except Exception as error:  # each of its providers fails in its own way, some through a child process
        raise InputError(f"ir_measures cannot compute {' '.join(names)} here: {_first_line(error)}") from error
    per_query: dict[str, dict[str, float]] = {query: {} for query in judged}
    for metric in found.per_query:
        per_query[metric.query_id][str(metric.measure)] = float(metric.value)
    if any(len(values) != len(names) for values in per_query.values()):
        raise InputError(f"ir_measures gave no value of {' '.join(names)} for some queries; measure fewer at a time")
    aggregates: Any = found.aggregated  # declared as perhaps a single number
    aggregated = {str(measure): float(value) for measure, value in aggregates.items()}
    return Values(
        {name: aggregated[name] for name in names},
        {query: {name: values[name] for name in names} for query, values in per_query.items()},
    )


def _parse_one(name: str) -> Measure:
    try:
        measure = ir_measures.parse_measure(name)
    except NameError as error:
        raise InputError(f"unknown measure {name!r}{_hint(name)}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"cannot read the measure {name!r}; write it like nDCG@10, AP or R(rel=2)@100") from error
    # A cutoff of 0 stops the interpreter: trec_eval, which is C, asserts on it.
    for key, limit in (("cutoff", LARGEST_CUTOFF), ("rel", 1000)):
        value = measure.params.get(key, 1)
        if type(value) is not int or not 1 <= value <= limit:
            raise InputError(f"measure {name!r}: {key} is {value!r}, it must be a whole number from 1 to {limit}")
    try:
        pipeline: Any = ir_measures.DefaultPipeline  # declared without types in part
        supported = pipeline.supports(measure)
    except (AssertionError, KeyError, TypeError) as error:
        raise InputError(f"measure {name!r} is incomplete or has a wrong parameter{_hint(name)}") from error
    if not supported or measure.NAME in UNEVEN:
        raise InputError(f"measure {name!r} cannot be computed here; among those that can: nDCG@10 RR@10 R@100 AP P@5")
    return measure


def _hint(name: str) -> str:
    # People write ndcg@10, NDCG_10, mrr, recall@100.
    word = re.sub(r"[^a-z]", "", re.split(r"[@(]", name.lower())[0])
    usual = {"map": "AP", "ndcgcut": "nDCG@10", "reciprank": "RR", "hit": "Success@10", "hits": "Success@10"}
    known = usual.get(word) or next((n for n in ir_measures.measures.registry if n.lower() == word), None)
    cutoff = re.search(r"\d+", name)
    if known is None:
        return "; some that are known: nDCG@10 RR@10 R@100 AP P@5 Success@5"
    if "cutoff" in ir_measures.measures.registry[known.partition("@")[0]].SUPPORTED_PARAMS:
        known = f"{known.partition('@')[0]}@{cutoff[0] if cutoff and int(cutoff[0]) else 100}"
    return f"; did you mean {known}?"


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), "")[:160] or type(error).__name__
