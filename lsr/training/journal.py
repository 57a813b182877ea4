"""What a run leaves behind for people: a line of figures a step, TensorBoard events, a picture of the curves."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LOG, EVENTS, PICTURE = "log.jsonl", "tensorboard", "curves.png"


class Journal:
    """Write the figures of a run.

    Args:
        folder: The run's folder.
        start: The step that is written next; lines from it on (of a run that was killed after its last checkpoint) go.
    """

    def __init__(self, folder: Path, start: int = 0) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self.folder = folder
        kept = [line for line in read(folder) if line["step"] < start]
        self._file = (folder / LOG).open("w", encoding="utf-8")
        for line in kept:
            self._write(line)
        self._events = SummaryWriter(str(folder / EVENTS), purge_step=start)

    def step(self, step: int, figures: Mapping[str, float]) -> None:
        """Write a step's figures."""
        self._write({"step": step, **figures})
        for name, value in figures.items():
            self._events.add_scalar(name, value, step)

    def close(self) -> None:
        """Finish the files and draw the curves."""
        self._file.close()
        self._events.close()
        draw(self.folder)

    def _write(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps({key: _rounded(value) for key, value in line.items()}, ensure_ascii=False) + "\n")
        self._file.flush()


def read(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of a run's log; an unfinished last line, of a killed run, is left out."""
    path = folder / LOG
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines[:-1] if line]


def draw(folder: Path) -> Path | None:
    """Draw loss, sparsity, λ and quality over the steps into `curves.png`; returns its path, None without steps."""
    from matplotlib.figure import Figure

    lines = read(folder)
    if not lines:
        return None
    panels = {
        "losses": [name for name in ("loss", "infonce", "kl", "margin_mse", "imitation") if _has(lines, name)],
        "non-zeros a text": ["document nnz", "query nnz"],
        "λ": sorted({name for line in lines for name in line if " λ " in name}),
        "quality": sorted({name for line in lines for name in line if name.startswith("eval ")}),
    }
    shown = {title: names for title, names in panels.items() if any(_has(lines, name) for name in names)}
    figure = Figure(figsize=(5 * len(shown), 4), layout="constrained")
    for place, (title, names) in enumerate(shown.items(), start=1):
        axes = figure.add_subplot(1, len(shown), place)
        for name in names:
            points = [(line["step"], line[name]) for line in lines if line.get(name) is not None]
            if points:
                axes.plot(*zip(*points, strict=True), label=name, marker="o" if len(points) < 30 else "")
        if title in ("non-zeros a text", "λ"):
            axes.set_yscale("log")
        axes.set_title(title)
        axes.set_xlabel("step")
        axes.legend(fontsize="small")
    path = folder / PICTURE
    figure.savefig(path, dpi=110)
    return path


def _has(lines: list[dict[str, Any]], name: str) -> bool:
    return any(line.get(name) is not None for line in lines)


def _rounded(value: Any) -> Any:
    return float(f"{value:.9g}") if isinstance(value, float) else value
