"""What the figures were measured on."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("lsr", "numpy", "scipy", "numba", "bmp", "pyseismic-lsr", "pyterrier-pisa", "splade-index")
FLAGS = ("avx2", "avx512f", "avx512bw", "avx512_vnni", "avx512_bf16", "amx_bf16")


def describe(packages: Sequence[str] = PACKAGES) -> dict[str, Any]:
    """Return processor, cores, vector instructions, memory and versions of packages."""
    return {
        "cpu": _field("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "flags": [flag for flag in FLAGS if flag in _field("/proc/cpuinfo", "flags").split()],
        "memory_gib": round(int((_field("/proc/meminfo", "MemTotal") or "0").split()[0]) / 2**20, 1),
        "python": platform.python_version(),
        "packages": {name: found for name in packages if (found := _version(name))},
    }


def line(machine: dict[str, Any]) -> str:
    """Format for people."""
    software = {"Python": machine["python"], **machine["packages"]}
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {' '.join(machine['flags']) or 'no AVX2'}, "
        f"{machine['memory_gib']} GiB; {', '.join(f'{name} {number}' for name, number in software.items())}"
    )


def _field(path: str, name: str) -> str:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == name), "")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
