"""Whole runs in miniature: that they learn, survive, and do not depend on how a batch is cut."""

# pyright: reportAttributeAccessIssue=false
import os
import signal
import subprocess
import sys
import textwrap

import pytest
import torch
import yaml
from safetensors.torch import load_file

from lsr import SparseEncoder
from lsr.training import journal
from lsr.training.run import CollapsedError
from lsr.training.start import start
from lsr_index.errors import IndexExistsError, InputError, ModelError


def losses(folder):
    return [line["loss"] for line in journal.read(folder)]


@pytest.mark.parametrize("query", ["same", "separate", "binary", "idf", "learned"])
def test_the_loss_falls_and_the_saved_model_encodes_both_sides(recipe, tmp_path, query):
    run = start(recipe(query={"kind": query}, training={"steps": 30, "save_every": 30}), tmp_path / "run")
    run.train()
    found = losses(tmp_path / "run")
    assert sum(found[-5:]) < sum(found[:5])
    encoder = SparseEncoder.from_pretrained(tmp_path / "run" / "model", dtype="float32")
    run.encoders.eval()
    for encode, live in [
        (encoder.encode_documents, run.encoders.encode_documents),
        (encoder.encode_queries, run.encoders.encode_queries),
    ]:
        saved = torch.from_numpy(encode(["the cat sat", "dog far"]).toarray())
        torch.testing.assert_close(saved, live(["the cat sat", "dog far"]).weights, rtol=1e-4, atol=1e-5)


def test_a_resumed_run_has_the_losses_of_one_that_was_never_interrupted(recipe, tmp_path):
    settings = recipe(query={"kind": "idf", "trainable": True}, regularizers={"document": [{"target_nnz": 5}]})
    start(settings, tmp_path / "whole").train()
    first = start(settings, tmp_path / "cut")
    stopped = first._step

    def stop_after_five():
        if first.step == 5:
            raise KeyboardInterrupt
        return stopped()

    first._step = stop_after_five
    with pytest.raises(KeyboardInterrupt):
        first.train()
    second = start(settings, tmp_path / "cut", resume=True)
    assert second.step == 3  # the newest checkpoint; steps 3 and 4 are taken again
    second.train()
    assert losses(tmp_path / "cut") == losses(tmp_path / "whole")


def test_a_killed_process_resumes_exactly(recipe, tmp_path):
    settings = recipe(training={"steps": 12, "save_every": 2})
    start(settings, tmp_path / "whole").train()
    script = textwrap.dedent("""
        import os, signal, sys, pathlib
        from lsr.training.recipe import read
        from lsr.training.start import start
        run = start(read(pathlib.Path(sys.argv[1])), pathlib.Path(sys.argv[2]))
        run.progress = lambda n: os.kill(os.getpid(), signal.SIGKILL) if run.step == 7 else None
        run.train()
    """)
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(settings.model_dump(mode="json")))
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    killed = subprocess.run([sys.executable, "-c", script, path, tmp_path / "cut"], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    start(settings, tmp_path / "cut", resume=True).train()
    assert losses(tmp_path / "cut") == losses(tmp_path / "whole")


def gradients(settings, folder):
    """Take one step without moving; return all gradients."""
    run = start(settings, folder)
    run.encoders.eval()  # dropout would differ between cuts
    run.optimizer.step = lambda step: {}
    run._step()
    return {name: p.grad.clone() for name, p in run.encoders.named_parameters() if p.grad is not None}


def assert_same(found, expected):
    """Sums of float32 in another order: a gradient that cancels to nothing is compared on the scale of the others."""
    assert found.keys() == expected.keys()
    largest = max(float(gradient.abs().max()) for gradient in expected.values())
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-3, atol=1e-4 * largest)


@pytest.mark.parametrize("penalty", ["flops", "l1", "l0_flops", "df_flops", "anti_zero", "flops_idf"])
@pytest.mark.parametrize("cut", [{"tokens_per_forward": 16}, {"tokens_per_forward": 16, "cached_gradients": True}])
def test_gradients_do_not_depend_on_how_the_batch_is_cut(recipe, tmp_path, penalty, cut):
    asked = {"regularizers": {"document": [{"name": penalty, "weight": 0.1, "threshold": 2}]}}
    whole = gradients(recipe(**asked), tmp_path / "whole")
    parts = gradients(recipe(**asked, training=cut), tmp_path / "parts")
    assert_same(parts, whole)


def test_cached_gradients_repeat_the_dropout_of_the_first_pass(recipe, tmp_path):
    found = []
    for cached in (False, True):
        settings = recipe(training={"steps": 4, "cached_gradients": cached})
        start(settings, tmp_path / str(cached)).train()
        found.append(losses(tmp_path / str(cached)))
    assert found[0] == pytest.approx(found[1], rel=1e-4)


