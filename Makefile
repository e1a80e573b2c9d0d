# Shortcuts for work on frpg; `make check` before each commit.
BIN := .venv-test/bin

.PHONY: check lint unit e2e interop test demo

check: lint unit

.venv-test: setup.py requirements.txt pyproject.toml
	scripts/venv .venv-test dev
	touch .venv-test

lint: .venv-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: .venv-test
	$(BIN)/python -m pytest tests/unit tests/conformance

e2e: .venv-test
	$(BIN)/python -m pytest tests/e2e

# Needs FRPG_OFFICIAL_BIN, the folder of the official frps and frpc.
interop: .venv-test
	$(BIN)/python -m pytest tests/interop

test:
	scripts/test

demo:
	scripts/demo
