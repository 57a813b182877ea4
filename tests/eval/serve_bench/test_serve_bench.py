"""The service under load, in miniature: real servers, real clients, a real kill."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lsr import Document, Retriever
from lsr_eval.commands.bench import app
from lsr_eval.serve_bench import clients
from lsr_eval.serve_bench.clients import Load, of_engine
from lsr_eval.serve_bench.run import BESIDE, ENGINE, SERVICE, _row
from lsr_eval.serve_bench.server import ServerFailedError, serving
from lsr_eval.serve_bench.soak import soak

TEXTS = [f"the {one} sat near the {other}" for one in ("cat", "dog", "owl") for other in ("moon", "mat", "sea", "hive")]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("load") / "index"
    Retriever.build([Document(f"d{n}", text) for n, text in enumerate(TEXTS)], model="bm25", path=path)
    return path


@pytest.fixture(scope="module")
def queries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("queries") / "queries.tsv"
    path.write_text("".join(f"q{n}\t{text}\n" for n, text in enumerate(TEXTS)))
    return path


def test_the_command_measures_engine_service_and_another_index(index: Path, queries: Path, tmp_path: Path) -> None:
    arguments = ["serve", str(index), "--beside", str(index), "--queries", str(queries), "--clients", "1,3"]
    arguments += ["--seconds", "0.3", "--rounds", "1", "--json", "-o", str(tmp_path / "out")]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert [(row["system"], row["clients"]) for row in found["rows"]] == [
        (system, count) for count in (1, 3) for system in (ENGINE, SERVICE, BESIDE)
    ]
    assert all(row["per_second"] > 0 and row["failures"] == 0 for row in found["rows"])
    table = (tmp_path / "out" / "serve.md").read_text()
    assert "bm25, service" in table
    assert len([line for line in table.splitlines() if line.startswith("| bm25")]) == 6


def test_rows_compare_within_rounds() -> None:
    loads = {
        ENGINE: [Load(1, [0.001] * 10), Load(1, [0.003] * 10)],
        SERVICE: [Load(1, [0.002] * 20, failures=1), Load(1, [0.006] * 10)],
        BESIDE: [Load(1, [0.004] * 10), Load(1, [0.006] * 10)],
    }
    row = _row(SERVICE, 4, loads)
    assert (row.per_second, row.failures) == (15, 1)
    assert row.p99_above_engine_ms == pytest.approx(2)  # of 1 and 3
    assert row.p50_to_beside == pytest.approx(0.75)  # of 0.5 and 1
    assert _row(ENGINE, 4, loads).p99_above_engine_ms is None


def test_nothing_is_lost_by_a_kill(index: Path) -> None:
    found = soak(index, TEXTS, [text + " again" for text in TEXTS], clients=4, seconds=4)
    assert found.failures == []
    assert found.lost == []
    assert found.searches > 0
    assert found.writes > 0
    assert found.kept > 0
    assert found.broken > 0
    assert found.searchable == found.sampled > 0
    assert len(found.memory) == 2


def test_clients_start_at_different_queries() -> None:
    asked: list[str] = []
    of_engine(asked.append, ["a", "b", "c", "d"], 2, 0.05)
    assert set(asked[:2]) <= {"a", "c"} or len(asked) > 2
    assert {"a", "b", "c", "d"} <= set(asked)


def test_answers_other_than_200_are_failures(index: Path) -> None:
    with serving({"docs": index}) as server:
        load = clients.of_service(server.port, [clients.request("GET", "/v1/indexes/none")], 2, 0.2)
        assert load.failures == len(load.times) > 0
        assert (server.memory() or 0) > 10_000_000

        async def ask() -> clients.Answer:
            connection = await clients.Connection.open(server.port)
            answer = await connection.ask(clients.request("GET", "/healthz"))
            connection.close()
            return answer

        assert asyncio.run(ask()) == clients.Answer(200, b'{"status":"ok"}')


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(ServerFailedError, match="does not exist; make an index"), serving({"docs": tmp_path / "none"}):
        pass


@pytest.mark.parametrize("given", ["many", "0", "1,,2"])
def test_numbers_of_clients(index: Path, queries: Path, given: str) -> None:
    done = CliRunner().invoke(app, ["serve", str(index), "--queries", str(queries), "--clients", given])
    assert done.exit_code == 2
