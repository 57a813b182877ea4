from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from lsr import Document, Retriever
from lsr.encoders import DEFAULT_MODEL
from lsr_service import create_app

TEXTS = [
    ("Lists", "A list comprehension can flatten a list of lists in one line."),
    ("Chain", "itertools.chain makes one iterator from the elements of several iterables."),
    ("Cats", "The cat sat on the mat and watched the rain."),
    ("Dogs", "A dog chased the cat across the wet garden."),
    ("Rain", "Rain falls when droplets in a cloud grow too heavy for the air."),
    ("Bread", "Bread dough rises because yeast gives off carbon dioxide."),
    ("Moon", "The moon pulls on the ocean and raises two tides a day."),
    ("Tides", "Tides are highest when the sun and the moon pull along one line."),
    ("Sorting", "Merge sort splits a list in halves and merges the sorted halves."),
    ("Trees", "A balanced tree keeps lookups logarithmic in the number of keys."),
    ("Bees", "Bees tell each other where flowers stand by dancing in the hive."),
    ("Iron", "Iron rusts where water and oxygen reach it."),
    ("Glass", "Glass is made from sand, soda and lime melted together."),
    ("Wind", "Wind blows from high to low pressure and bends with the turning earth."),
    ("Maps", "A map projection cannot keep both areas and angles of the earth."),
    ("Clocks", "A pendulum clock runs slower where gravity is weaker."),
    ("Salt", "Salt lowers the freezing point of water, so wet roads stay free of ice."),
    ("Ice", "Ice floats because water expands when it freezes."),
    ("Bridges", "A suspension bridge hangs its deck from cables between towers."),
    ("Owls", "Owls turn their heads far because their eyes cannot move."),
]


@pytest.fixture(scope="session")
def documents() -> list[Document]:
    return [Document(f"d{n}", text, title, {"page": n}) for n, (title, text) in enumerate(TEXTS)]


@pytest.fixture(scope="session")
def index_path(tmp_path_factory: pytest.TempPathFactory, documents: list[Document]) -> Path:
    path = tmp_path_factory.mktemp("service") / "index"
    Retriever.build(documents, model="bm25", path=path)
    return path


@pytest.fixture(scope="session")
def app(index_path: Path) -> FastAPI:
    return create_app(index_path)


@pytest.fixture(scope="session")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        app.state.indexes.wait(60)
        yield client


@pytest.fixture(scope="session")
def beside_path(tmp_path_factory: pytest.TempPathFactory, documents: list[Document]) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("beside")
    for name, model in (("learned", DEFAULT_MODEL), ("words", "bm25")):
        Retriever.build(documents, model=model, path=folder / name)
    return {name: folder / name for name in ("learned", "words")}


@pytest.fixture(scope="session")
def beside(beside_path: dict[str, Path]) -> Iterator[TestClient]:
    """A server with two indexes of the same documents."""
    app = create_app(beside_path)
    with TestClient(app) as client:
        app.state.indexes.wait(120)
        yield client
