"""`lsr eval fuse`: one run of several."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from lsr import console
from lsr.commands import options
from lsr_eval import fusion, measures, runs
from lsr_eval.datasets import load
from lsr_index.errors import IndexExistsError, InputError
from lsr_index.exchange.atomic import complete


@dataclass(frozen=True)
class _Tuning:
    """Where the weights were found, and what the measure was at each weight of the first run."""

    dataset: str
    split: str
    measure: str
    weights: list[float]
    value: float
    curve: dict[float, float]


def run(
    files: Annotated[list[Path], typer.Argument(help="TREC runs, at least two.", metavar="RUN", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="The fused run.", show_default=False)],
    method: Annotated[
        Literal["rrf", "minmax", "z"],
        typer.Option(help="Reciprocal ranks, or a weighted sum of scores on one scale: from 0 to 1, or deviations."),
    ] = "rrf",
    weights: Annotated[
        str | None, typer.Option(help="Of minmax and z, one a run: 0.3,0.7.", show_default="equal")
    ] = None,
    tune: Annotated[
        str | None,
        typer.Option(help="Find the weights of two runs on this dataset: a BEIR folder or an ir_datasets id."),
    ] = None,
    split: Annotated[str, typer.Option(help="With --tune: which judgements.")] = "dev",
    measure: Annotated[str, typer.Option(help="With --tune: what is to be best.")] = "nDCG@10",
    rrf_k: Annotated[float, typer.Option("--rrf-k", help="With rrf: added to each rank.")] = fusion.K,
    depth: Annotated[int, typer.Option("-k", "--size", min=1, help="Hits a query.")] = fusion.DEPTH,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
) -> None:
    """Make one run of several, by ranks or by weighted scores.

    A weight that was tuned is worth what other queries say of it: tune on a dev split, measure on test.
    """
    _check(files, method, weights, tune)
    if output.exists() and not overwrite:
        raise IndexExistsError(f"{output} exists; choose another name with -o, or add --overwrite")
    found = [runs.read(file) for file in files]
    if not set(found[0]).intersection(*found[1:]):
        raise InputError(f"{files[0]} and the others have no query in common; fuse runs of the same queries")
    shares: list[float] | None = None
    tuning: _Tuning | None = None
    if method == "rrf":
        fused = fusion.rrf(found, rrf_k, depth=depth)
    else:
        if tune is not None:
            tuning = _tune(found[0], found[1], tune, split, measure, method)
            shares = tuning.weights
        else:
            shares = [1 / len(found)] * len(found) if weights is None else _numbers(weights)
        fused = fusion.weighted(found, shares, method, depth=depth)
    with complete(output) as unfinished:
        runs.write(unfinished, fused, tag=f"lsr-{method}")
    if as_json:
        facts = {"output": str(output), "runs": [str(file) for file in files], "queries": len(fused), "method": method}
        console.out_json({**facts, "weights": shares, "tuned": asdict(tuning) if tuning else None})
        return
    told = f" with weights {', '.join(f'{share:.4g}' for share in shares)}" if shares else f" with k {rrf_k:g}"
    found_on = f" ({tuning.measure} {tuning.value:.4f} on {tuning.dataset}, {tuning.split})" if tuning else ""
    console.out(f"{output}: {len(fused)} queries, {method}{told}{found_on}")


def _check(files: list[Path], method: str, weights: str | None, tune: str | None) -> None:
    if len(files) < 2:
        raise typer.BadParameter(f"one run alone cannot be fused ({files[0]}); name another")
    given = "--weights" if weights is not None else "--tune" if tune is not None else None
    if method == "rrf" and given:
        raise typer.BadParameter(f"{given} is for weighted scores, and rrf has no weights; add --method minmax or z")
    if weights is not None and tune is not None:
        raise typer.BadParameter("--tune finds the weights; leave out --weights")
    if tune is not None and len(files) != 2:
        raise typer.BadParameter(f"--tune finds the weight of one run against another; found {len(files)} runs")


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"--weights is {text!r}; write one number a run, such as 0.3,0.7") from None


def _tune(
    first: runs.Run, second: runs.Run, dataset: str, split: str, measure: str, method: fusion.Normalise
) -> _Tuning:
    chosen = measures.parse(measure)
    if len(chosen) != 1:
        raise typer.BadParameter(f"--measure is {measure!r}; a weight can be best by one measure only")
    data = load(dataset, split)
    tuned = fusion.tune_weight(first, second, data.qrels, chosen[0], method)
    if first.keys() | second.keys() <= data.qrels.keys():
        console.note("all queries of the runs were used to find the weight: by them the fused run looks too good")
    weights = [tuned.weight, round(1 - tuned.weight, 12)]
    return _Tuning(data.name, data.split, str(chosen[0]), weights, tuned.curve[tuned.weight], tuned.curve)
