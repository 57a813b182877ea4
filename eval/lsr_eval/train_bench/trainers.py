"""The trainers that are compared: the same model, the same batches, the same losses, AdamW, one way to call both.

SPLADE on both sides with in-batch negatives and FLOPS. Dropout is off, so that losses can be compared.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, Protocol

import torch
from torch import Tensor

from lsr_eval.side_by_side import Setting

RATE, LAMBDA = 2e-5, 1e-4
Pairs = Sequence[tuple[str, str]]
"""(query, document) of each row of a batch."""


class Trainer(Protocol):
    """Batches in, losses out."""

    def step(self, pairs: Pairs) -> float:
        """Take an optimiser step and return the loss before it."""
        ...


class Ours:
    """lsr."""

    def __init__(self, setting: Setting) -> None:
        from lsr.encoders.tokenization import TextTokenizer
        from lsr.training import backbones
        from lsr.training.forward import Forward
        from lsr.training.losses.infonce import InfoNCE
        from lsr.training.model import SparseModel
        from lsr.training.recipe import Model
        from lsr.training.regularizers.flops import Flops

        torch.set_num_threads(setting.threads)
        backbone = backbones.load(str(setting.model), Model(backbone=str(setting.model), dropout=0))
        model = SparseModel(backbone.model).train()
        self._tokenizer = TextTokenizer.from_folder(setting.model, setting.max_length)
        half = torch.bfloat16 if setting.precision == "bfloat16" else torch.float32
        self._forward = Forward(model, self._tokenizer.pad_id, 8192, half)
        self._loss, self._penalty = InfoNCE(), Flops()
        self._optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)

    def step(self, pairs: Pairs) -> float:
        """As `lsr.training.run` does it: the batch ends in leaves, whose gradients go back part by part."""
        from lsr.training.losses.base import Scored

        sides = [self._forward(self._tokenizer.windows([pair[side] for pair in pairs]).sequences) for side in (0, 1)]
        queries, documents = leaves = [side.weights.requires_grad_() for side in sides]
        own = torch.eye(len(pairs), dtype=torch.bool)
        scored = Scored(queries @ documents.t(), torch.arange(len(pairs)), own, torch.ones_like(own), None)
        loss = self._loss(scored) + LAMBDA * (self._penalty(queries) + self._penalty(documents))
        loss.backward()  # type: ignore[no-untyped-call]
        for side, leaf in zip(sides, leaves, strict=True):
            assert leaf.grad is not None
            side.backward(leaf.grad)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        return float(loss.detach())


class Theirs:
    """sentence-transformers' SpladeLoss over SparseMultipleNegativesRankingLoss."""

    def __init__(self, setting: Setting) -> None:
        from sentence_transformers import SparseEncoder
        from sentence_transformers.sparse_encoder import losses
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        torch.set_num_threads(setting.threads)
        model: Any = SparseEncoder(str(setting.model), device="cpu")
        self._model = model
        self._model.max_seq_length = setting.max_length
        modules: list[Any] = list(self._model.modules())
        for module in modules:
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
            if hasattr(module, "dropout_prob"):
                setattr(module, "dropout_prob", 0.0)  # noqa: B010 - types take it for a module of its own
        self._model.train()
        ranking = losses.SparseMultipleNegativesRankingLoss(self._model)
        self._loss: Any = losses.SpladeLoss(self._model, ranking, LAMBDA, LAMBDA)
        self._half = setting.precision == "bfloat16"
        self._optimizer = torch.optim.AdamW(self._model.parameters(), lr=RATE)

    def step(self, pairs: Pairs) -> float:
        """As its trainer does it."""
        features = [self._model.preprocess([pair[side] for pair in pairs]) for side in (0, 1)]
        with torch.autocast("cpu", dtype=torch.bfloat16) if self._half else nullcontext():
            parts: dict[str, Tensor] = self._loss(features)
        loss = torch.stack([part.float() for part in parts.values()]).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        return float(loss.detach())


TRAINERS: dict[str, Callable[[Setting], Trainer]] = {"lsr": Ours, "sentence-transformers": Theirs}
