from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient


@pytest.fixture(scope="module")
def description(client: TestClient) -> dict[str, Any]:
    return client.get("/openapi.json").json()


def operations(description: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in description["paths"].values():
        yield from path.values()


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(reference := value.get("$ref"), str):
            yield reference
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def test_every_path_is_described(description):
    assert description["openapi"].startswith("3.")
    assert {"/v1/search", "/v1/encode", "/v1/indexes/{name}/search", "/healthz", "/readyz"} <= set(description["paths"])
    tags = {tag["name"] for tag in description["tags"]}
    for operation in operations(description):
        assert operation["summary"]
        assert operation["description"]
        assert set(operation["tags"]) <= tags
    names = [operation["operationId"] for operation in operations(description)]
    assert len(names) == len(set(names))


def test_references_resolve(description):
    for reference in references(description):
        value = description
        for part in reference.removeprefix("#/").split("/"):
            value = value[part]
        assert value


def test_errors_are_problems(description):
    for operation in operations(description):
        for status, response in operation["responses"].items():
            kind = "application/problem+json" if status >= "400" else "application/json"
            assert list(response["content"]) == [kind]
            if status >= "400":
                assert response["content"][kind]["schema"] == {"$ref": "#/components/schemas/Problem"}


def test_examples_of_bodies_are_answered(client: TestClient, description):
    schemas = description["components"]["schemas"]
    for path, schema in (("/v1/search", "SearchRequest"), ("/v1/encode", "EncodeRequest")):
        for example in schemas[schema]["examples"]:
            assert client.post(path, json=example).status_code == 200


def test_the_documentation_page(client: TestClient):
    assert "/openapi.json" in client.get("/docs").text
