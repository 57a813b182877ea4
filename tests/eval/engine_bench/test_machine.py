"""What a report says of the machine it was made on."""

from lsr_eval.engine_bench import machine


def test_the_line_ends_with_versions():
    found = {"cpu": "A", "cores": 2, "flags": ["avx2"], "memory_gib": 8, "python": "3.11.7", "packages": {}}
    assert machine.line(found) == "A, 2 cores, avx2, 8 GiB; Python 3.11.7"
    other = machine.line(found | {"flags": [], "packages": {"lsr": "1"}})
    assert other.endswith("no AVX2, 8 GiB; Python 3.11.7, lsr 1")


def test_this_machine_is_described():
    assert machine.line(machine.describe(packages=("numpy",))).count("numpy ") == 1
