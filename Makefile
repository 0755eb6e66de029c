# The ways in. `make help` lists them. A fresh machine needs python3.11 and make; everything else is set up here.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
LOCKS  := deploy/requirements
BIN    := .venv/bin
READY  := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test slow fuzz faults fault-alarms check samples bench bench-kafka bench-browser pictures up servers lock

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'

setup: $(READY)  ## make .venv with exactly what the locks name (again only when they change)

$(READY): $(LOCKS)/installer.lock $(LOCKS)/dev.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -c 'import sys; v = sys.version_info[:2]; sys.exit(v < (3, 11) and "ascbridge needs Python 3.11; this .venv has %d.%d" % v)'
	@echo "setup: installing what $(LOCKS)/dev.lock names"
	@if $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes -r $(LOCKS)/installer.lock \
	    && VIRTUAL_ENV="$(CURDIR)/.venv" $(BIN)/uv pip install --quiet --require-hashes -r $(LOCKS)/dev.lock; then :; \
	else \
	    echo "setup: uv could not install, using pip (slower, same hashes)"; \
	    $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes -r $(LOCKS)/dev.lock; \
	fi
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation -e .
	@echo "setup: compiling, so that every start is quick"
	@$(BIN)/python -m compileall -q -j 0 .venv/lib src >/dev/null || true  # some packages carry templates that are no Python
	@touch $@

demo: setup  ## a made-up city sends messages; open the page it prints
	$(BIN)/ascbridge demo

up: setup  ## run the bridge on this machine, data in ./data
	$(BIN)/ascbridge up --data-dir ./data --http 127.0.0.1:8080 --mllp 127.0.0.1:2575

servers:  ## fetch the servers that the fuller tests talk to (Kafka, HAPI FHIR, a browser)
	@if test -x tests/servers/install.sh; then tests/servers/install.sh; \
	else echo "servers: no tests/servers/install.sh here, nothing to fetch"; fi

test: setup servers  ## every test but the slow ones; what this machine lacks is skipped and says why (with CI=true: fails)
	$(BIN)/python -m pytest -n 2 --dist worksteal -rs -m "not slow"

slow: setup servers  ## the tests that take long: power cuts, whole demonstrations
	$(BIN)/python -m pytest -n 2 --dist worksteal -rs -m slow

# A round follows from its seed: SEED=... FAULT=sqlite-kill ROUNDS=1 plays one again.
ROUNDS ?= 20
faults: setup servers  ## break a running bridge on purpose, many rounds of each way (ROUNDS=20 SEED=1 FAULT=sqlite-kill)
	ROUNDS=$(ROUNDS) SEED=$(SEED) $(BIN)/python -m pytest -s -rs -m faults tests/faults $(if $(FAULT),-k "[$(FAULT)]")

fault-alarms: setup servers  ## play each fault of which somebody must hear: how soon, in which words, mended by the runbook (FAULT=wrong-map)
	EVERY=1 $(BIN)/python -m pytest -s -rs -m faults tests/faults/test_fault_alarms.py $(if $(FAULT),-k "[$(FAULT)]")

check: setup  ## all that needs no server: format, lint, types, import rule, contracts, hazards, tree, compose
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python contracts/generate.py --check
	$(BIN)/python docs/safety/check.py
	$(BIN)/python -m pytest -q tests/test_tree.py tests/test_compose.py

MINUTES ?= 5
PROCESSES ?= 2
fuzz: setup  ## throw broken messages at the intake, MINUTES for each of framer, parser, door and file, in PROCESSES at once
	$(BIN)/python -m tests.fuzz.drive --minutes $(MINUTES) --processes $(PROCESSES) $(if $(SEED),--seed $(SEED))

samples: setup  ## run every sample through the whole bridge and compare (APPROVE=--approve writes what came of them)
	$(BIN)/python contracts/approve.py $(APPROVE)

bench: setup  ## measure this machine: kept per second, time to the screen, replay
	$(BIN)/ascbridge bench

bench-kafka: setup servers  ## the same on Kafka with PostgreSQL, with servers of its own
	$(BIN)/python -m tests.servers.bench

bench-browser: setup servers  ## how soon a change stands on a browser's screen while 200 other pages are open
	$(BIN)/python -m tests.servers.live_browser

pictures: setup servers  ## take the pictures of the documents anew, from a running demonstration
	$(BIN)/python -m tests.servers.pictures

# UPGRADE=--upgrade takes newer versions; without it only what pyproject.toml forces moves.
COMPILE = $(BIN)/uv pip compile --quiet $(UPGRADE) --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
lock: setup  ## write the locks anew from pyproject.toml (make lock UPGRADE=--upgrade for newer versions)
	$(COMPILE) pyproject.toml -o $(LOCKS)/runtime.lock
	$(COMPILE) pyproject.toml --extra dev -c $(LOCKS)/runtime.lock -o $(LOCKS)/dev.lock
	@{ sed -n '/^uv==/,/[^\\]$$/p' $(LOCKS)/dev.lock; } > $(LOCKS)/installer.lock
	@if grep -nE '://|^(-i|--[a-z-]*url|--find-links)' $(LOCKS)/*.lock; then echo "lock: an address got into a lock" >&2; exit 1; fi
