"""Every error that lsr raises on purpose.

    LsrError                        catch this one to catch them all
    ├── InputError                  what was given cannot be used: a malformed line, a duplicate id, a bad weight
    ├── ModelError                  an encoder cannot be found, loaded or trusted
    ├── MissingDependencyError      an optional package is not installed; the message holds the pip command
    ├── VocabularyMismatchError     vectors or an encoder of another vocabulary than the index's
    ├── IndexNotFoundError          there is no index at that path
    ├── IndexExistsError            there is something at that path already
    ├── IndexLockedError            another process is writing to the index
    └── IndexFormatError            the index is damaged, or of a version that this lsr cannot read

Each message is one line: what is wrong, the value, what to do. The CLI prints it and exits with 1; the service
turns it into a problem+json answer.

    try:
        index = SparseIndex.open("idx")
    except lsr.IndexFormatError as error:
        log.error("rebuild it: %s", error)
"""


class LsrError(Exception):
    """Base of all errors that lsr raises on purpose."""


class InputError(LsrError, ValueError):
    """What was given cannot be used; the message names the file and line where there is one."""


class ModelError(LsrError):
    """An encoder cannot be found, loaded or trusted."""


class MissingDependencyError(LsrError, ImportError):
    """An optional package is not installed; the message holds the command that installs it."""


class VocabularyMismatchError(LsrError, ValueError):
    """Vectors or an encoder belong to another vocabulary than the index's."""


class IndexNotFoundError(LsrError, FileNotFoundError):
    """There is no index at the path."""


class IndexExistsError(LsrError, FileExistsError):
    """Something stands at the path already and overwriting was not asked for."""


class IndexLockedError(LsrError, BlockingIOError):
    """Another process, or another part of this one, is writing to the index."""


class IndexFormatError(LsrError):
    """The index is damaged, or of a format version that this lsr cannot read."""
