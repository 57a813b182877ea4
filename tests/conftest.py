"""Fixtures for all components: tiny models made in memory, the real checkpoint, and data beside the project."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from lsr import cli

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


def make_decoder(folder: Path, architecture: str = "llama") -> Path:
    """Write a random decoder of a few thousand weights, with a cased byte-level tokenizer that has no padding."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import AutoConfig, AutoModelForCausalLM

    text = ["The cat sat on the mat, the dog ran far. THE Cat! CAT sat", "the The THE Mat MAT mat Dog DOG cat far"] * 3
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=310, special_tokens=["<|end|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(text, trainer)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(
        '{"eos_token": "<|end|>", "tokenizer_class": "PreTrainedTokenizerFast"}'
    )
    torch.manual_seed(7)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1}
    config = AutoConfig.for_model(
        architecture,
        vocab_size=tokenizer.get_vocab_size() + 2,
        max_position_embeddings=80,
        initializer_range=0.3,
        intermediate_size=32,
        head_dim=8,
        pad_token_id=None,
        bos_token_id=None,
        eos_token_id=0,
        **sizes,
    )
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_decoder(tmp_path_factory):
    """Folder of a random LLaMA."""
    return make_decoder(tmp_path_factory.mktemp("models") / "llama")


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


@pytest.fixture
def lsr(monkeypatch, capsys):
    """Run the command line in this process: `lsr(*arguments) -> (exit code, stdout, stderr)`."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["lsr", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        captured = capsys.readouterr()
        return exit_.value.code or 0, captured.out, captured.err

    return run
