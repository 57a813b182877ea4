"""What a test collection is called, whatever the way to it, and which measures it is judged by."""

import re
from pathlib import Path

from lsr_eval import measures

MS_MARCO = "RR@10 R@1000"
TREC_DL = "nDCG@10 RR(rel=2)@10 AP(rel=2) R(rel=2)@1000"
"""Grade 1 is "related" there, and no answer: what is not graded counts answers from grade 2."""

CONVENTIONS = (
    (re.compile(r"msmarco-passage(-v2)?/trec-dl-"), TREC_DL),
    (re.compile(r"msmarco-passage(/|$)"), MS_MARCO),
)
"""The first that fits the beginning of a name; all others, BEIR among them, have `measures.DEFAULT`."""


def canonical(dataset: str, split: str | None = None) -> str:
    """Return the one name of a collection's split, so that figures of the same queries can be found together.

    `beir/scifact/test`, `beir/scifact` split test, `scifact` and a BEIR folder of that name are all `scifact`: test
    is what is meant where nothing is said. `scifact/train` is another.

    Args:
        dataset: An ir_datasets id, a folder, or the name itself.
        split: Of a folder or an id above its splits; one that the id ends with already adds nothing.
    """
    path = Path(dataset)
    is_folder = path.is_dir() or dataset.startswith((".", "/", "~"))
    name = (path.resolve().name if is_folder else dataset).lower().strip("/").removeprefix("beir/")
    if split is not None and name.rpartition("/")[2] != split:
        name = f"{name}/{split}"
    return name.removesuffix("/judged").removesuffix("/test")


def conventional(dataset: str, split: str | None = None) -> str:
    """Return the measures that a collection is judged by where the user names none, as `measures.parse` reads them."""
    name = canonical(dataset, split)
    return next((names for pattern, names in CONVENTIONS if pattern.match(name)), measures.DEFAULT)
