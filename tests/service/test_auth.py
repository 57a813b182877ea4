"""Keys: who may do what, how they are kept, and that they are told to nobody."""

import json
import logging
import os
import shutil
import stat
import threading
import time
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from lsr_index import InputError
from lsr_service import access, auth, create_app, key_ring, keys
from lsr_service.keys import Scope
from lsr_service.settings import Settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture
def secrets(file: Path) -> dict[str, str]:
    return {scope.name: keys.create(file, scope, "ours")[1] for scope in Scope}


@pytest.fixture
def guarded(index_path: Path, tmp_path: Path, file: Path, secrets: dict[str, str]) -> FastAPI:
    own = shutil.copytree(index_path, tmp_path / "own")  # some tests write
    return create_app({"docs": own}, settings=Settings(keys=file))


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_the_table_names_every_route(app: FastAPI) -> None:
    for path, operations in app.openapi()["paths"].items():
        for method in operations:
            assert access.is_listed(method.upper(), path), f"access.TABLE lacks {method.upper()} {path}"


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/readyz", None),
        ("HEAD", "/healthz", None),
        ("POST", "/healthz", Scope.admin),
        ("GET", "/v1/indexes/docs/documents/a/b", Scope.read),
        ("PUT", "/v1/indexes/docs/documents/a/search", Scope.write),
        ("POST", "/v1/indexes/docs/documents", Scope.write),
        ("DELETE", "/v1/indexes/docs", Scope.admin),
        ("GET", "/v1/indexes/docs/search\n", Scope.admin),
        ("GET", "/anything/else", Scope.admin),
        ("GET", "/static/../v1/indexes", None),  # a path of static files, which are for all; the router serves no other
    ],
)
def test_what_is_needed(method: str, path: str, scope: Scope | None) -> None:
    assert access.needed(method, path) == scope


def test_scopes_reach_as_far_as_they_say(guarded: FastAPI, secrets: dict[str, str]) -> None:
    requests = [
        ("GET", "/v1/search?q=moon", None, Scope.read),
        ("PUT", "/v1/indexes/docs/documents/new", {"text": "moon"}, Scope.write),
        ("GET", "/metrics", None, Scope.read),
        ("DELETE", "/v1/indexes/nothing", None, Scope.admin),
    ]
    with TestClient(guarded) as client:
        guarded.state.indexes.wait(60)
        for method, path, body, needed in requests:
            answer = client.request(method, path, json=body)
            assert answer.status_code == 401, path
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert answer.json()["detail"].startswith("there is no key; send one as Authorization: Bearer KEY")
            for scope in Scope:
                answer = client.request(method, path, json=body, headers=bearer(secrets[scope.name]))
                if scope < needed:
                    assert answer.status_code == 403
                    assert f"this key may {scope.name}, not {needed.name}" in answer.json()["detail"]
                else:
                    assert answer.status_code in (200, 404, 405)
        assert client.get("/v1/search?q=moon", headers={"X-API-Key": secrets["read"]}).status_code == 200
        assert client.get("/readyz").json() == {"status": "ready"}
        assert client.get("/readyz", headers=bearer(secrets["read"])).json()["indexes"] == {"docs": "ready"}
        for wrong in ("lsr_wrong", secrets["read"][:-1], secrets["read"] + "x", "ü" * 50, ""):
            answer = client.get("/v1/search?q=moon", headers=[(b"X-API-Key", wrong.encode())])
            assert answer.status_code == 401
        schema = client.get("/openapi.json").json()
        assert schema["paths"]["/v1/search"]["get"]["security"] == [{"bearer": []}, {"header": []}]
        assert "401" in schema["paths"]["/v1/search"]["post"]["responses"]
        assert "security" not in schema["paths"]["/readyz"]["get"]


def test_a_revoked_key_stops_without_a_restart(
    guarded: FastAPI, secrets: dict[str, str], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_ring, "LOOKED_EVERY", 0.0)
    with TestClient(guarded) as client:
        guarded.state.indexes.wait(60)
        headers = bearer(secrets["read"])
        assert client.get("/v1/search?q=moon", headers=headers).status_code == 200
        keys.revoke(file, keys.read(file)[0].id)
        answer = client.get("/v1/search?q=moon", headers=headers)
        assert (answer.status_code, answer.json()["detail"][:36]) == (401, "the key is unknown or was revoked; s")
        assert client.get("/v1/search?q=moon", headers=bearer(secrets["admin"])).status_code == 200
        file.write_text("{")
        assert client.get("/v1/search?q=moon", headers=bearer(secrets["admin"])).status_code == 401


