# Two commands set everything up: `make run` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes
PIP := $(BIN)/python $(INSTALL)
STAGE ?= prod
# AWS and Lambda's runtime on this machine, and what judges templates and components: they need
# other versions than our own packages, and so stand apart.
EMULATORS := .venv/emulators/installed .venv/rie/installed .venv/scanners/installed \
	.venv/audit/installed

.PHONY: run test test-deploy test-kills torture mutants audit check format lock deploy bench docs languages screenshot clean

run: .venv/local
	$(BIN)/flask run

test: .venv/test $(EMULATORS)
	$(BIN)/python -m tests

test-deploy: .venv/test $(EMULATORS)
	$(BIN)/python -m tests tests/deploy tests/infra

test-kills: .venv/test $(EMULATORS)
	$(BIN)/python -m tests -m '' --dist load tests/deploy/test_kills.py

torture: .venv/test $(EMULATORS)
	$(BIN)/python -m tests.torture

mutants: .venv/test
	$(BIN)/python -m tests.mutants

audit: .venv/bin/python .venv/audit/installed
	$(BIN)/python -m tests.audit

deploy: .venv/deploy
	$(BIN)/python -m infra up $(STAGE)

bench: .venv/test .venv/rie/installed
	$(BIN)/python -m benchmarks

check: .venv/test
	$(BIN)/python -m tests.checks

format: .venv/test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: .venv/test
	$(BIN)/flask docs

languages: .venv/test
	$(BIN)/python -m tests.catalogues

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

.venv/deploy: infra/requirements.txt | .venv/bin/python
	$(PIP) -r $<
	touch .venv/local $@

.venv/test: tests/requirements.txt | .venv/bin/python
	$(PIP) -r $<
	touch .venv/local .venv/deploy $@

.venv/emulators/installed: tests/deploy/requirements-ministack.txt
.venv/rie/installed: tests/deploy/requirements-rie.txt
.venv/scanners/installed: tests/infra/requirements-lint.txt
.venv/audit/installed: tests/security/requirements-audit.txt
$(EMULATORS): | .venv/bin/python
	$(BIN)/python -m venv $(@D)
	$(@D)/bin/python $(INSTALL) -r $<
	touch $@

# Each set is locked within the one before it, so that all of them agree; emulators stand apart.
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --no-emit-index-url --no-emit-find-links
GROWN = $(LOCK) pyproject.toml
lock: .venv/bin/python
	$(BIN)/python -m pip install --quiet uv==0.13.9
	$(GROWN) -o backend/requirements.txt
	$(GROWN) --group local -c backend/requirements.txt -o backend/local/requirements.txt
	$(GROWN) --group local --group deploy -c backend/local/requirements.txt \
		-o infra/requirements.txt
	$(GROWN) --group local --group deploy --group test -c infra/requirements.txt \
		-o tests/requirements.txt
	$(LOCK) --group ministack -o tests/deploy/requirements-ministack.txt
	$(LOCK) --group rie --no-deps -o tests/deploy/requirements-rie.txt
	$(LOCK) --group scanners -o tests/infra/requirements-lint.txt
	$(LOCK) --group audit -o tests/security/requirements-audit.txt
