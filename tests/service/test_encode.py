import pytest
from starlette.testclient import TestClient

from lsr_service.schemas import EncodeAnswer


def encoded(client: TestClient, **body):
    response = client.post("/v1/encode", json=body)
    assert response.status_code == 200, response.text
    assert response.headers["server-timing"].startswith("encode;dur=")
    EncodeAnswer.model_validate(response.json(), extra="forbid")
    return response.json()


def test_heaviest_first(client: TestClient):
    answer = encoded(client, text="flatten the list of lists")
    assert answer["model"] == "bm25"
    assert answer["side"] == "query"
    assert answer["tokens"].keys() == {"flatten", "list"}
    assert list(answer["tokens"].values()) == sorted(answer["tokens"].values(), reverse=True)


def test_top_k(client: TestClient):
    whole = encoded(client, text="flatten the list of lists")["tokens"]
    assert list(encoded(client, text="flatten the list of lists", top_k=1)["tokens"].items()) == list(whole.items())[:1]


def test_sides_differ(client: TestClient):
    query, document = (encoded(client, text="cat cat dog", side=side)["tokens"] for side in ("query", "document"))
    assert query.keys() == document.keys()
    assert query != document


@pytest.mark.parametrize("side", ["query", "document"])
def test_empty_text_gives_no_tokens(client: TestClient, side):
    assert encoded(client, text="", side=side)["tokens"] == {}
