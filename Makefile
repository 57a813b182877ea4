# make demo   install and run the main job, offline
# make test   install and run the tests
# make torture  kill writers 1,500 times
# make reproduce  run the commands behind published figures again
# make check  lint, format, types and audit        make bench  throughput and memory       make model  fetch the embedded model

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
INSTALLED := $(VENV)/.installed

.PHONY: demo test torture reproduce check audit fix bench model clean

demo: $(INSTALLED)
	$(BIN)/lsr demo

test: $(INSTALLED) model
	$(BIN)/python -m pytest

torture: $(INSTALLED)
	LSR_TORTURE=1000 $(BIN)/python -m pytest tests/index/test_crash.py tests/index/test_crash_steps.py

reproduce: $(INSTALLED) model
	$(BIN)/lsr eval reproduce

check: $(INSTALLED) audit
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright

audit: $(INSTALLED)
	$(BIN)/python .ci/audit.py

fix: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(INSTALLED)
	$(BIN)/lsr bench long-run python-stdlib

model: $(INSTALLED)
	@$(BIN)/python -m lsr.encoders.catalog splade-tiny

# torch goes first and by its exact version, so that nothing that depends on it chooses another build.
$(INSTALLED): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install "$$(grep '^torch==' constraints.txt)"
	$(PIP) install --constraint constraints.txt --editable '.[dev]'
	touch $(INSTALLED)

clean:
	rm -rf $(VENV) demo dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
