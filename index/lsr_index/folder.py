"""The names in an index's folder, and what may be swept out of it."""

import re
import shutil
from collections.abc import Container
from pathlib import Path

from lsr_index.manifest import Manifest

SEGMENT_NAME = re.compile(r"segment-\d{6,}")
OTHER_NAMES = re.compile(r"log-\d+|\.(log-\d+|manifest\.json)\.unfinished")
DELETES_NAME = re.compile(r"deleted-\d+\.npy")


def segment_name(number: int) -> str:
    """Return the name of a segment's folder."""
    return f"segment-{number:06d}"


def log_name(generation: int) -> str:
    """Return the name of the log that a generation begins."""
    return f"log-{generation}"


def log_generation(name: str) -> int:
    """Return the generation that a log's name tells."""
    return int(name.removeprefix("log-"))


def deletes_name(generation: int) -> str:
    """Return the name of the file of deletions that came with a generation."""
    return f"deleted-{generation}.npy"


def sweep(folder: Path, manifest: Manifest, keep: Container[str] = ()) -> None:
    """Remove segments, logs and deletions that this generation does not name: what a commit replaced or a crash left.

    Only names that an index gives are touched. The caller holds the lock.

    Args:
        folder: The index.
        manifest: The generation.
        keep: Segments that are being written.
    """
    segments = {segment.name: segment for segment in manifest.segments}
    for path in folder.iterdir():
        if SEGMENT_NAME.fullmatch(path.name):
            if path.name in keep:
                continue
            if path.name not in segments:
                shutil.rmtree(path, ignore_errors=True)
                continue
            for file in path.iterdir():
                if DELETES_NAME.fullmatch(file.name) and file.name != segments[path.name].deletes:
                    file.unlink(missing_ok=True)
        elif OTHER_NAMES.fullmatch(path.name) and path.name != manifest.log:
            path.unlink(missing_ok=True)
