import math

import pytest
from starlette.testclient import TestClient

from lsr_service.schemas import SearchAnswer

URL = "/v1/indexes/index"


def found(client: TestClient, **body):
    response = client.post(f"{URL}/search", json=body)
    assert response.status_code == 200, response.text
    SearchAnswer.model_validate(response.json(), extra="forbid")
    return response.json()


def test_marks_are_the_words_that_match(client: TestClient):
    hit = found(client, query="list flattening", highlight=True, size=1)["hits"][0]
    (fragment,) = hit["highlight"]["text"]
    assert {fragment["text"][a:b] for a, b in fragment["marks"]} == {"list", "flatten", "lists"}
    offset, text = fragment["offset"], fragment["text"]
    assert hit["source"]["text"][offset : offset + len(text)] == text


@pytest.mark.parametrize("condition", ["page < 5", {"page": {"<": 5}}])
def test_filters(client: TestClient, condition):
    hits = found(client, query="cat list water moon", filter=condition)["hits"]
    assert hits
    assert all(hit["source"]["page"] < 5 for hit in hits)


def test_a_time_limit_gives_what_was_found_by_then(client: TestClient):
    answer = found(client, query="moon", timeout_ms=1e-6)
    assert answer["partial"]
    assert answer["total"]["relation"] == "gte"
    assert not found(client, query="moon")["partial"]


def test_opensearch_names(client: TestClient):
    body = {"query": {"neural_sparse": {"v": {"query_text": "moon", "model_id": "m"}}}, "_source": ["title"]}
    hits = found(client, **body)["hits"]
    assert hits == found(client, query="moon", fields=["title"])["hits"]
    wrong = client.post(f"{URL}/search", json={"query": {"match": {"text": "moon"}}})
    assert wrong.status_code == 422
    assert "neural_sparse" in wrong.json()["detail"]


def test_explain_says_what_the_hit_says(client: TestClient):
    hit = found(client, query="moon tides", explain=True, size=1)["hits"][0]
    answer = client.post(f"{URL}/explain", json={"id": hit["id"], "query": "moon tides"}).json()
    assert answer["explanation"] == hit["explanation"]
    assert math.isclose(answer["score"], hit["score"], rel_tol=1e-5)
    assert client.post(f"{URL}/explain", json={"id": "none", "query": "moon"}).status_code == 404


def test_indexes_are_listed_and_unknown_ones_refused(client: TestClient):
    (listed,) = client.get("/v1/indexes").json()["indexes"]
    assert (listed["name"], listed["documents"], listed["status"]) == ("index", 20, "ready")
    assert client.get(URL).json() == listed
    for name in ("none", "%2e%2e%2fetc", "A", ".hidden"):
        assert client.get(f"/v1/indexes/{name}/search?q=cat").status_code == 404


@pytest.mark.parametrize("body", [{"mode": "approximate"}, {"rescore": True}])
def test_what_the_index_lacks_is_refused_without_its_path(client: TestClient, body):
    refused = client.post(f"{URL}/search", json={"query": "moon", **body})
    assert refused.status_code == 400
    assert "/" not in refused.json()["detail"]
