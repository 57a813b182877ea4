"""GGUF files, as llama.cpp keeps quantised decoders in, turned into a plain folder of transformers."""

import io
from contextlib import redirect_stderr
from pathlib import Path

from lsr_index.errors import MissingDependencyError

WRITTEN = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
"""Files that `convert` leaves behind."""


def convert(file: Path, folder: Path) -> None:
    """Write a GGUF model and its tokenizer as float32 safetensors.

    Raises:
        MissingDependencyError: if the packages that read GGUF are not installed.
    """
    try:
        import gguf  # type: ignore[import-untyped, unused-ignore]  # noqa: F401 - transformers would only say later
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
        from transformers.utils import logging
    except ModuleNotFoundError as error:
        raise MissingDependencyError(f"{file.name} is GGUF, to read it: pip install 'lsr[train]'") from error
    logging.disable_progress_bar()  # type: ignore[no-untyped-call, unused-ignore]
    with redirect_stderr(io.StringIO()):  # a bar that nothing turns off
        model = AutoModelForCausalLM.from_pretrained(
            file.parent, gguf_file=file.name, quantization_config=GgufConfig(dequantize=True), dtype=torch.float32
        )
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name).save_pretrained(folder)
