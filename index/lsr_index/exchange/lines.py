"""Lines of text files, plain or gzipped; every error names the file and the line."""

import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from lsr_index.errors import InputError


def open_text(path: Path) -> IO[str]:
    """Open a text file as UTF-8, a byte-order mark left out, through gzip where its name ends in .gz.

    Raises:
        InputError: if there is no such file.
    """
    if not path.is_file():
        raise InputError(f"{path} does not exist" if not path.exists() else f"{path} is not a file")
    if path.suffix == ".gz":
        return io.TextIOWrapper(gzip.open(path), encoding="utf-8-sig")
    return path.open(encoding="utf-8-sig")


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield `(line number, line)` of the lines that are not blank.

    Raises:
        InputError: if the file is not UTF-8 text, or not the gzip file that its name says.
    """
    number = 0
    with open_text(path) as file:
        try:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line
        except UnicodeDecodeError as error:
            raise InputError(f"{path}:{number + 1}: not UTF-8 text ({error.reason})") from error
        except (gzip.BadGzipFile, EOFError) as error:
            raise InputError(f"{path}: not a whole gzip file ({error})") from error


def read_objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield `("file:line", object)` for every line.

    Raises:
        InputError: at the first line that is not a JSON object.
    """
    for number, line in read_lines(path):
        where = f"{path}:{number}"
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{where}: not valid JSON: {error}") from error
        if not isinstance(value, dict):
            raise InputError(f"{where}: expected a JSON object, found {type(value).__name__}")
        yield where, value


def pick(record: dict[str, Any], keys: tuple[str, ...], where: str) -> Any:
    """Return the first of several keys that a record has.

    Raises:
        InputError: if it has none of them.
    """
    for key in keys:
        if record.get(key) is not None:
            return record[key]
    raise InputError(f"{where}: no {' or '.join(keys)} in the object (it has {', '.join(record) or 'nothing'})")


def identifier(record: dict[str, Any], where: str) -> str:
    """Return a record's `_id`, `id` or `docid` as a string.

    Raises:
        InputError: if there is none, or it is neither a non-empty string nor a whole number.
    """
    value = pick(record, ("_id", "id", "docid"), where)
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
        raise InputError(f"{where}: the id is {value!r}, it must be a non-empty string or a whole number")
    try:
        return str(value).encode("utf-8").decode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(f"{where}: the id {value!r} is no text: it has half a surrogate pair") from error