def test_a_collapse_rolls_back_with_a_smaller_lambda_and_then_stops_with_the_reason(recipe, tmp_path):
    notes = []
    settings = recipe(
        regularizers={"document": [{"name": "l1", "weight": 1000.0}]},
        training={"steps": 100, "learning_rate": 0.1, "max_rollbacks": 2, "save_every": 5},
    )
    run = start(settings, tmp_path / "run", note=notes.append)
    run.watch.grace = 10
    with pytest.raises(CollapsedError, match="have no term left, after 2 rollbacks; lower λ"):
        run.train()
    assert [note for note in notes if "back to step" in note]
    assert run.objective.penalties[0].strength.weight < 1000
    assert journal.read(tmp_path / "run")  # and the log and the curves are there to look at
    assert (tmp_path / "run" / "curves.png").is_file()


def test_early_stopping_keeps_the_best_model(recipe, tmp_path):
    qualities = iter([0.2, 0.5, 0.4, 0.3, 0.9])
    settings = recipe(
        training={"steps": 50, "save_every": 50}, evaluation={"datasets": ["none"], "every": 2, "patience": 2}
    )
    run = start(settings, tmp_path / "run", evaluate=lambda folder: {"nDCG@10": next(qualities)})
    run.train()
    assert run.step == 8
    assert run.best == {"nDCG@10": 0.5, "step": 4}
    assert (tmp_path / "run" / "best" / "modules.json").is_file()


def test_a_folder_with_a_run_is_not_overwritten_and_a_recipe_cannot_change_on_resume(recipe, tmp_path):
    start(recipe(), tmp_path / "run")
    with pytest.raises(IndexExistsError, match="add --resume"):
        start(recipe(), tmp_path / "run")
    with pytest.raises(InputError, match="another recipe \\(losses differs\\)"):
        start(recipe(losses=[{"name": "infonce", "temperature": 2.0}]), tmp_path / "run", resume=True)
    with pytest.raises(InputError, match="no run to resume"):
        start(recipe(), tmp_path / "other", resume=True)


def test_a_damaged_checkpoint_is_named(recipe, tmp_path):
    run = start(recipe(), tmp_path / "run")
    run.train()
    newest = sorted((tmp_path / "run" / "checkpoints").iterdir())[-1]
    newest.write_bytes(newest.read_bytes()[:1000])
    with pytest.raises(InputError, match=f"{newest.name} is damaged"):
        start(recipe(), tmp_path / "run", resume=True)


def test_a_trained_model_says_what_it_was_made_of(recipe, tmp_path):
    told = {"summary": "Finds words.", "license": "mit", "data_licenses": {"words": "CC0"}, "limits": ["Six words."]}
    settings = recipe(
        card=told, query={"kind": "idf"}, regularizers={"document": [{"target_nnz": 5}]}, training={"half": True}
    )
    start(settings, tmp_path / "run").train()
    text = (tmp_path / "run" / "model" / "README.md").read_text()
    for part in (
        "# tiny", "Finds words.", 'license: "mit"', "inference-free", "| words | 30 | CC0 |",
        "- loss: infonce, weight 1",
        "in the end, found for 5 terms", "tiny, 8 steps", "- Six words.", "| backbone |",
    ):  # fmt: skip
        assert part in text
    weights = load_file(next((tmp_path / "run" / "model").rglob("document*/model.safetensors")))
    assert {tensor.dtype for tensor in weights.values() if tensor.is_floating_point()} == {torch.float16}


def test_a_full_disk_stops_the_run_with_one_line_and_loses_no_earlier_checkpoint(recipe, tmp_path, monkeypatch):
    settings = recipe(query={"kind": "idf"})
    start(settings, tmp_path / "whole").train()
    save, saved = torch.save, []

    def full_at_the_third(state, file):
        saved.append(file.name)
        file.write(b"some of it")
        if len(saved) == 3:
            raise OSError(28, "No space left on device")
        file.seek(0)
        save(state, file)

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", full_at_the_third)
        with pytest.raises(OSError, match=r"cannot write the checkpoint .*No space left.*--resume") as failed:
            start(settings, tmp_path / "cut").train()
    assert "\n" not in str(failed.value)
    kept = sorted(path.name for path in (tmp_path / "cut" / "checkpoints").iterdir())
    assert kept == ["step-0000000.pt", "step-0000003.pt"]
    start(settings, tmp_path / "cut", resume=True).train()
    assert losses(tmp_path / "cut") == losses(tmp_path / "whole")


def test_gradient_checkpointing_changes_no_loss(recipe, tmp_path):
    start(recipe(model={"dropout": 0}), tmp_path / "plain").train()
    start(recipe(model={"dropout": 0, "gradient_checkpointing": True}), tmp_path / "checkpointed").train()
    assert losses(tmp_path / "checkpointed") == pytest.approx(losses(tmp_path / "plain"), rel=1e-5)


def test_a_table_can_start_from_that_of_a_trained_model(recipe, tiny_model, tmp_path):
    first = start(recipe(query={"kind": "idf", "trainable": True}), tmp_path / "first")
    first.train()
    assert first.encoders.table is not None
    trained = first.encoders.table.table()
    second = start(recipe(query={"kind": "idf", "start": str(tmp_path / "first" / "model")}), tmp_path / "second")
    assert second.encoders.table is not None
    torch.testing.assert_close(second.encoders.table.table(), trained)
    with pytest.raises(ModelError, match="needs a model with a table"):
        start(recipe(query={"kind": "idf", "start": str(tiny_model)}), tmp_path / "third")
