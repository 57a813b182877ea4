import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from lsr import Retriever
from lsr_service.schemas import SearchAnswer


def found(client: TestClient, **body):
    response = client.post("/v1/search", json=body)
    assert response.status_code == 200, response.text
    SearchAnswer.model_validate(response.json(), extra="forbid")
    return response.json()


def ids(answer) -> list[str]:
    return [hit["id"] for hit in answer["hits"]]


def test_answers_like_the_retriever(client: TestClient, index_path: Path):
    expected = Retriever.open(index_path).search("flatten a list", k=10)
    answer = found(client, query="flatten a list")
    assert [(hit["id"], hit["score"]) for hit in answer["hits"]] == [(hit.id, hit.score) for hit in expected]
    assert answer["hits"][0]["source"] == {"title": "Lists", "text": expected[0].text, "page": 0}
    assert "query_tokens_ignored" not in answer
    assert answer["took_ms"] > 0


@pytest.mark.parametrize("body", [{"query_text": "moon tides"}, {"query": "moon tides", "k": 10}])
def test_accepts_other_names(client: TestClient, body):
    assert ids(found(client, **body)) == ids(found(client, query="moon tides"))


def test_get_and_post_agree(client: TestClient):
    posted = found(client, **{"query": "water", "size": 2, "from": 1, "fields": ["title"], "explain": True})
    url = "/v1/search?q=water&size=2&from=1&fields=title&explain=true"
    assert client.get(url).json()["hits"] == posted["hits"]


def test_pages_join_up(client: TestClient):
    whole = found(client, query="water list moon", size=6)
    pages = [found(client, **{"query": "water list moon", "size": 2, "from": start}) for start in (0, 2, 4)]
    assert [hit for page in pages for hit in page["hits"]] == whole["hits"]
    assert found(client, **{"query": "water", "from": 500})["hits"] == []


def test_total_says_whether_there_may_be_more(client: TestClient):
    assert found(client, query="cat", size=2)["total"] == {"value": 2, "relation": "gte"}
    assert found(client, query="cat", size=3)["total"] == {"value": 2, "relation": "eq"}


def test_explanations_sum_to_the_score(client: TestClient):
    for hit in found(client, query="water ice freezes road", explain=True)["hits"]:
        products = [part["product"] for part in hit["explanation"]]
        assert products == sorted(products, reverse=True)
        assert math.isclose(sum(products), hit["score"], rel_tol=1e-5)


def test_query_tokens(client: TestClient):
    tokens = client.post("/v1/encode", json={"text": "moon tides"}).json()["tokens"]
    by_tokens = found(client, query_tokens={**tokens, "zebra": 2, "cat": 0})
    assert by_tokens["query_tokens_ignored"] == ["zebra"]
    assert by_tokens["hits"] == found(client, query="moon tides")["hits"]


@pytest.mark.parametrize(
    "body", [{"query": ""}, {"query": " \n"}, {"query": "zebra"}, {"query_tokens": {}}, {"query_tokens": {"zebra": 1}}]
)
def test_nothing_known_finds_nothing(client: TestClient, body):
    answer = found(client, **body)
    assert answer["hits"] == []
    assert answer["total"] == {"value": 0, "relation": "eq"}


def test_fields_choose_the_source(client: TestClient):
    assert found(client, query="moon", size=1, fields=["page", "none"])["hits"][0]["source"].keys() == {"page"}
    assert found(client, query="moon", size=1, fields=[])["hits"][0]["source"] == {}
    for source, keys in (
        (True, {"title", "text", "page"}),
        (False, set()),
        ("page", {"page"}),
        ({"includes": "page"}, {"page"}),
        ({"excludes": ["text"]}, {"title", "page"}),
        ({"includes": ["page", "text"], "excludes": ["text"]}, {"page"}),
    ):
        body = {"query": "moon", "size": 1, "_source": source}
        assert client.post("/v1/search", json=body).json()["hits"][0]["source"].keys() == keys
    left_out = client.get("/v1/search?q=moon&fields_left_out=text&fields_left_out=page").json()
    assert left_out["hits"][0]["source"].keys() == {"title"}


def test_lone_surrogates_pass(client: TestClient):
    content = r'{"query": "\ud800 cat"}'
    response = client.post("/v1/search", content=content, headers={"Content-Type": "application/json"})
    assert ids(response.json()) == ids(found(client, query="cat"))
    content = r'{"query_tokens": {"\ud800": 1, "cat": 1}}'
    response = client.post("/v1/search", content=content, headers={"Content-Type": "application/json"})
    assert response.json()["query_tokens_ignored"] == ["\ud800"]


def test_headers(client: TestClient):
    given = client.post("/v1/search", json={"query": "cat"}, headers={"X-Request-ID": "abc-1"})
    assert given.headers["x-request-id"] == "abc-1"
    stages = dict(stage.split(";dur=") for stage in given.headers["server-timing"].split(", "))
    assert stages.keys() == {"queue", "encode", "search", "fetch"}
    assert all(float(milliseconds) >= 0 for milliseconds in stages.values())
    hostile = client.get("/healthz", headers={"X-Request-ID": "a b"}).headers["x-request-id"]
    assert hostile != "a b"
    assert hostile != client.get("/healthz").headers["x-request-id"]


def test_many_at_once_answer_alike(client: TestClient):
    queries = ["moon tides", "flatten a list", "water", "cat dog garden"]
    expected = {query: found(client, query=query)["hits"] for query in queries}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda query: (query, found(client, query=query)["hits"]), queries * 25))
    assert all(hits == expected[query] for query, hits in answers)
