"""New indexes in the server's own folder, and their removal; in threads, since both take a while."""

import os
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

from lsr.encoders.loading import load
from lsr.indexing import build_index, create_empty
from lsr_index.documents import Document
from lsr_index.errors import IndexExistsError, IndexNotFoundError
from lsr_index.manifest import Exact
from lsr_service import turns
from lsr_service.engine import Engine
from lsr_service.indexes import Indexes
from lsr_service.names import RULE, is_name
from lsr_service.problems import ProblemError

LOADING_SECONDS = 600.0


def create(
    indexes: Indexes,
    name: str,
    model: str,
    *,
    inference_free: bool = False,
    exact: Exact = None,
    documents: Sequence[Document] = (),
) -> Engine:
    """Make an index, and return it when it answers.

    Args:
        indexes: Where it is put.
        name: Of the index, and of its folder.
        model: One of `settings.models`.
        inference_free: Whether IDF weights are the query side of the model.
        exact: Bits of exact weights that are kept beside the impacts.
        documents: Its first ones; models that learn from a corpus learn from these.

    Raises:
        ProblemError: 409 where the server has no folder for it, or has an index of that name; 422 if the name cannot
            be one or the model is not offered; 503 if it does not load.
        InputError: if the model needs documents to learn from, or does not take the options.
    """
    if not is_name(name):
        raise ProblemError(422, f"the name cannot be one of an index; take {RULE}")
    path = _folder(indexes) / name
    if model not in indexes.settings.models:
        offered = ", ".join(indexes.settings.models)
        raise ProblemError(422, f"the model {model[:100]!r} is not offered for new indexes; there are {offered}")
    with indexes.changing(name):
        if name in indexes:
            raise _exists(name)
        encoder = load(model, inference_free=inference_free)
        try:
            if documents:
                build_index(documents, encoder, path, exact=exact)
            else:
                create_empty(encoder, path, exact=exact)
        except IndexExistsError as error:  # another process of this server was faster
            raise _exists(name) from error
        engine = Engine(name, path, indexes.settings)
        engine.start()
        engine.wait(LOADING_SECONDS)
        if engine.failure is not None:  # or else the name would be taken by what cannot answer
            engine.close()
            shutil.rmtree(_out_of_the_way(path), ignore_errors=True)
            engine.check_ready()
        indexes.adopt(engine)
    engine.check_ready()
    return engine


def remove(indexes: Indexes, name: str) -> None:
    """Take an index out of service and delete its folder; searches that have begun end as they would.

    Raises:
        ProblemError: 404 if there is none of that name; 409 if it is not in the server's own folder; 503 if another
            process writes to it and does not let go.
    """
    with indexes.changing(name):
        engine = indexes.named(name)
        if not indexes.owns(engine):
            detail = f"the index {name} was named when the server was started, and is not deleted over HTTP"
            raise ProblemError(409, detail)
        engine.writing.close()
        try:
            lock = turns.lock(engine.path)
        except ProblemError:
            engine.close()
            again = Engine(name, engine.path, indexes.settings)
            again.start()
            indexes.adopt(again)
            raise
        except IndexNotFoundError as error:  # another process was faster
            indexes.drop(name)
            engine.close()
            raise indexes.missing(name) from error
        indexes.drop(name)
        away = _out_of_the_way(engine.path)
        lock.release()
        engine.close()
        shutil.rmtree(away, ignore_errors=True)


def _folder(indexes: Indexes) -> Path:
    if indexes.settings.data is None:
        raise ProblemError(409, "the server has no folder for new indexes; start it with --data FOLDER")
    indexes.settings.data.mkdir(parents=True, exist_ok=True)
    return indexes.settings.data


def _out_of_the_way(path: Path) -> Path:
    # In one step, so that nobody finds half of it.
    away = path.with_name(f".{path.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}.old")
    return path.rename(away)


def _exists(name: str) -> ProblemError:
    return ProblemError(409, f"there is an index {name} already; delete it first, or choose another name")
