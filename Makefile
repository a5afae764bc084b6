# Everything that one does with this repository. `make help` lists it.

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
SPEC ?= spec/quickstart.toml
ARGS ?=
# With a GPU there may be no network to make .venv with: then any Python that has torch.
GPU_PYTHON ?= $(firstword $(wildcard $(BIN)/python) $(PYTHON))
GPU_OUT ?= .benchmarks/gpu
GPU_MINUTES ?= 18

VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements/lock.txt
BENCH_LOCK := requirements/bench.txt
UV_LOCK := requirements/uv.txt
UV_VERSION := 0.13.9
UV := $(BIN)/uv
PIN := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet
READY := $(VENV)/.ready
MEASURED := .benchmarks/measured.json

# DVC's stages call `banc`: they find it without an activated environment.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DVC_NO_ANALYTICS := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo pages test check format lock bench gpu clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(READY) ## Make .venv with the pinned dependencies and banc itself (PYTHON=... names another Python)

$(READY): $(LOCK) $(UV_LOCK) pyproject.toml banc/__init__.py
	@if [ -z "$(PYTHON)" ] || ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
		echo "error: banc needs Python 3.11 or newer, and $(if $(PYTHON),\`$(PYTHON)\` is not,there is none on the PATH)" >&2; \
		echo "hint: name one: make setup PYTHON=/path/to/python3.12" >&2; exit 1; fi
	@if ! $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		echo "setup: virtual environment in $(VENV)"; \
		$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); \
			echo "hint: on Debian and Ubuntu the package python3-venv is needed" >&2; exit 1; }; fi
	@$(UV) --version 2>/dev/null | grep -qF "uv $(UV_VERSION) " || { echo "setup: uv $(UV_VERSION)"; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(UV_LOCK); }
	@echo "setup: pinned dependencies (PyTorch is large: minutes on a slow line)"
	@$(UV) pip sync --compile-bytecode --python $(BIN)/python --require-hashes $(LOCK)
	@$(UV) pip install --python $(BIN)/python --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## From spec/quickstart.toml to its table; asked again, it trains nothing again
	$(BIN)/banc compile $(SPEC)
	$(BIN)/banc repro $(SPEC)
	$(BIN)/banc report $(SPEC)

pages: demo ## The pages and pictures in docs/report, of the quickstart and of the study
	$(BIN)/banc report spec/quickstart.toml --format html --output docs/report/quickstart.html
	$(BIN)/banc report spec/quickstart.toml --plots .benchmarks/plots
	@# As a fresh clone has it: committed results, and no curves of the few runs that the quickstart shares.
	rm -rf .benchmarks/clone && git clone --quiet . .benchmarks/clone
	cd .benchmarks/clone && banc report spec/study.toml --format html --output $(CURDIR)/docs/report/study.html
	cd .benchmarks/clone && banc report spec/study.toml --plots $(CURDIR)/.benchmarks/plots
	$(BIN)/banc report spec/quickstart.toml --format latex --output docs/report/quickstart.tex
	cd .benchmarks/clone && banc report spec/study.toml --format latex --output $(CURDIR)/docs/report/study.tex
	cp .benchmarks/plots/quickstart-generations-web.svg .benchmarks/plots/study-generations-web.svg docs/report/

test: setup ## Run the tests (ARGS="-k lower" for some of them)
	$(BIN)/pytest -q -n 2 --dist loadfile $(ARGS)

check: setup ## Format, lint, types, layers, specs, and that the generated files are up to date
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/banc check spec/*.toml
	$(BIN)/banc compile --check $(SPEC)

format: setup ## Let ruff rewrite what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(UV) ## Refresh the pins in requirements/ (ARGS=--upgrade takes newer versions)
	echo "uv==$(UV_VERSION)" | $(UV) pip compile - $(PIN) --no-annotate -o $(UV_LOCK)
	$(UV) pip compile pyproject.toml --group dev --all-extras $(PIN) --fork-strategy fewest $(ARGS) -o $(LOCK)
	$(UV) pip compile --group bench -c $(LOCK) $(PIN) --no-annotate --fork-strategy fewest $(ARGS) -o $(BENCH_LOCK)

$(UV):
	@$(MAKE) --no-print-directory setup

bench: setup ## Measure, and write the tables of docs/performance.md (ARGS="-k loops" for some of them)
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r $(BENCH_LOCK)
	@mkdir -p $(dir $(MEASURED))
	@$(BIN)/pytest tests/benchmarks --benchmark-only --benchmark-json=$(MEASURED) -q -rs $(ARGS); \
		status=$$?; $(BIN)/python tests/benchmarks/page.py $(MEASURED) docs/performance.md && exit $$status

gpu: ## On a machine with a GPU: its tests and measurements, in 25 minutes (docs/how-to/gpu.md)
	@# Warnings are errors with the pinned versions; here are others.
	@PYTHONPATH="$(CURDIR):$$PYTHONPATH" $(GPU_PYTHON) -m pytest tests/gpu -q -rs -W default -p no:cacheprovider $(ARGS); \
		status=$$?; PYTHONPATH="$(CURDIR):$$PYTHONPATH" $(GPU_PYTHON) tests/gpu/measure.py $(GPU_OUT) $(GPU_MINUTES) \
		&& exit $$status

clean: ## Remove caches and builds; trained networks, results and .venv stay
	rm -rf build dist .benchmarks .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find banc tests -name __pycache__ -type d -prune -exec rm -rf {} +
