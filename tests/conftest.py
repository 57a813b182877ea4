"""Fixtures for all components: tiny models made in memory, the real checkpoint, and data beside the project."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The machines are shared and the first example may compile: time says nothing about a test.
settings.register_profile("lsr", deadline=None)
settings.load_profile("lsr")

ROOT = Path(__file__).resolve().parent.parent
WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "the",
    "cat",
    "sat",
    "on",
    "mat",
    "dog",
    "ran",
    "far",
    "##s",
    "##ly",
]


def write_tokenizer(folder: Path) -> None:
    """Write a lower-casing WordPiece tokenizer of `WORDS`."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.WordPiece({word: n for n, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text('{"pad_token": "[PAD]", "model_max_length": 32}')


def make_model(folder: Path, architecture: str = "bert") -> Path:
    """Write a random masked language model of a few hundred weights, with its tokenizer."""
    import torch
    from transformers import AutoConfig, AutoModelForMaskedLM

    sizes = {
        "bert": {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32},
        "roberta": {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32},
        "distilbert": {"dim": 16, "n_layers": 1, "n_heads": 2, "hidden_dim": 32},
    }[architecture]
    torch.manual_seed(7)
    config = AutoConfig.for_model(
        architecture, vocab_size=len(WORDS), max_position_embeddings=40, pad_token_id=0, initializer_range=0.6, **sizes
    )
    folder.mkdir(parents=True, exist_ok=True)
    AutoModelForMaskedLM.from_config(config).save_pretrained(folder)
    write_tokenizer(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """Folder of a random BERT over `WORDS`."""
    return make_model(tmp_path_factory.mktemp("models") / "bert")


@pytest.fixture(scope="session")
def splade_tiny():
    """The real SPLADE-tiny checkpoint; where it cannot be had, tests are skipped, but never in CI."""
    from lsr import ModelError, SparseEncoder

    try:
        return SparseEncoder.from_pretrained("splade-tiny", dtype="float32")
    except ModelError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"splade-tiny is not here and cannot be fetched: {error}")


@pytest.fixture(scope="session")
def data():
    """The folder with BEIR-format collections beside the project."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no {folder}: these tests need BEIR-format collections beside the project")
    return folder
