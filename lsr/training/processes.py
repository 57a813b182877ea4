"""Several processes on one batch: each encodes its share of the texts, all see all weights.

Ranking losses and penalties are computed from the whole batch on every process, so in-batch negatives cross devices
and λ means the same for any number of them. A process sends back only its own rows' gradients; summed over processes
these are the gradients that one process alone would have.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

T = TypeVar("T")


class Processes:
    """This process among `count`; one without torchrun."""

    def __init__(self) -> None:
        from accelerate import PartialState

        state = PartialState(cpu=not torch.cuda.is_available())
        self.rank, self.count, self.device = state.process_index, state.num_processes, state.device

    @property
    def first(self) -> bool:
        """Whether this process writes files and speaks."""
        return bool(self.rank == 0)

    def share(self, items: Sequence[T]) -> list[T]:
        """Return the items of this process: every count-th."""
        return list(items[self.rank :: self.count])

    def gather(self, rows: Tensor, total: int) -> Tensor:
        """Return the rows of all processes in the order of the items they were shared from, shape (total, V)."""
        if self.count == 1:
            return rows
        most = -(-total // self.count)
        padded = torch.zeros(most, rows.shape[1], dtype=rows.dtype, device=rows.device)
        padded[: len(rows)] = rows
        parts = [torch.empty_like(padded) for _ in range(self.count)]
        dist.all_gather(parts, padded)
        # Row r of process p was item r · count + p.
        return torch.stack(parts, dim=1).flatten(0, 1)[:total]

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Add up the gradients of all processes; a parameter without one counts as zero."""
        if self.count == 1:
            return
        for parameter in parameters:
            if parameter.requires_grad:
                if parameter.grad is None:
                    parameter.grad = torch.zeros_like(parameter)
                dist.all_reduce(parameter.grad)

    def tell(self, value: float) -> float:
        """Return the first process's value on every process."""
        if self.count == 1:
            return value
        told = torch.tensor([value], dtype=torch.float64, device=self.device)
        dist.broadcast(told, src=0)
        return float(told)

    def in_turn(self, work: Callable[[], None]) -> None:
        """Let the first process work before the others, which then find its results cached."""
        if not self.first:
            self.wait()
        work()
        if self.first:
            self.wait()

    def wait(self) -> None:
        """Return when all processes are here."""
        if self.count > 1:
            dist.barrier()
