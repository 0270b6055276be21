# Every target sets up what it needs: a virtual environment in .venv with the package and its tools.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
FUZZ_STAMP := $(VENV)/.installed-fuzz

.PHONY: run test check lint types conformance corpus bench fuzz docs clean help

help:
	@echo "make run     serve flows/ with the Salesforce sandbox on http://127.0.0.1:8290"
	@echo "make test    run the tests"
	@echo "make check   tests, ruff, mypy, generated documents up to date"
	@echo "make bench   measure speed and memory against baselines of the same run"
	@echo "make fuzz    fuzz the parsers (FUZZ_SECONDS=600 each)"
	@echo "make docs    write the generated documents anew"

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; run: make PYTHON=python3.11 ..." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[all,test,check,bench]"
	@touch $@

run: $(STAMP)
	$(BIN)/synflow run flows --sandbox salesforce

test: $(STAMP)
	$(BIN)/python -m pytest

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

check: test lint types

bench: $(STAMP)
	$(BIN)/python -m tests.benchmarks

# Without atheris (it has no wheel for Python 3.13 and later) the fuzzers change their inputs blindly.
$(FUZZ_STAMP): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[fuzz]"
	@touch $@

FUZZ_SECONDS ?= 600
fuzz: $(FUZZ_STAMP)
	$(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS)

docs: $(STAMP)
	$(BIN)/python -m engine.settings.template > conf/synflow.toml.new && mv conf/synflow.toml.new conf/synflow.toml
	$(BIN)/python -m engine.diagnostics > docs/codes.md.new && mv docs/codes.md.new docs/codes.md
	$(BIN)/python -m engine.mediators.connector_docs connectors/*/README.md

clean:
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
