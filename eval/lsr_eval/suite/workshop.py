"""Where a suite works: cells, indexes and vectors in one folder, each found again by what it depends on."""

import json
import time
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from ir_measures import Measure

from lsr import console
from lsr.encoders.base import SparseEncoder
from lsr.indexing import build_index
from lsr.retriever import Retriever
from lsr_eval import datasets, fusion, runs
from lsr_eval import measures as measuring
from lsr_eval.conventions import conventional
from lsr_eval.datasets import Dataset
from lsr_eval.runs import Run
from lsr_eval.suite import content
from lsr_eval.suite.cached_encoder import CachedEncoder
from lsr_eval.suite.cells import Cell, Cells
from lsr_eval.suite.searching import Asked, ask
from lsr_eval.suite.settings import DatasetEntry, SystemEntry
from lsr_index import durable
from lsr_index.errors import IndexNotFoundError, LsrError
from lsr_index.index import SparseIndex


class Task:
    """A dataset of a suite, loaded, with its keys and the measures that it is judged by.

    Args:
        entry: How the suite names it.
        measures: The suite's, None for the dataset's conventional ones.
    """

    def __init__(self, entry: DatasetEntry, measures: str | None) -> None:
        self.entry = entry
        self.data: Dataset = datasets.load(entry.name, entry.split)
        self.measures: list[Measure] = measuring.parse(
            entry.measures or measures or conventional(entry.name, entry.split)
        )

    @cached_property
    def corpus_key(self) -> str:
        """Of the corpus, which is read once."""
        return content.corpus_key(self.data.corpus)

    @cached_property
    def key(self) -> str:
        """Of everything about it."""
        return content.key(self.corpus_key, content.asked_key(self.data), [str(one) for one in self.measures])

    def on(self, split: str) -> "Task":
        """Return the same corpus with the queries of another split."""
        other = Task(replace_split(self.entry, split), " ".join(map(str, self.measures)))
        other.corpus_key = self.corpus_key
        return other


def replace_split(entry: DatasetEntry, split: str) -> DatasetEntry:
    """Return a dataset's entry with another split."""
    return entry.model_copy(update={"split": split})


