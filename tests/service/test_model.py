"""The same routes with a real model."""

import math
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from lsr import Document, Retriever
from lsr_service import create_app

pytestmark = pytest.mark.model


@pytest.mark.parametrize("inference_free", [True, False], ids=["inference-free", "splade"])
def test_a_learned_model(tmp_path: Path, documents: list[Document], inference_free: bool):
    Retriever.build(documents, model="splade-tiny", inference_free=inference_free, path=tmp_path / "index")
    app: FastAPI = create_app(tmp_path / "index")
    with TestClient(app) as client:
        app.state.indexes.wait(120)
        assert client.get("/readyz").json()["model"] == "splade-tiny"
        body = {"query": "why do the tides of the ocean come and go", "explain": True}
        hits = client.post("/v1/search", json=body).json()["hits"]
        assert {hit["id"] for hit in hits[:3]} & {"d6", "d7"}
        for hit in hits:
            assert math.isclose(sum(part["product"] for part in hit["explanation"]), hit["score"], rel_tol=1e-4)
        # An index with IDF queries has no document side at hand: it is loaded by the first such request.
        for side in ("query", "document"):
            tokens = client.post("/v1/encode", json={"text": "the moon pulls the sea", "side": side}).json()["tokens"]
            assert "moon" in list(tokens)[:5]
        content = r'{"query": "\ud800 moon"}'
        answer = client.post("/v1/search", content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == 200
