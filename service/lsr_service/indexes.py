"""The indexes that a server holds, by name."""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from lsr_index.errors import LsrError
from lsr_service.engine import Engine
from lsr_service.names import is_name
from lsr_service.problems import ProblemError
from lsr_service.settings import Settings

log = logging.getLogger("lsr_service")


class Indexes(Mapping[str, Engine]):
    """Engines by name, in the order in which they were given.

    Args:
        folders: Indexes by name.
        settings: Of all of them; indexes in `settings.data` are added.
        model: Encode queries with this model instead of those that the indexes record.

    Raises:
        IndexNotFoundError: if there is no index in one of the folders.
        IndexFormatError: if one is damaged.
    """

    def __init__(self, folders: Mapping[str, Path], settings: Settings, model: str | None = None) -> None:
        self.settings = settings
        self._model = model
        self._engines = {name: Engine(name, path, settings, model) for name, path in folders.items()}
        self._stop = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="lsr-reload", daemon=True)
        self._mutex = threading.Lock()
        self._busy: set[str] = set()
        self._own = {engine.path for engine in self._engines.values() if _is_in(settings.data, engine.path)}
        for path in self._unknown():
            self.adopt(Engine(path.name, path, settings))

    def __getitem__(self, name: str) -> Engine:
        return self._engines[name]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._engines))

    def __len__(self) -> int:
        return len(self._engines)

    @property
    def default(self) -> Engine:
        """The index that was named first, or the only one.

        Raises:
            ProblemError: 404 if there is none.
        """
        for engine in self._engines.values():
            return engine
        raise ProblemError(404, "there is no index; start the server with one")

    def named(self, name: str) -> Engine:
        """Return an index by its name.

        Raises:
            ProblemError: 404 if there is none of that name.
        """
        engine = self._engines.get(name)
        if engine is None and self.settings.data is not None and is_name(name):
            self._find(self.settings.data / name)  # another process may have made it a moment ago
            engine = self._engines.get(name)
        if engine is None or (engine.path in self._own and not engine.path.exists()):
            raise self.missing(name)
        return engine

    def missing(self, name: str) -> ProblemError:
        """Return the answer to who asks for an index that is not there."""
        shown = name if is_name(name) else "of that name"
        return ProblemError(404, f"there is no index {shown}; GET /v1/indexes lists what there is")

    def ready(self, name: str | None = None) -> Engine:
        """Return an index that answers, the default one where none is named.

        Raises:
            ProblemError: 404 if there is none, 503 if it is not loaded.
        """
        engine = self.default if name is None else self.named(name)
        engine.check_ready()
        return engine

    @contextmanager
    def changing(self, name: str) -> Iterator[None]:
        """Have a name for oneself while its index is made or removed.

        Raises:
            ProblemError: 409 if someone else has it.
        """
        with self._mutex:
            if name in self._busy:
                raise ProblemError(409, f"the index {name} is being created or deleted; try again in a moment")
            self._busy.add(name)
        try:
            yield
        finally:
            with self._mutex:
                self._busy.discard(name)

    def owns(self, engine: Engine) -> bool:
        """Tell whether an index stands in the server's own folder, where it may be removed."""
        return engine.path in self._own

    def adopt(self, engine: Engine) -> None:
        """Serve one more, of the server's own folder."""
        self._own.add(engine.path)
        self._engines[engine.name] = engine

    def drop(self, name: str) -> None:
        """Serve one no longer; closing it is the caller's part."""
        self._engines.pop(name, None)

    def start(self) -> None:
        """Load all of them in the background, and watch for newer versions."""
        for engine in list(self._engines.values()):
            engine.start()
        if not self._watcher.is_alive() and not self._stop.is_set():
            self._watcher.start()

    def wait(self, seconds: float) -> None:
        """Wait until all are loaded, at most so long for each."""
        for engine in list(self._engines.values()):
            engine.wait(seconds)

    def close(self) -> None:
        """Finish what waits, and end."""
        self._stop.set()
        for engine in list(self._engines.values()):
            engine.close()
        if self._watcher.is_alive():
            self._watcher.join()

    def _watch(self) -> None:
        known: dict[str, object] = {}
        failed: dict[str, str] = {}
        while not self._stop.wait(self.settings.reload_seconds):
            self._look_around(failed)
            for name, engine in list(self._engines.items()):
                try:
                    stamp = _stamp(engine.path)
                    if not engine.ready or known.get(name) == stamp:
                        continue
                    if engine.reload():
                        log.info("%s is at generation %d", name, engine.index.manifest.generation)
                    known[name] = stamp
                    failed.pop(name, None)
                except (LsrError, OSError) as error:
                    if failed.get(name) != str(error):  # once, not every second
                        log.warning("%s stays as it is: %s", name, error)
                        failed[name] = str(error)

    def _look_around(self, failed: dict[str, str]) -> None:
        # Another process of this server, or someone at a terminal, may have made or removed indexes.
        for name, engine in list(self._engines.items()):
            with self._mutex:
                gone = name not in self._busy and self.owns(engine) and not engine.path.exists()
            if gone:
                self.drop(name)
                # What it still answers must not keep the others from being looked at.
                threading.Thread(target=engine.close, name=f"lsr-close-{name}", daemon=True).start()
                log.info("%s is gone", name)
        for path in self._unknown():
            try:
                self._find(path)
            except (LsrError, OSError) as error:
                if failed.get(path.name) != str(error):
                    log.warning("%s is not served: %s", path.name, error)
                    failed[path.name] = str(error)

    def _find(self, path: Path) -> None:
        """Serve an index that stands in the server's folder, unless it is being made here: who makes it will do so.

        Raises:
            LsrError: if it is damaged.
        """
        if not (path / "manifest.json").is_file():
            return
        with suppress(ProblemError), self.changing(path.name):
            if path.name not in self._engines:
                engine = Engine(path.name, path, self.settings)
                engine.start()
                self.adopt(engine)
                log.info("%s is new", path.name)

    def _unknown(self) -> list[Path]:
        folder = self.settings.data
        if folder is None or not folder.is_dir():
            return []
        served = {engine.path.resolve() for engine in self._engines.values()}
        found = [path for path in sorted(folder.iterdir()) if is_name(path.name) and path.name not in self._engines]
        return [path for path in found if (path / "manifest.json").is_file() and path.resolve() not in served]


def _is_in(folder: Path | None, path: Path) -> bool:
    return folder is not None and path.parent.resolve() == folder.resolve()


def _stamp(path: Path) -> object:
    stat = (path / "manifest.json").stat()
    return stat.st_ino, stat.st_mtime_ns, stat.st_size
