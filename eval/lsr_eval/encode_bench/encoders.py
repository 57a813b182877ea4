"""The encoders that are compared, one way to call both."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from scipy.sparse import csr_array

from lsr_eval.side_by_side import Setting

TEXTS_AT_A_TIME = 32  # sentence-transformers' own default


class Encoder(Protocol):
    """Documents in, vectors out; and its vocabulary head alone."""

    def encode(self, texts: Sequence[str]) -> csr_array:
        """Return float32 rows of shape (n, V)."""
        ...

    def head(self, texts: int, length: int) -> Callable[[], object]:
        """Return a call of the vocabulary head and the pooling on made-up states of `texts` of `length` tokens."""
        ...


class Ours:
    """lsr."""

    def __init__(self, setting: Setting) -> None:
        from lsr.encoders import formats
        from lsr.encoders.base import SparseEncoder
        from lsr.encoders.network import Network

        torch.set_num_threads(setting.threads)
        computing: dict[str, Any] = {"dtype": setting.precision, "device": "cpu"}
        self._encoder = SparseEncoder.from_pretrained(setting.model, max_length=setting.max_length, **computing)
        files = formats.read(setting.model).document
        self._network = lambda: Network(files, name=str(setting.model), **computing)

    def encode(self, texts: Sequence[str]) -> csr_array:
        """Encode documents."""
        return self._encoder.encode_documents(texts)

    def head(self, texts: int, length: int) -> Callable[[], object]:
        """Call the fused pooling."""
        pool = self._network().pool  # type: ignore[no-untyped-call]
        assert pool is not None
        states = torch.randn(texts * length, pool.width, generator=torch.Generator().manual_seed(0)).to(pool.dtype)
        return lambda: pool(states, [length] * texts)


class Theirs:
    """sentence-transformers' SparseEncoder."""

    def __init__(self, setting: Setting) -> None:
        from sentence_transformers import SparseEncoder
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        torch.set_num_threads(setting.threads)
        dtype = torch.float32 if setting.precision == "float32" else torch.bfloat16
        self._encoder: Any = SparseEncoder(str(setting.model), device="cpu", model_kwargs={"dtype": dtype})
        self._encoder.max_seq_length = setting.max_length
        module: Any = self._encoder[0]
        self._modules: Any = module.sub_modules["document"] if hasattr(module, "sub_modules") else self._encoder
        self._modules[0].max_seq_length = setting.max_length

    def encode(self, texts: Sequence[str]) -> csr_array:
        """Encode documents."""
        rows = self._encoder.encode_document(
            list(texts), batch_size=TEXTS_AT_A_TIME, show_progress_bar=False, convert_to_sparse_tensor=True
        )
        rows = rows.float().coalesce()
        row, column = rows.indices().numpy()
        found = csr_array((rows.values().numpy(), (row, column)), shape=tuple(rows.shape), dtype=np.float32)
        found.eliminate_zeros()
        return found

    @torch.inference_mode()
    def head(self, texts: int, length: int) -> Callable[[], object]:
        """Call the output embedding and SpladePooling."""
        decoder = self._modules[0].auto_model.get_output_embeddings()
        weight = decoder.weight
        states = torch.randn(texts, length, weight.shape[1], generator=torch.Generator().manual_seed(0)).to(weight)
        mask = torch.ones(texts, length, dtype=torch.long)

        def call() -> object:
            with torch.inference_mode():
                return self._modules[1]({"token_embeddings": decoder(states), "attention_mask": mask})

        return call


ENCODERS: dict[str, Callable[[Setting], Encoder]] = {"lsr": Ours, "sentence-transformers": Theirs}
