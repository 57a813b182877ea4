"""Decoders in training: echo, both kinds of attention, adapters, folding; saved, and read back to the same vectors."""

# pyright: reportAttributeAccessIssue=false, reportCallIssue=false, reportIndexIssue=false, reportOptionalMemberAccess=false, reportOptionalSubscript=false
import pytest
import torch

from lsr import InputError, ModelError, SparseEncoder
from lsr.training.journal import read
from lsr.training.start import start

TEXTS = ["The cat sat", "dog far", "", "CAT cat mat cat"]
LORA = {"r": 2, "alpha": 4, "dropout": 0}


@pytest.fixture
def decoder(recipe, tiny_decoder):
    def make(*, training=(), **model):
        asked = {"backbone": str(tiny_decoder), "output_bias": True, "max_length": {"query": 16, "document": 30}}
        return recipe(model={**asked, **model}, training={"steps": 12, "save_every": 12, **dict(training)})

    return make


def same_vectors(run, folder):
    run.encoders.eval()
    encoder = SparseEncoder.from_pretrained(folder, dtype="float32")
    for encode, live in [
        (encoder.encode_documents, run.encoders.encode_documents),
        (encoder.encode_queries, run.encoders.encode_queries),
    ]:
        saved = torch.from_numpy(encode(TEXTS).toarray())
        torch.testing.assert_close(saved, live(TEXTS).weights, rtol=1e-3, atol=1e-4)
        assert saved.any()


@pytest.mark.parametrize(
    ("attention", "echo", "fold"), [("as-is", True, False), ("bidirectional", False, True), ("as-is", False, True)]
)
def test_a_decoder_is_trained_and_read_back(decoder, tmp_path, attention, echo, fold):
    run = start(decoder(attention=attention, echo=echo, fold=fold), tmp_path / "run")
    run.train()
    losses = [line["loss"] for line in read(tmp_path / "run")]
    assert sum(losses[-3:]) < sum(losses[:3])
    same_vectors(run, tmp_path / "run" / "model")


def test_the_second_copy_has_seen_the_whole_text(decoder, tmp_path):
    plain, echo = (start(decoder(echo=echo), tmp_path / str(echo)).encoders.eval() for echo in (False, True))
    # Without echo a causal model cannot know at the first token how a text ends.
    for encoders, sees in ((plain, False), (echo, True)):
        states = [
            encoders.documents.states(
                *(torch.tensor([row]) for row in (encoders.document_tokenizer.windows([text]).sequences[0], [1] * n))
            )[0]
            for text in ("cat dog", "cat far")
            if (n := len(encoders.document_tokenizer.windows([text]).sequences[0]))
        ]
        assert bool((states[0][0] - states[1][0]).abs().max() > 1e-4) is sees


@pytest.mark.parametrize("merge", [False, True])
def test_adapters_move_and_the_backbone_does_not(decoder, tmp_path, tiny_decoder, merge):
    run = start(decoder(lora={**LORA, "merge": merge}), tmp_path / "run")
    before = {name: p.detach().clone() for name, p in run.encoders.named_parameters()}
    run.train()
    moved = {name for name, p in run.encoders.named_parameters() if not torch.equal(p, before[name])}
    assert any("lora" in name for name in moved)
    assert all("lora" in name or name.endswith("bias") for name in moved)
    files = {path.name for path in (tmp_path / "run" / "model").rglob("*.safetensors")}
    assert ("adapter_model.safetensors" in files) is not merge
    same_vectors(run, tmp_path / "run" / "model")


def test_adapters_of_a_backbone_that_changed_are_refused(decoder, tmp_path, tiny_decoder):
    import shutil

    copy = tmp_path / "backbone"
    shutil.copytree(tiny_decoder, copy)
    run = start(decoder(backbone=str(copy), lora=LORA), tmp_path / "run")
    run.train()
    with (copy / "config.json").open("a") as file:
        file.write("\n")
    with pytest.raises(ModelError, match=r"adapters of .*backbone, whose files have changed since"):
        SparseEncoder.from_pretrained(tmp_path / "run" / "model").encode_documents(["cat"])


def test_a_folded_vector_is_the_unfolded_one_merged_term_by_term(decoder, tmp_path):
    plain, folded = (start(decoder(fold=fold), tmp_path / str(fold)).encoders.eval() for fold in (False, True))
    groups = folded.documents.groups
    assert folded.size < plain.size
    # The bias that calibration found is another one: compare what is below it.
    unfolded, merged = (
        encoders.pooled([text for text in TEXTS if text]) - encoders.documents.output.bias[0]
        for encoders in (plain, folded)
    )
    expected = torch.stack(
        [unfolded[:, [n for n in range(plain.size) if groups[n] == term]].amax(dim=1) for term in range(folded.size)], 1
    )
    torch.testing.assert_close(merged, expected, rtol=1e-4, atol=1e-4)
    names = folded.document_tokenizer.folding.names
    assert len(set(names)) == len(names)
    assert names[groups[plain.document_tokenizer.windows(["The"]).sequences[0][0]]] == "the"


def test_what_does_not_fit_is_one_line(decoder, recipe, tiny_model, tmp_path):
    with pytest.raises(InputError, match=r"scalar head has its own bias"):
        decoder(head="scalar")
    with pytest.raises(ModelError, match="lora does not fit"):
        start(decoder(lora={**LORA, "targets": ["nothing_like_it"]}), tmp_path / "a")
    with pytest.raises(ModelError, match="has no output bias to shift; give it one"):
        start(decoder(output_bias=False), tmp_path / "b")
