from types import SimpleNamespace

import huggingface_hub
import pytest

from lsr import Retriever, SparseEncoder
from lsr.encoders import loading
from lsr_index import ModelError


@pytest.mark.parametrize(
    ("files", "weights"),
    [(["model.safetensors", "pytorch_model.bin"], "*.safetensors"), (["pytorch_model.bin", "vocab.txt"], "*.bin")],
)
def test_one_form_of_the_weights_is_downloaded(tmp_path, monkeypatch, files, weights):
    asked = []

    def info(self, name, timeout):
        return SimpleNamespace(siblings=[SimpleNamespace(rfilename=file) for file in files])

    def download(name, allow_patterns):
        asked.extend(allow_patterns)
        return tmp_path

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", info)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    assert loading.find("someone/some-model") == tmp_path
    assert [pattern for pattern in asked if pattern in ("*.bin", "*.safetensors")] == [weights]


def no_hub(*_, **__):
    raise OSError("no route to the hub\nand more")


def test_without_a_network_the_hubs_cache_will_do(tmp_path, monkeypatch):
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", no_hub)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda name, local_files_only: tmp_path)
    assert loading.find("someone/some-model") == tmp_path


def test_a_failing_hub_is_one_line(monkeypatch):
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", no_hub)
    with pytest.raises(ModelError, match=r"unknown model 'a/b': not one of bm25, lsr-mini.*no route to the hub$"):
        SparseEncoder.from_pretrained("a/b")


@pytest.mark.parametrize("name", ["./nowhere", "a/b/c", "docs and settings"])
def test_a_mistyped_path_never_asks_the_hub(monkeypatch, name):
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", None)
    with pytest.raises(ModelError, match="there is no such folder"):
        SparseEncoder.from_pretrained(name)


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
