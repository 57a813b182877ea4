"""The OpenAPI document holds for whatever schemathesis sends: no 5xx, and no answer that it does not describe."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from lsr_eval.serve_bench.server import serving
from lsr_service import create_app
from lsr_service.settings import Settings

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = [
    (method.upper(), path)
    for path, methods in create_app(settings=Settings()).openapi()["paths"].items()
    for method in methods
]
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large, HealthCheck.large_base_example]
MODES = st.sampled_from(list(schemathesis.GenerationMode))


@schemathesis.serializer("application/x-ndjson")
def lines(context: Any, value: Any) -> bytes:
    """Send what the schema calls a text as it is."""
    return value.encode(errors="replace") if isinstance(value, str) else str(value).encode(errors="replace")


@pytest.fixture(scope="module")
def contract(index_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("contract")
    own = shutil.copytree(index_path, folder / "index")
    with serving({"index": own}, ("--data", str(folder / "data"), "--set", "access_log=false")) as server:
        yield schemathesis.openapi.from_url(f"http://127.0.0.1:{server.port}/openapi.json")


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_contract(contract: Any, method: str, path: str) -> None:
    operation = contract[path][method]

    @settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=SLOW)
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy(generation_mode=data.draw(MODES)))
        # Drawn names lead nowhere; half of them are to lead to what is there.
        if "name" in (case.path_parameters or {}) and data.draw(st.booleans()):
            case.path_parameters["name"] = "index"
        case.call_and_validate(checks=CHECKS)

    holds()
