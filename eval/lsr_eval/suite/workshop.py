"""Where a suite works: cells, indexes and vectors in one folder, each found again by what it depends on."""

import json
import time
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from lsr import console
from lsr.encoders.base import SparseEncoder
from lsr.indexing import build_index
from lsr.retriever import Retriever
from lsr_eval import content, runs
from lsr_eval import measures as measuring
from lsr_eval.runs import Run
from lsr_eval.suite import fusing
from lsr_eval.suite.cached_encoder import CachedEncoder
from lsr_eval.suite.cells import Cell, Cells
from lsr_eval.suite.searching import Asked, ask
from lsr_eval.suite.settings import SystemEntry
from lsr_eval.suite.tasks import Task
from lsr_index import durable
from lsr_index.errors import IndexNotFoundError, LsrError
from lsr_index.index import SparseIndex


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
            depends = self._model_key(system)
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

    def _model_key(self, system: SystemEntry) -> str:
        return content.model_key(str(system.model), system.inference_free, system.reading())

    def _model(self, task: Task, system: SystemEntry) -> tuple[Cell, Run]:
        name = str(system.model)
        encoder = SparseEncoder.from_pretrained(name, inference_free=system.inference_free, **system.reading())
        if name != "bm25":  # whose weights hang on the corpus, and cost little
            encoder = CachedEncoder(encoder, self.folder / "vectors" / self._model_key(system))
        index, seconds = self._built(task, system, encoder)
        cell, run = self._asked(task, system, Retriever(index, encoder), encoder.kind)
        speed = encoder.documents_per_second if isinstance(encoder, CachedEncoder) else len(index) / seconds
        return replace(cell, build_seconds=seconds, encoded_per_second=speed), run

    def _built(self, task: Task, system: SystemEntry, encoder: SparseEncoder) -> tuple[SparseIndex, float]:
        key = content.key(task.corpus_key, self._model_key(system))
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
        names = system.fuse or ()
        weights = list(system.weights or [1 / len(names)] * len(names))
        notes: tuple[str, ...] = ()
        if system.tune_split:
            elsewhere = task.on(system.tune_split)
            one, other = [self.cell(elsewhere, others[name], others)[2] for name in names]
            weights, notes = fusing.tuned(elsewhere, system, one, other)
        members = [self.cell(task, others[name], others)[1:] for name in names]
        run = fusing.fuse([run for _, run in members], system, weights, self.k)
        cell = self._judged(task, system, run, system.method)
        return fusing.with_costs(cell, [cell for cell, _ in members], notes), run

    def _judged(self, task: Task, system: SystemEntry, run: Run, kind: str) -> Cell:
        values = measuring.evaluate(task.data.qrels, run, task.measures)
        silent = sum(not run.get(query) for query in task.data.qrels)
        return Cell(system.name, kind, values.means, values.per_query, len(task.data.qrels), silent)

    def _path(self, task: Task, pattern: str) -> Path:
        path = Path(pattern.replace("{dataset}", task.entry.label))
        if not path.exists():
            raise IndexNotFoundError(f"there is nothing at {path}; {{dataset}} stands for {task.entry.label!r}")
        return path
