"""Two processes of a server over one folder: here two applications, whose locks are as separate as those of two."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from lsr_service import create_app
from lsr_service.settings import Settings

FIRST = {"model": "bm25", "documents": [{"id": "m", "text": "the moon"}]}
DOCS = "/v1/indexes/docs"


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[TestClient, TestClient]]:
    settings = Settings(data=tmp_path / "data", reload_seconds=60)  # what is found is found because it is asked for
    with TestClient(create_app(settings=settings)) as one, TestClient(create_app(settings=settings)) as two:
        assert one.put(DOCS, json=FIRST).status_code == 201
        yield one, two


def loaded(client: TestClient, url: str):
    for _ in range(600):
        if (answer := client.get(url)).status_code != 503:
            return answer
        time.sleep(0.02)
    raise AssertionError(url)


def test_what_one_makes_the_other_has_at_once(pair: tuple[TestClient, TestClient]) -> None:
    one, two = pair
    assert [hit["id"] for hit in loaded(two, f"{DOCS}/search?q=moon").json()["hits"]] == ["m"]
    assert two.delete(DOCS).status_code == 200
    for method, url, body in (
        ("GET", f"{DOCS}/search?q=moon", None),
        ("PUT", f"{DOCS}/documents/x", {"text": "moon"}),
        ("DELETE", DOCS, None),
    ):
        assert one.request(method, url, json=body).status_code == 404


def test_both_write_in_turn(pair: tuple[TestClient, TestClient]) -> None:
    loaded(pair[1], f"{DOCS}/search?q=moon")
    begun = time.monotonic()
    for n in range(8):
        written = pair[n % 2].put(f"{DOCS}/documents/d{n}", json={"text": f"the moon number{n}"})
        assert (written.status_code, written.json()["result"]) == (200, "stored")
    # Each waits for a batch and a commit; if the holder kept the lock while idle, this would take 5 s a turn.
    assert time.monotonic() - begun < 20
    last = pair[0].put(f"{DOCS}/documents/last?refresh=true", json={"text": "sun"}).json()
    assert last["visible"]
    generation = pair[0].get(DOCS).json()["generation"]
    found = pair[1].get(f"{DOCS}/search?q=moon&size=20&generation={generation}").json()
    assert {hit["id"] for hit in found["hits"]} == {"m", *(f"d{n}" for n in range(8))}
    later = pair[1].get(f"{DOCS}/search?q=moon&generation={generation + 5}")
    assert (later.status_code, "no generation" in later.json()["detail"]) == (409, True)
