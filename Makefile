# make setup | demo | test | check | lock
# `make demo VISITS=25 SEED=7 REPORT=report.json BROKER=auto DB=sqlite SABOTAGE=ledger`:
# make hands variables given on its command line to the program as its environment.
PYTHON = .venv/bin/python
export UV_PYTHON_DOWNLOADS = never
# compiled modules are kept: a dozen processes start here, and compiling took most of their start
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo test check lock

setup:
	@python3 bootstrap.py

demo: setup
	@$(PYTHON) -m simulators demo

test: setup
	@$(PYTHON) -m pytest -n 2 --dist worksteal

check: setup
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports
	$(PYTHON) bootstrap.py npm run --silent check

lock:
	.venv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
		pyproject.toml --group dev --output-file requirements.lock
