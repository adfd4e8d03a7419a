# The commands a person types. `verify` and `test` install what they need into .venv first.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup verify claims images test selftest bench docs lint fmt lock clean

help:  ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/installed  ## install the project and its pinned dependencies into .venv

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11" >&2; exit 2; }
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

verify: setup  ## start a real system, load it, harm it, judge what happened: the quick profile, in under four minutes
	$(BIN)/harness verify --profile quick

claims: setup  ## all drills and probes that want no containers, in about 45 minutes, then the guide claim by claim
	$(BIN)/harness verify --profile full
	$(BIN)/harness claims

images: setup  ## the images of docker-compose.yml, built here without a registry (as root)
	$(BIN)/python -m harness.images

test: setup lint  ## the whole test suite, against real servers
	$(BIN)/python -m pytest

selftest: setup  ## every defect against the drill that must catch it, two at a time, in some forty minutes
	$(BIN)/harness selftest --jobs 2

bench: setup  ## the figures of benchmarks/RESULTS.md, measured here (an hour, half of it killing the harness)
	$(BIN)/python -m benchmarks

docs: setup  ## the parts of the documentation that are made from the code
	$(BIN)/python -m tests.docs.generated

lint: setup  ## style, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fmt: setup  ## format the code and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: setup  ## pin the dependencies again (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-annotate --no-header -o requirements.lock
	uv pip compile --group target -c requirements.lock --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-annotate --no-header -o deploy/target.lock

clean:  ## remove what was installed and recorded here
	rm -rf .venv runs .mypy_cache .ruff_cache .pytest_cache *.egg-info