def test_keys_are_kept_as_hashes_for_their_owner_alone(file: Path, secrets: dict[str, str]) -> None:
    content = file.read_text()
    assert not any(secret in content or secret[8:] in content for secret in secrets.values())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["keys.json"]  # and no unfinished one
    assert len(set(secrets.values())) == len(Scope)
    assert all(len(secret) >= 40 for secret in secrets.values())


def test_keys_and_queries_are_not_logged(
    guarded: FastAPI, secrets: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with TestClient(guarded) as client:
        guarded.state.indexes.wait(60)
        client.post("/v1/search", json={"query": "a secret question"}, headers=bearer(secrets["read"]))
        client.post("/v1/search", json={"query": "x"}, headers=bearer("lsr_wrong_key"))
        client.get(f"/v1/search?q=another+secret&x={secrets['admin']}")
        mistaken = {"X-Request-ID": secrets["admin"]}
        client.get(f"/v1/indexes/{secrets['admin']}", headers={**mistaken, **bearer(secrets["read"])})
    ours = [record for record in caplog.records if record.name.startswith("lsr_service")]
    told = "\n".join(record.getMessage() + json.dumps(getattr(record, "facts", {})) for record in ours)
    assert "/v1/search" in told
    for hidden in (*secrets.values(), "lsr_wrong_key", "secret"):
        assert hidden not in told


def test_comparing_takes_as_long_for_any_key(file: Path, secrets: dict[str, str]) -> None:
    # Every key is compared, whether or not an earlier one fitted.
    calls = []

    def counted(one: str, other: str) -> bool:
        calls.append(1)
        return one == other

    ring = key_ring.KeyRing(file)
    original, key_ring.hmac.compare_digest = key_ring.hmac.compare_digest, counted  # type: ignore[assignment]
    try:
        for secret in (*secrets.values(), "lsr_unknown"):
            ring.find(secret)
    finally:
        key_ring.hmac.compare_digest = original
    assert len(calls) == len(Scope) * (len(Scope) + 1)


@pytest.mark.parametrize("content", ["", "[]", '{"format": 2, "keys": []}', '{"format": 1, "keys": [{"id": "a"}]}'])
def test_files_that_hold_no_keys(file: Path, content: str) -> None:
    file.write_text(content)
    with pytest.raises(InputError, match=r"keys\.json"):
        key_ring.KeyRing(file)


def test_a_missing_file_names_the_command_that_makes_one(file: Path) -> None:
    with pytest.raises(InputError, match="lsr serve keys create --keys"):
        keys.read(file)


def test_a_file_that_changes_is_looked_at_again(file: Path, secrets: dict[str, str]) -> None:
    ring = key_ring.KeyRing(file)
    _, added = keys.create(file, Scope.read)
    assert ring.find(added) is None  # looked at a moment ago
    ring._looked = time.monotonic() - 2 * key_ring.LOOKED_EVERY
    assert ring.find(added) is not None
    assert ring.find(secrets["write"]) is not None


def test_secrets_come_from_either_header() -> None:
    from starlette.datastructures import Headers

    assert auth._secret(Headers({"authorization": "bearer  a"})) == "a"
    assert auth._secret(Headers({"authorization": "Basic b", "x-api-key": "c"})) == "c"
    assert auth._secret(Headers({"authorization": "Bearer "})) is None
    assert os.environ.get("LSR_KEYS") is None


def test_keys_that_are_made_and_revoked_at_once_do_not_undo_each_other(file: Path) -> None:
    doomed = [keys.create(file, Scope.read)[0].id for _ in range(8)]
    threads = [threading.Thread(target=keys.revoke, args=(file, key)) for key in doomed]
    threads += [threading.Thread(target=keys.create, args=(file, Scope.write)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [key.scope for key in keys.read(file)] == [Scope.write] * 8
