"""The client against a service in a process of its own, the blocking one and the asynchronous one alike."""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lsr import Document, Retriever
from lsr.client import AsyncClient, Client, ServiceError, ServiceUnreachableError
from lsr_eval.serve_bench.server import serving
from lsr_index import InputError
from tests.service.conftest import TEXTS


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("client") / "docs"
    documents = [Document(f"d{n}", text, title, {"page": n}) for n, (title, text) in enumerate(TEXTS)]
    Retriever.build(documents, model="bm25", path=path)
    with serving({"docs": path}, ("--data", str(path.parent / "data"))) as server:
        yield f"http://127.0.0.1:{server.port}"


class Blocked:
    """An asynchronous client whose methods wait, so that one test holds for both."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._runner = asyncio.Runner()
        self._client = AsyncClient(*args, **options)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)
        return lambda *args, **options: self._runner.run(method(*args, **options))

    def __enter__(self) -> "Blocked":
        self._runner.run(self._client.__aenter__())
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._client.__aexit__())
        self._runner.close()


@pytest.fixture(params=[Client, Blocked], ids=["blocking", "asynchronous"])
def connect(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_searching(url: str, connect: Any) -> None:
    with connect(url, index="docs") as client:
        found = client.search("moon and tides", size=2, highlight=True, explain=True, filter="page < 8")
        assert [hit.id for hit in found.hits] == ["d6", "d7"]
        first = found.hits[0]
        assert first.source["title"] == "Moon"
        assert sum(term.product for term in first.explanation) == pytest.approx(first.score, abs=1e-4)
        begin, end = first.highlight["text"][0].marks[0]
        assert first.highlight["text"][0].text[begin:end] == "moon"
        assert (found.partial, found.query_tokens_ignored) == (False, None)
        assert client.search("moon", size=1, start=1).hits[0].id == client.search("moon", size=2).hits[1].id
        by_weights = client.search({"moon": 1.0, "no such term": 2.0}, fields=["page"])
        assert by_weights.query_tokens_ignored == ["no such term"]
        assert by_weights.is_exact
        assert set(by_weights.hits[0].source) == {"page"}
        told = client.explain("d6", "moon")
        assert told.score == pytest.approx(sum(term.product for term in told.explanation))
        assert client.encode("moon moon", top_k=1).tokens == client.search("moon moon", explain=True).query_tokens


def test_the_first_index_is_asked_where_none_is_named(url: str, connect: Any) -> None:
    with connect(url) as client:
        assert client.search("moon").total == 2
        assert [(index.name, index.documents) for index in client.indexes()] == [("docs", len(TEXTS))]
        with pytest.raises(InputError, match="name it"):
            client.describe()


def test_writing(url: str, connect: Any) -> None:
    name = f"new/{connect.__name__} ü"
    with connect(url, index="docs") as client:
        written = client.put(name, "The moon hides behind clouds.", "Clouds", refresh=True, page=3)
        assert (written.result, written.visible) == ("stored", True)
        assert client.get(name).source == {"title": "Clouds", "text": "The moon hides behind clouds.", "page": 3}
        assert name in [hit.id for hit in client.search("moon").hits]
        items = client.bulk([{"id": "b1", "text": "moon"}, {"delete": name}, {"text": "no id"}], refresh=True)
        assert [item.status for item in items] == [200, 200, 422]
        assert client.delete("b1", refresh=True).result == "deleted"
        assert {name, "b1"}.isdisjoint(hit.id for hit in client.search("moon").hits)


def test_indexes_come_and_go(url: str, connect: Any) -> None:
    with connect(url, index=f"new-{connect.__name__.lower()}") as client:
        made = client.create("bm25", documents=[{"id": "a", "text": "moon"}, {"id": "b", "text": "tide"}])
        assert (made.documents, made.model, made.pending) == (2, "bm25", 0)
        assert client.describe() == made
        with pytest.raises(ServiceError, match="409: there is an index new-"):
            client.create("bm25")
        many = client.search_many(
            ["moon", {"query": "tide", "index": "docs", "size": 1}, {"query": "a", "filter": "("}]
        )
        assert [hit.id for hit in many[0].hits] == ["a"]
        assert [hit.id for hit in many[1].hits] == ["d7"]
        assert (many[2].status, many[2].detail[:8]) == (400, "filter: ")
        client.drop()
        with pytest.raises(ServiceError, match="404"):
            client.describe()
        assert [index.name for index in client.indexes()] == ["docs"]


def test_refusals_are_the_services_own_words(url: str, connect: Any) -> None:
    with connect(url, index="docs") as client:
        with pytest.raises(ServiceError, match="400: filter: expected a value at position 7") as caught:
            client.search("moon", filter="page <")
        assert caught.value.request_id
        with pytest.raises(ServiceError, match="404: there is no document 'nothing'") as caught:
            client.get("nothing")
        assert caught.value.status == 404
    with connect("http://127.0.0.1:9", index="docs", timeout=5) as client, pytest.raises(ServiceUnreachableError):
        client.search("moon")


def test_both_have_the_same_methods() -> None:
    def public(kind: type) -> dict[str, list[str]]:
        found = inspect.getmembers(kind, inspect.isfunction)
        return {name: list(inspect.signature(each).parameters) for name, each in found if not name.startswith("_")}

    assert public(Client) == public(AsyncClient)
