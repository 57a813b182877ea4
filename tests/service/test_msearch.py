from starlette.testclient import TestClient

from lsr_service.schemas import ManyAnswer, OneAnswer, SearchAnswer


def test_each_has_the_answer_that_it_would_have_alone(beside: TestClient) -> None:
    searches = [
        {"query": "moon and tides", "size": 2},
        {"query": "moon and tides", "size": 2, "index": "words", "explain": True, "highlight": True},
        {"query_tokens": {"moon": 2.0}, "index": "words", "filter": "page = 6", "fields": ["title"]},
    ]
    answer = beside.post("/v1/msearch", json={"searches": searches}).json()
    ManyAnswer.model_validate(answer, extra="forbid")
    for asked, found in zip(searches, answer["results"], strict=True):
        body = {key: value for key, value in asked.items() if key != "index"}
        alone = beside.post(f"/v1/indexes/{asked.get('index', 'learned')}/search", json=body).json()
        assert found.pop("status") == 200
        SearchAnswer.model_validate(found, extra="forbid")
        assert {**found, "took_ms": 0} == {**alone, "took_ms": 0}
        assert found["hits"]


def test_one_that_fails_hurts_no_others(beside: TestClient) -> None:
    searches = [
        {"query": "moon", "index": "nothing"},
        {"query": "moon"},
        {"query": "moon", "filter": "title >"},
        {"query": "moon", "size": 10_001},
    ]
    results = beside.post("/v1/msearch", json={"searches": searches}).json()["results"]
    assert [each["status"] for each in results] == [404, 200, 400, 422]
    assert "there is no index nothing" in results[0]["detail"]
    for failed in (results[0], results[2], results[3]):
        assert failed.keys() == {"status", "detail"}
        OneAnswer.model_validate(failed, extra="forbid")


def test_limits(beside: TestClient) -> None:
    many = beside.post("/v1/msearch", json={"searches": [{"query": "moon"}] * 65})
    assert (many.status_code, many.json()["detail"]) == (422, "searches has 65 items, at most 64 are allowed")
    assert beside.post("/v1/msearch", json={"searches": []}).status_code == 422
    wrong = beside.post("/v1/msearch", json={"searches": [{"query": "a"}, {"query": 7}]}).json()
    assert wrong["errors"][0]["loc"] == ["body", "searches", 1, "query"]
