import huggingface_hub
import pytest

from lsr import Retriever, SparseEncoder
from lsr.encoders import loading
from lsr_index import ModelError


@pytest.mark.parametrize(
    ("files", "weights"),
    [
        (["model.safetensors", "pytorch_model.bin"], "*.safetensors"),
        (["pytorch_model.bin", "vocab.txt"], "*.bin"),
        (None, "*.safetensors"),
    ],
)
def test_one_form_of_the_weights_is_downloaded(tmp_path, monkeypatch, files, weights):
    asked = []

    def list_files(self, name):
        if files is None:
            raise ConnectionError("offline")
        return files

    monkeypatch.setattr(huggingface_hub.HfApi, "list_repo_files", list_files)
    monkeypatch.setattr(
        huggingface_hub, "snapshot_download", lambda name, allow_patterns: asked.append(allow_patterns) or tmp_path
    )
    assert loading.find("someone/some-model") == tmp_path
    assert weights in asked[0]
    assert len([pattern for pattern in asked[0] if pattern in ("*.bin", "*.safetensors")]) == 1


def test_a_failing_hub_is_one_line(monkeypatch):
    def fail(*_, **__):
        raise OSError("no route to the hub\nand more")

    monkeypatch.setattr(huggingface_hub.HfApi, "list_repo_files", fail)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", fail)
    with pytest.raises(ModelError, match=r"unknown model 'a/b': not one of bm25, splade-tiny.*no route to the hub$"):
        SparseEncoder.from_pretrained("a/b")


def test_a_folder_is_found_again_from_anywhere(tmp_path, tiny_model, monkeypatch):
    monkeypatch.chdir(tiny_model.parent)
    Retriever.build(["the cat"], model=tiny_model.name, path=tmp_path / "idx")
    monkeypatch.chdir(tmp_path)
    assert len(Retriever.open(tmp_path / "idx").search("cat")) == 1
    assert len(Retriever.open(tmp_path / "idx", model=str(tiny_model)).search("cat")) == 1


def test_the_fingerprint_follows_the_files(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    first = loading.fingerprint(tmp_path)
    (tmp_path / "README.md").write_text("says nothing about the weights")
    assert loading.fingerprint(tmp_path) == first
    (tmp_path / "model.safetensors").write_bytes(b"1")
    assert loading.fingerprint(tmp_path) != first
