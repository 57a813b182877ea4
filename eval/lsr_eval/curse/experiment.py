"""The whole experiment in one call: from names of datasets to a report."""

from collections.abc import Callable, Sequence

from lsr_eval import results
from lsr_eval.curse import growth
from lsr_eval.curse.pool import Ask, Pool, among_strings, gather
from lsr_eval.curse.report import Distractors, Report
from lsr_eval.curse.run import Settings, measure
from lsr_index.errors import InputError
from lsr_index.progress import Bars, silent

Sizes = Sequence[int | None]


def experiment(
    datasets: Sequence[str],
    settings: Settings,
    *,
    sizes: Sizes | None = None,
    distractors: Distractors = "documents",
    ask: Ask = "first",
    queries: int | None = None,
    command: str = "lsr eval curse",
    note: str = "",
    bars: Bars = silent,
    tell: Callable[[str], None] = lambda _: None,
) -> Report:
    """Grow an index around the same queries, and measure every system at every size.

    Args:
        datasets: As `gather` takes them.
        settings: What is compared, and how.
        sizes: Numbers of documents, None for all there are; by default 1000, 3000, 10000, … and all.
        distractors: What is added to the judged documents: other documents, or random strings.
        ask: Whose queries are asked: the first dataset's, or all.
        queries: Ask at most so many of a dataset.
        command: What repeats this, for the page.
        note: A paragraph for the end of the page.
        bars: Shows progress.
        tell: Called with a line about what is in the pool.

    Raises:
        InputError: if a dataset, a size or a number of dimensions cannot be.
        ModelError: if there is no such model.
    """
    pool = _pool(datasets, distractors, sizes, ask, queries, settings.seed)
    chosen = growth.resolved(growth.usual(pool) if sizes is None else sizes, pool)
    tell(f"{len(pool.queries)} queries, {pool.fixed} judged documents, {pool.distractors} distractors")
    observations = measure(pool, chosen, settings, bars)
    configuration = {
        "command": command, "datasets": list(datasets), "systems": [one.name for one in settings.systems],
        "sizes": chosen, "distractors": distractors, "ask": ask, "queries": queries, "repeats": settings.repeats,
        "seed": settings.seed, "projection": settings.projection, "equal_bytes": list(settings.equal_bytes),
        "max_length": settings.max_length, "measures": [str(measure) for measure in settings.measures],
        "depth": settings.depth, "versions": results.versions(),
    }  # fmt: skip
    return Report(pool, distractors, observations, configuration, note)


def _pool(names: Sequence[str], kind: Distractors, sizes: Sizes | None, ask: Ask, limit: int | None, seed: int) -> Pool:
    if kind == "documents":
        return gather(names, ask=ask, limit=limit, seed=seed)
    if ask == "first" and len(names) > 1:
        raise InputError(f"{names[1]} gives no distractors where these are strings; leave it out, or take --ask all")
    pool = gather(names, ask=ask, limit=limit, seed=seed)
    return among_strings(pool, growth.strings_for([None] if sizes is None else sizes, pool.fixed), seed)
