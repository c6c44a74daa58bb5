# Two commands do everything on a fresh machine: `make train` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
SCALE := .venv/.scale

.PHONY: help setup train test test-all check bench format clean

help:
	@echo "make train     set up, then train a small GRU on the embedded data (about two minutes after set-up)"
	@echo "make test      set up, then run the tests"
	@echo "make test-all  the tests that take minutes, too"
	@echo "make check     lint, format and types"
	@echo "make bench     measure against the ways without seqexp, and write benchmarks/RESULTS.md (about 20 minutes)"
	@echo "make format    write the format that check wants"

setup: $(READY)

# Bytecode is compiled here, whatever PYTHONDONTWRITEBYTECODE says: TensorFlow then imports four times as fast. So are
# the recurrent layers' inner loops.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info[:2] <= (3, 13) else "seqexp needs Python 3.11 to 3.13; $(PYTHON) is " + sys.version.split()[0] + ". Name another: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	$(BIN)/python -m compileall -q -j 0 .venv/lib >/dev/null || true
	$(BIN)/python -m seqexp.models.kernels
	@touch $(READY)

train: $(READY)
	$(BIN)/seqexp train model=gru_dropout training=quick dataset.source=simulated
	@command -v seqexp >/dev/null || echo "seqexp is in $(BIN): source $(BIN)/activate puts it on your path"

test: $(READY)
	$(BIN)/python -m pytest -n 2 --dist loadfile

# Ray, submitit, drivers and an S3 server for the tests that need them. PostgreSQL and Slurm are the system's; without
# them their tests are skipped: apt-get install postgresql slurmctld slurmd slurm-client munge
$(SCALE): $(READY)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,scale]'
	@touch $(SCALE)

test-all: $(SCALE)
	$(BIN)/python -m pytest -n 2 --dist loadfile -m 'slow or not slow'

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# jax and torch are peers, too, where they are installed: $(BIN)/python -m pip install '.[bench]'
bench: $(READY)
	$(BIN)/python -m benchmarks

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
