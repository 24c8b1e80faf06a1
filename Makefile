# Every target first makes the environment in $(VENV), or refreshes it if pyproject.toml or requirements/ changed: `make run` with
# what running needs, the others with what tests and checks need as well; see .ci/setup.
VENV ?= .venv
# Where `make run` keeps what people answer: in the checkout, so that no other version of Heartwork meets it.
HEARTWORK_DATA_DIR ?= $(CURDIR)/.heartwork
export VENV PYTHON HEARTWORK_DATA_DIR

# Tests that wait for a server or a browser leave a core free: one process more than there are cores.
WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1) + 1)))

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench

help:
	@echo 'make run     serve the web page on http://127.0.0.1:8000  (ARGS="--port 8001" and other options)'
	@echo 'make test    run the tests                      (ARGS="-k words" to choose some, ARGS="-m exhaustive" those that take long)'
	@echo 'make check   lint, formatting, types, what bandit finds, and the subjects of commits'
	@echo 'make bench   run the benchmarks one by one'
	@echo
	@echo 'PYTHON=python3.13 chooses the Python, VENV=.venv-3.13 the folder of its environment.'

# Everything; `make run` sets up less.
setup:
	@sh .ci/setup

run:
	@sh .ci/setup run
	@echo "Starting Heartwork ..."
	@exec "$(VENV)/bin/heartwork" serve $(ARGS)

test: setup
	@"$(VENV)/bin/python" -m pytest -q -n $(WORKERS) --dist worksteal $(ARGS)

check: setup
	@"$(VENV)/bin/ruff" check
	@"$(VENV)/bin/ruff" format --check
	@"$(VENV)/bin/mypy"
	@"$(VENV)/bin/bandit" --quiet --recursive --configfile pyproject.toml engine web
	@sh .ci/subjects

bench: setup
	@for script in $(sort $(wildcard tests/benchmarks/bench_*.py)); do \
		echo "== $$script"; \
		"$(VENV)/bin/python" "$$script" || exit 1; \
	done
