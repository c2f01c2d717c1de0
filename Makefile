# Everything runs in .venv, which is made on first use and brought up to date when the pins change.
PYTHON ?= python3
DEMO ?= run --suite core
WORKERS ?= 4

BIN := .venv/bin
# The editable install holds this folder's path: a copy of the tree must not test its original.
INSTALLED := .venv/installed-$(shell pwd | cksum | cut -d ' ' -f 1)

.PHONY: help demo test lint format types contracts wheel-check check constraints clean .types
.DEFAULT_GOAL := help

help:
	@echo "make demo | test | lint | format | types | contracts | wheel-check | check | constraints | clean"

demo: $(INSTALLED)
	$(BIN)/tempt $(DEMO)

test: $(INSTALLED)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

lint: $(INSTALLED)
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .

format: $(INSTALLED)
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

types: $(INSTALLED) .types
	$(BIN)/python -m mypy

contracts: $(INSTALLED) .types
	cd .types && ../$(BIN)/python ../$(BIN)/lint-imports --config ../pyproject.toml --no-cache

wheel-check: $(INSTALLED)
	.ci/wheel-check

check: lint types contracts test wheel-check

# Tools that do not follow an editable install read the rooms through this tree of links.
.types:
	@rm -rf $@ && mkdir -p $@/tempt
	@cd $@/tempt && ln -s ../../tempt/* ../../agents ../../envs ../../monitors ../../sandbox ../../scenarios .

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "tempt needs Python 3.11 or newer, and $(PYTHON) is not: try make $(MAKECMDGOALS) PYTHON=python3.11" >&2; exit 1; }
	@echo "Installing into .venv: under a minute, once."
	@$(PYTHON) -m venv .venv
	@.ci/install $(BIN)/python --editable . --group dev
	@touch $@

# Newest versions that pyproject.toml allows, for every Python and platform it allows.
constraints: $(INSTALLED)
	$(BIN)/uv pip compile --quiet --upgrade --universal --fork-strategy fewest --no-annotate \
	  --custom-compile-command "make constraints" --group dev --output-file constraints.txt pyproject.toml

clean:
	rm -rf .venv .types build dist tempt.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
