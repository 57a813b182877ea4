# pyright: reportOptionalSubscript=false
import math

import pytest
import torch

from lsr.training.imitation import imitation_loss
from lsr.training.start import start


def test_by_hand():
    logits = torch.tensor([[math.e - 1, -2.0, 1.0, -5.0]])
    targets = torch.tensor([[0.5, 1.0, 0.0, 0.0]])
    # log1p(e - 1) = 1 is .5 too much; -2 is 3 too little; a term too many costs ln(2)²; one that is absent rightly none
    expected = 0.25 + 9 + math.log(2) ** 2
    assert float(imitation_loss(logits, targets, "relu")) == pytest.approx(expected, rel=1e-5)


def test_a_missing_term_is_pulled_up_and_a_silent_one_left_alone():
    logits = torch.tensor([[-4.0, -4.0]], requires_grad=True)
    imitation_loss(logits, torch.tensor([[1.0, 0.0]]), "relu").backward()
    assert logits.grad[0, 0] < 0
    assert logits.grad[0, 1] == 0


def test_first_steps_imitate_and_later_ones_rank(recipe, tiny_model, tmp_path):
    from lsr.training import journal

    settings = recipe(
        imitation={"model": str(tiny_model), "steps": 12, "weight": 0.1},
        training={"steps": 16, "save_every": 16},
        teacher_cache=str(tmp_path / "cache"),
    )
    start(settings, tmp_path / "run").train()
    lines = journal.read(tmp_path / "run")
    imitated = [line["imitation"] for line in lines if "imitation" in line]
    assert len(imitated) == 12
    assert sum(imitated[-3:]) < sum(imitated[:3])
    assert all("infonce" in line for line in lines[12:])
