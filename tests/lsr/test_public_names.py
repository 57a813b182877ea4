"""What `import lsr` offers, and what it does not drag in."""

import subprocess
import sys

import pytest

HEAVY = {"torch", "numba", "transformers", "fastapi", "scipy", "pyarrow", "ir_datasets"}


@pytest.mark.parametrize("package", ["lsr", "lsr_index"])
def test_exported_names_are_sorted_and_there(package):
    module = __import__(package)
    assert module.__all__ == sorted(module.__all__)
    assert all(getattr(module, name).__name__ == name for name in module.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = module.nothing


@pytest.mark.parametrize("statement", ["import lsr", "import lsr_index", "import lsr.cli; lsr.cli._app(None)"])
def test_imports_are_light(statement):
    program = f"{statement}\nimport sys; print(sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
