# Two commands set everything up: `make run` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes

.PHONY: run test check format lock docs screenshot clean

run: .venv/local
	$(BIN)/flask run

test: .venv/test
	$(BIN)/python -m tests

check: .venv/test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: .venv/test
	$(BIN)/flask docs

screenshot: .venv/test
	$(BIN)/python -m docs.screenshot

clean:
	rm -rf .venv

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 14) else "Python 3.11, 3.12 or 3.13 is needed; set PYTHON=python3.x")'
	$(PYTHON) -m venv .venv

.venv/local: backend/local/requirements.txt | .venv/bin/python
	$(PIP) -r $<
	touch $@

.venv/test: tests/requirements.txt | .venv/bin/python
	$(PIP) -r $<
	touch .venv/local $@

# Each set is locked within the one before it, so that all of them agree.
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --no-emit-index-url --no-emit-find-links pyproject.toml
lock: .venv/bin/python
	$(BIN)/python -m pip install --quiet uv==0.13.9
	$(LOCK) -o backend/requirements.txt
	$(LOCK) --group local -c backend/requirements.txt -o backend/local/requirements.txt
	$(LOCK) --group local --group test -c backend/local/requirements.txt -o tests/requirements.txt
