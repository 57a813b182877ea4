"""Model folders that appear when they are complete, or not at all."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from lsr.encoders.formats import MODULES
from lsr.encoders.own_layout import FILE
from lsr_index import durable
from lsr_index.errors import IndexExistsError, ModelError


@contextmanager
def appearing(folder: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Give a working folder beside `folder` that takes its place when the block ends well, and vanishes otherwise.

    Args:
        folder: Absent or empty, unless `overwrite`.
        overwrite: Replace a model that stands there, in one step where the system can.

    Raises:
        IndexExistsError: if something stands there, or with `overwrite` something that is no model.
        ModelError: if the folder cannot be written.
    """
    folder = folder.absolute()
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        if not overwrite:
            raise IndexExistsError(f"{folder} exists; choose another name, or overwrite it")
        if not any((folder / file).is_file() for file in (MODULES, FILE)):
            raise IndexExistsError(f"{folder} is not a model, so it is not replaced; choose another name")
    unfinished = folder.parent / f".{folder.name}.{uuid.uuid4().hex[:8]}.unfinished"
    try:
        unfinished.mkdir(parents=True)
        yield unfinished
        mark = next(unfinished / file for file in (MODULES, FILE) if (unfinished / file).is_file())
        for path in unfinished.rglob("*.safetensors"):
            shutil.copymode(mark, path)  # its library lets nobody else read it
        durable.sync_tree(unfinished)
        _take_place(unfinished, folder)
    except (OSError, SafetensorError) as error:
        if isinstance(error, IndexExistsError):
            raise
        raise ModelError(f"{folder} cannot be written: {error}; what stood there still does") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _take_place(unfinished: Path, folder: Path) -> None:
    if folder.exists() and not durable.exchange(unfinished, folder):
        old = unfinished.with_suffix(".old")
        folder.rename(old)
        unfinished.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    elif unfinished.exists() and not folder.exists():
        unfinished.rename(folder)
    durable.sync(folder.parent)
