"""The command line: a table of verbs, each imported when it is called, so that `lsr --help` is instant."""

import importlib
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import typer

from lsr_index.errors import LsrError

VERBS = {
    "demo": (
        "lsr_eval.commands.demo:run",
        "Index and search Python's own documentation, with BM25 and SPLADE side by side.",
    ),
    "train": ("lsr.commands.train:run", "Train a sparse retriever from a recipe."),
    "mine": ("lsr.commands.mine:run", "Find hard negatives for training data."),
    "score": ("lsr.commands.score:run", "Score training data with a teacher."),
    "encode": ("lsr.commands.encode:run", "Turn a corpus or queries into sparse vectors."),
    "index": ("lsr.commands.index:run", "Build an index from a corpus or from vectors."),
    "index merge": ("lsr.commands.merge:run", "Merge segments of an index."),
    "index tune": ("lsr.commands.tune:run", "Find the fastest approximate setting that keeps a recall."),
    "add": ("lsr.commands.add:run", "Add documents to an index, or replace them."),
    "delete": ("lsr.commands.delete:run", "Delete documents of an index."),
    "export": ("lsr.commands.export:run", "Write an index's vectors as CIFF, Parquet or JSON lines."),
    "search": ("lsr.commands.search:run", "Search an index."),
    "serve": ("lsr_service.command:run", "Answer queries over HTTP."),
    "serve keys": ("lsr_service.keys_command:app", "Make, list and revoke API keys of the service."),
    "eval": ("lsr_eval.commands.evaluate:run", "Measure retrieval quality on a dataset with relevance judgements."),
    "eval suite": ("lsr_eval.commands.suite:run", "Measure many systems on many datasets, as one report."),
    "eval reproduce": ("lsr_eval.commands.reproduce:run", "Run the commands behind published figures again."),
    "eval curse": ("lsr_eval.commands.curse:run", "Watch quality fall as an index grows around the same queries."),
    "eval tradeoff": (
        "lsr_eval.commands.tradeoff:run",
        "Sweep sparsity, exact weights and approximate search for quality, time and bytes.",
    ),
    "eval fuse": ("lsr_eval.commands.fuse:run", "Make one run of several, by ranks or by weighted scores."),
    "bench": ("lsr_eval.commands.bench:app", "Measure throughput and memory of encoders, and engines side by side."),
    "inspect": ("lsr.commands.inspect:run", "Show what an index, a model or a vectors file holds."),
}
EXTRAS = {
    "torch": "models", "transformers": "models", "safetensors": "models", "accelerate": "train", "peft": "train",
    "yaml": "train", "tensorboard": "train", "matplotlib": "eval", "gguf": "train", "fastapi": "serve",
    "uvicorn": "serve", "orjson": "serve", "pydantic": "serve", "pydantic_settings": "serve",
    "prometheus_client": "serve", "ir_measures": "eval",
    "ir_datasets": "eval",
}  # fmt: skip
TRAINING = ("train", "mine", "score")
"""Verbs that need one extra for all of their packages."""


def main() -> None:
    """Run the command line; exits with 0, 1 (failure, one line on standard error) or 2 (usage)."""
    arguments = sys.argv[1:]
    debug = "--debug" in arguments
    if "--progress" in arguments:
        os.environ["LSR_PROGRESS"] = "1"
    arguments = _joined([argument for argument in arguments if argument not in ("--debug", "--progress")])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds, so that nothing half-written stays behind
    verb = next((argument for argument in arguments if not argument.startswith("-")), None)
    try:
        _app(verb)(args=arguments, prog_name="lsr")
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output went away; without this, Python complains again when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (LsrError, OSError, ModuleNotFoundError, MemoryError) as error:
        if debug:
            raise
        sys.stderr.write(f"lsr: error: {_one_line(error, verb)}\n")
        sys.exit(1)


def _joined(arguments: list[str]) -> list[str]:
    """Make one of a verb's two words: `lsr index merge` is no index of a corpus called merge (`./merge` is).

    `lsr eval FILE.yaml` is a suite.
    """
    pair = " ".join(arguments[:2])
    if arguments[:1] == ["eval"] and any(argument.endswith((".yaml", ".yml")) for argument in arguments[1:2]):
        return ["eval suite", *arguments[1:]]
    return [pair, *arguments[2:]] if pair in VERBS else arguments


def _app(verb: str | None) -> Callable[..., Any]:
    app = typer.Typer(
        help="Learned sparse retrieval. Every command takes --debug (show tracebacks) and --progress (show progress "
        "away from a terminal too).",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback(invoke_without_command=True)(_root)
    for name, (target, summary) in VERBS.items():
        command = _load(target) if name == verb else _unloaded
        if isinstance(command, typer.Typer):  # a verb of several commands
            app.add_typer(command, name=name, help=summary)
        else:
            app.command(name, help=None if name == verb else summary, short_help=summary)(command)
    return app


def _root(version: bool = typer.Option(False, "--version", help="Print the version and exit.")) -> None:
    if version:
        from lsr import __version__

        typer.echo(f"lsr {__version__}")
        raise typer.Exit


def _unloaded() -> None:
    """Stand in for the verbs that were not called."""


def _load(target: str) -> Callable[..., Any]:
    module, _, function = target.partition(":")
    command: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return command


def _one_line(error: BaseException, verb: str | None) -> str:
    if isinstance(error, ModuleNotFoundError) and not isinstance(error, LsrError):
        package = (error.name or "").partition(".")[0]
        if package in EXTRAS:
            extra = "train" if verb in TRAINING else EXTRAS[package]
            return f"this needs the package {package}: pip install 'lsr[{extra}]'"
    if isinstance(error, OSError) and error.filename is not None and not isinstance(error, LsrError):
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split()) or type(error).__name__


if __name__ == "__main__":
    main()
