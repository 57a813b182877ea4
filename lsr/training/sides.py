"""Where query weights come from: a network, or a table over the query's own tokens.

| side | query weight of token t | from |
|---|---|---|
| same, separate | a SparseModel's | SPLADE; two encoders as in Efficient SPLADE, arXiv:2207.03834 |
| binary | 1 | SPLADE-doc, arXiv:2109.10086, §3.3 |
| idf | relu(idf(t)), fixed or trained | arXiv:2411.04403, §3 |
| learned | softplus(E_t · p + c), E_t the static token embedding | Li-LSR, arXiv:2505.01452 |

All tables are binary in the query: a token that occurs twice counts once.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class TableSide(nn.Module):
    """Query weights looked up in a table: fixed, or trained entry by entry.

    Args:
        weights: float32[V]; negative entries weigh nothing.
        trainable: Whether the optimiser may move them.
    """

    def __init__(self, weights: Tensor, *, trainable: bool = False) -> None:
        super().__init__()
        self.weights = nn.Parameter(weights.float(), requires_grad=trainable)

    def table(self) -> Tensor:
        """Return the weight of every token, float32[V] >= 0."""
        return torch.relu(self.weights)

    def forward(self, queries: Sequence[Sequence[int]]) -> Tensor:
        """Return the queries' rows, shape (Q, V), of their token ids without special tokens."""
        return spread(queries, self.table())


class ProjectionSide(nn.Module):
    """Query weights as a projection of the static token embeddings, softplus(E p + c).

    Args:
        embedding: E, shape (V, d), fixed here: the document side trains its own copy.
        start: float32[V] > 0, what the table is fitted to at the start (idf): least squares with a small ridge.
        silent: Ids that never weigh anything (special tokens).
    """

    RIDGE = 1e-3
    embedding: Tensor
    audible: Tensor

    def __init__(self, embedding: Tensor, start: Tensor, silent: Sequence[int] = ()) -> None:
        super().__init__()
        embedding = embedding.detach().float()
        self.register_buffer("embedding", embedding / embedding.norm(dim=1).mean())
        audible = torch.ones(len(embedding))
        audible[list(silent)] = 0
        self.register_buffer("audible", audible)
        wanted = torch.log(torch.expm1(start.float().clamp(min=1e-2, max=20)))
        features = torch.cat([self.embedding, torch.ones(len(embedding), 1)], dim=1)[audible > 0]
        gram = features.t() @ features + self.RIDGE * len(features) * torch.eye(features.shape[1])
        fitted = torch.linalg.solve(gram, features.t() @ wanted[audible > 0])
        self.projection = nn.Parameter(fitted[:-1].clone())
        self.shift = nn.Parameter(fitted[-1:].clone())

    def table(self) -> Tensor:
        """Return the weight of every token, float32[V] >= 0."""
        return nn.functional.softplus(self.embedding @ self.projection + self.shift) * self.audible

    def forward(self, queries: Sequence[Sequence[int]]) -> Tensor:
        """Return the queries' rows, shape (Q, V), of their token ids without special tokens."""
        return spread(queries, self.table())


def spread(queries: Sequence[Sequence[int]], table: Tensor) -> Tensor:
    """Return rows of shape (Q, V) that hold the table's weight at each query's distinct tokens and 0 elsewhere."""
    rows = [number for number, tokens in enumerate(queries) for _ in set(tokens)]
    terms = [token for tokens in queries for token in sorted(set(tokens))]
    index = (torch.tensor(rows, dtype=torch.long), torch.tensor(terms, dtype=torch.long))
    return torch.zeros(len(queries), len(table), device=table.device).index_put(index, table[index[1]])
