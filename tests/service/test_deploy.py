"""What can be checked of the deployment without running it."""

import configparser
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lsr_service import configuration
from tests.conftest import ROOT

DEPLOY = ROOT / "service" / "deploy"


@pytest.fixture(autouse=True)
def no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put LSR_CONFIG back, which reading a file sets."""
    monkeypatch.setenv("LSR_CONFIG", "")


def test_the_example_of_settings_is_valid() -> None:
    settings = configuration.resolved(DEPLOY / "lsr.toml", [], {})
    assert settings.indexes == {"docs": Path("/var/lib/lsr/docs")}
    assert settings.keys is not None


def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DEPLOY / "lsr.service")
    return parser


def test_the_unit_starts_a_command_that_exists(tmp_path: Path) -> None:
    import typer

    from lsr_service.command import run

    command = shlex.split(unit()["Service"]["ExecStart"])
    assert command[:2] == ["/opt/lsr/bin/lsr", "serve"]
    arguments = [argument.replace("/etc/lsr/lsr.toml", str(DEPLOY / "lsr.toml")) for argument in command[2:]]
    app = typer.Typer()
    app.command()(run)
    done = CliRunner().invoke(app, [*arguments, "--print-config"])
    assert done.exit_code == 0
    assert 'log_format = "json"' in done.output
    assert int(unit()["Service"]["TimeoutStopSec"]) > 30  # what uvicorn is given to drain


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    copy = tmp_path / "lsr.service"
    copy.write_text((DEPLOY / "lsr.service").read_text().replace("/opt/lsr/bin/lsr", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False)
    assert "lsr.service" not in done.stderr


def test_the_image_copies_what_exists() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    for path in [path for paths in copied for path in paths]:
        assert (ROOT / path).exists(), path
    allowed = {
        line.removeprefix("!").split("/")[0] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    }
    assert {path.split("/")[0] for paths in copied for path in paths} <= allowed
    assert "USER lsr" in lines
