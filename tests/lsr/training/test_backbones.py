"""What training starts from."""

import numpy as np
import pytest
import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer

from lsr.encoders.saving import save
from lsr.training import backbones
from lsr.training.recipe import Model
from lsr_index import ModelError
from tests.conftest import WORDS


def test_of_an_encoder_the_network_for_documents_is_taken(tmp_path, tiny_model):
    network, tokenizer = AutoModelForMaskedLM.from_pretrained(tiny_model), AutoTokenizer.from_pretrained(tiny_model)
    lengths, table = {"query": 16, "document": 16}, np.ones(len(WORDS), dtype=np.float32)
    save(tmp_path / "m", backbone=network, tokenizer=tokenizer, query=table, max_length=lengths)
    found = backbones.load(str(tmp_path / "m"), Model(backbone=str(tmp_path / "m")))
    assert not found.fresh
    for key, weight in network.state_dict().items():
        assert torch.equal(found.model.state_dict()[key], weight), key


def test_a_folder_without_a_model(tmp_path):
    with pytest.raises(ModelError, match="holds no model"):
        backbones.load(str(tmp_path), Model(backbone=str(tmp_path)))