@dataclass(frozen=True)
class Workshop:
    """The folder of a suite.

    Attributes:
        folder: Of cells, indexes and vectors.
        k: Hits a query.
    """

    folder: Path
    k: int

    @cached_property
    def cells(self) -> Cells:
        """Measured cells."""
        return Cells(self.folder / "cells")

    def cell(self, task: Task, system: SystemEntry, others: dict[str, SystemEntry]) -> tuple[str, Cell, Run]:
        """Return what a system does on a dataset, measured now if that is not known.

        Args:
            task: The dataset.
            system: The system.
            others: By name, those that a fusion may name.

        Returns:
            The cell's key, the cell, its run.
        """
        key = self._key(task, system, others)
        kept = self.cells.get(key)
        if kept is None:
            measure = {"model": self._model, "index": self._index, "run": self._run}
            fused = system.fuse is not None
            kept = self._fusion(task, system, others) if fused else measure[system.kind](task, system)
            self.cells.put(key, *kept)
        cell, run = kept
        return key, replace(cell, system=system.name), run

    def _key(self, task: Task, system: SystemEntry, others: dict[str, SystemEntry]) -> str:
        depends: Any
        if system.kind == "model":
            depends = content.model_key(system)
        elif system.kind == "index":
            manifest = SparseIndex.open(self._path(task, str(system.index))).manifest
            depends = [manifest.identity, manifest.generation]
        elif system.kind == "run":
            depends = content.file_key(self._path(task, str(system.run)))
        else:
            depends = [self._key(task, others[name], others) for name in system.fuse or ()]
            depends += [system.method, system.rrf_k, system.weights]
            if system.tune_split:
                depends.append(task.on(system.tune_split).key)
        return content.key(task.key, system.kind, depends, system.mode, self.k)

    def _model(self, task: Task, system: SystemEntry) -> tuple[Cell, Run]:
        name = str(system.model)
        encoder = SparseEncoder.from_pretrained(name, inference_free=system.inference_free, **system.reading())
        if name != "bm25":  # whose weights hang on the corpus, and cost little
            encoder = CachedEncoder(encoder, self.folder / "vectors" / content.model_key(system))
        index, seconds = self._built(task, system, encoder)
        cell, run = self._asked(task, system, Retriever(index, encoder), encoder.kind)
        speed = encoder.documents_per_second if isinstance(encoder, CachedEncoder) else len(index) / seconds
        return replace(cell, build_seconds=seconds, encoded_per_second=speed), run

    def _built(self, task: Task, system: SystemEntry, encoder: SparseEncoder) -> tuple[SparseIndex, float]:
        key = content.key(task.corpus_key, content.model_key(system))
        path, record = self.folder / "indexes" / key, self.folder / "indexes" / f"{key}.json"
        try:
            seconds = float(json.loads(record.read_text()))
            index = SparseIndex.open(path)
            if encoder.needs_corpus or encoder.heeds_corpus:
                encoder.fit(task.data.corpus.texts())
            return index, seconds
        except (OSError, ValueError, LsrError):
            path.parent.mkdir(parents=True, exist_ok=True)
        total = task.data.corpus.check()
        there = path.exists()
        with console.progress(f"{task.entry.label}: encoding with {system.name}", total) as progress:
            started = time.perf_counter()
            index = build_index(
                task.data.corpus, encoder, path, overwrite=there, progress=progress, bars=console.progress
            )
            seconds = time.perf_counter() - started
        durable.replace(record, json.dumps(seconds).encode())
        return index, seconds

    def _index(self, task: Task, system: SystemEntry) -> tuple[Cell, Run]:
        retriever = Retriever.open(self._path(task, str(system.index)))
        return self._asked(task, system, retriever, retriever.encoder.kind)

    def _asked(self, task: Task, system: SystemEntry, retriever: Retriever, kind: str) -> tuple[Cell, Run]:
        index = retriever.index
        asked: Asked = ask(task.data, retriever, self.k, system.mode)
        cell = replace(
            self._judged(task, system, asked.run, kind),
            documents=len(index),
            document_nnz=index.manifest.postings / max(1, index.segments.documents),
            query_nnz=asked.query_nnz,
            flops=asked.flops,
            index_bytes=index.bytes,
            search_ms=asked.search_ms,
            client_ms=asked.client_ms,
            index=str(index.path),
        )
        return cell, asked.run

    def _run(self, task: Task, system: SystemEntry) -> tuple[Cell, Run]:
        path = self._path(task, str(system.run))
        run = runs.read(path)
        runs.check_queries(run, task.data.qrels, str(path))
        run = {query: dict(list(hits.items())[: self.k]) for query, hits in run.items()}
        run = runs.without_self(run) if task.data.excludes_self else run
        return self._judged(task, system, run, "run"), run

    def _fusion(self, task: Task, system: SystemEntry, others: dict[str, SystemEntry]) -> tuple[Cell, Run]:
        members = [self.cell(task, others[name], others) for name in system.fuse or ()]
        found = [run for _, _, run in members]
        notes: tuple[str, ...] = ()
        if system.method == "rrf":
            run = fusion.rrf(found, k=system.rrf_k, depth=self.k)
        else:
            weights = list(system.weights or [1 / len(found)] * len(found))
            if system.tune_split:
                weights, note = self._tuned(task.on(system.tune_split), system, others)
                notes = (note,)
            run = fusion.weighted(found, weights, cast("Any", system.method), depth=self.k)
        cells = [cell for _, cell, _ in members]
        cell = replace(
            self._judged(task, system, run, system.method),
            documents=cells[0].documents,
            index_bytes=cast("Any", _sum([cell.index_bytes for cell in cells])),
            client_ms={
                name: sum(cell.client_ms[name] for cell in cells)
                for name in ("p50", "p99")
                if all(name in cell.client_ms for cell in cells)
            },
            notes=notes,
        )
        return cell, run

    def _tuned(self, task: Task, system: SystemEntry, others: dict[str, SystemEntry]) -> tuple[list[float], str]:
        """Find the weight on another split's queries, by the first measure."""
        one, other = [self.cell(task, others[name], others)[2] for name in system.fuse or ()]
        weight = fusion.tune_weight(one, other, task.data.qrels, task.measures[0], cast("Any", system.method)).weight
        names = system.fuse or ()
        note = f"weight {weight:g} for {names[0]}, {1 - weight:g} for {names[1]}, tuned on {system.tune_split}"
        return [weight, 1 - weight], note

    def _judged(self, task: Task, system: SystemEntry, run: Run, kind: str) -> Cell:
        values = measuring.evaluate(task.data.qrels, run, task.measures)
        silent = sum(not run.get(query) for query in task.data.qrels)
        return Cell(system.name, kind, values.means, values.per_query, len(task.data.qrels), silent)

    def _path(self, task: Task, pattern: str) -> Path:
        path = Path(pattern.replace("{dataset}", task.entry.label))
        if not path.exists():
            raise IndexNotFoundError(f"there is nothing at {path}; {{dataset}} stands for {task.entry.label!r}")
        return path


def _sum(values: list[int | None]) -> int | None:
    return None if any(value is None for value in values) else sum(value or 0 for value in values)
