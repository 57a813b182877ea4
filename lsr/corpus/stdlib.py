"""Gather the documentation of the running interpreter's standard library as a corpus.

One document for every public module, class, function and method that has a docstring of its own: id = dotted
name, title = dotted name and signature, text = docstring. Nothing is shipped and nothing is downloaded, so the
corpus is there wherever Python is, and follows its version.

Importing every module of the library has side effects (some print, some change signal handlers), so the work is
done by this same file run as a script in a child process, without site-packages; the script part therefore uses
the standard library only.
"""

import importlib
import inspect
import json
import os
import pkgutil
import re
import subprocess
import sys
import types
import warnings
from collections.abc import Iterator
from pathlib import Path

# Their import opens a browser, a window or the test suite, or they are internals that nobody asks for.
SKIPPED = {"antigravity", "this", "idlelib", "test", "turtledemo", "lib2to3", "distutils", "ensurepip"}
# Users write os.path, whatever the system calls the module behind it.
PATH_MODULES = {"posixpath", "ntpath", "genericpath"}


def read() -> Iterator[dict[str, str]]:
    """Yield `{"id", "title", "text"}` for every documented name, sorted by module.

    Raises:
        LsrError: if the child interpreter fails; the message is its own last line.
    """
    command = [sys.executable, "-I", "-S", "-X", "utf8", "-W", "ignore", str(Path(__file__).resolve())]
    # Some modules read the environment when they are imported, and show it in their signatures: they get none.
    environment = {name: os.environ[name] for name in ("SYSTEMROOT", "PATH") if name in os.environ}
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, env=environment)
    if done.returncode:
        from lsr_index.errors import LsrError  # the script part has no site-packages

        raise LsrError(f"reading the standard library failed: {(done.stderr.strip() or '?').splitlines()[-1]}")
    for line in done.stdout.splitlines():
        yield json.loads(line)


def module_names() -> Iterator[str]:
    """Yield the dotted names of all public modules and sub-modules, without importing leaf modules."""
    for name in sorted(sys.stdlib_module_names):
        if name.startswith("_") or name in SKIPPED | PATH_MODULES:
            continue
        yield name
        if name == "os":
            yield "os.path"
        module = _import(name)
        for info in pkgutil.walk_packages(getattr(module, "__path__", []), f"{name}.", onerror=lambda _: None):
            if not any(part.startswith("_") or part in {"tests", "test"} for part in info.name.split(".")):
                yield info.name


def documents() -> Iterator[dict[str, str]]:
    """Yield the documents of this process's own standard library; imports all of it."""
    # The same object is often reachable under several names (os.path and posixpath, re-exports in __init__):
    # the shortest dotted name wins, because that is the one users write.
    found: dict[int, tuple[str, object]] = {}
    for module_name in module_names():
        module = _import(module_name)
        if module is None:
            continue
        for name, value in _members(module, module_name):
            kept = found.get(id(value))
            if kept is None or (name.count("."), len(name)) < (kept[0].count("."), len(kept[0])):
                found[id(value)] = (name, value)
    by_name = {name: (value, text) for name, value in found.values() if (text := _own_doc(value))}
    for name, (value, text) in sorted(by_name.items()):
        yield {"id": name, "title": name + _signature(value), "text": text}


def _import(name: str) -> types.ModuleType | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(name)
    except BaseException:  # modules of other systems fail in every way there is, SystemExit included
        return None


def _members(module: types.ModuleType, module_name: str) -> Iterator[tuple[str, object]]:
    yield module_name, module
    prefix = "" if module_name == "builtins" else f"{module_name}."
    public = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
    for name in public:
        value = getattr(module, name, None)  # not vars(): concurrent.futures makes its classes on first access
        if inspect.isclass(value) and _belongs(value, module_name):
            yield f"{prefix}{name}", value
            for attribute, member in vars(value).items():
                function = member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
                if not attribute.startswith("_") and (inspect.isroutine(function) or isinstance(function, property)):
                    yield f"{prefix}{name}.{attribute}", function
        elif inspect.isroutine(value) and _belongs(value, module_name):
            yield f"{prefix}{name}", value


def _belongs(value: object, module_name: str) -> bool:
    """Tell a definition from a plain import: `from x import y` does not make y a part of the module."""
    home = getattr(value, "__module__", None) or module_name
    root = module_name.split(".")[0]
    # C accelerators say _functools, posix, nt …: those are the public module's own.
    return home.split(".")[0] == root or home.startswith("_") or home in PATH_MODULES | {"posix", "nt", "builtins"}


def _own_doc(value: object) -> str:
    doc = value.__doc__
    if isinstance(value, type) and not doc:
        doc = getattr(vars(value).get("__init__"), "__doc__", None)  # documented where it is constructed
    if (
        not isinstance(doc, str)
        or doc.startswith("Initialize self.")
        or (not isinstance(value, type) and doc == type(value).__doc__)
    ):
        return ""
    return inspect.cleandoc(doc).strip()


def _signature(value: object) -> str:
    if isinstance(value, (types.ModuleType, property)):
        return ""
    try:
        signature = inspect.signature(value)  # type: ignore[arg-type]
        shown = [parameter.replace(default=_shown(parameter.default)) for parameter in signature.parameters.values()]
        return re.sub(r" at 0x[0-9a-f]+", "", str(signature.replace(parameters=shown)))
    except Exception:  # C functions raise whatever their text signature evaluates to
        return "()" if callable(value) else ""


class _Shown:
    """A default value that prints as the given text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _shown(default: object) -> object:
    """Shorten defaults that are no constants: a whole environment, a path of this machine, an object's address."""
    if default is inspect.Parameter.empty or isinstance(default, (int, float, bool, bytes, type, type(None))):
        return default
    text = repr(default)
    return _Shown("…") if len(text) > 40 or "/" in text else default


def _main() -> None:
    for document in documents():
        sys.stdout.write(json.dumps(document) + "\n")


if __name__ == "__main__":
    sys.setrecursionlimit(10_000)
    _main()
