# make setup | demo | test | check | lock
# `make demo VISITS=25 SEED=7 REPORT=report.json BROKER=auto DB=sqlite SABOTAGE=ledger`:
# make hands variables given on its command line to the program as its environment.
PYTHON = .venv/bin/python
export UV_PYTHON_DOWNLOADS = never
# compiled modules are kept: a dozen processes start here, and compiling took most of their start
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo test check lock fuzz audit rush settles chaos failpoints drill screenshots

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

# the described API of both services against what Schemathesis makes up: make fuzz N=200 SEED=1
fuzz: setup
	@$(PYTHON) -m tests.security.fuzz --examples $(or $(N),200) $(if $(SEED),--seed $(SEED))

# a backup under load, restored elsewhere and opened again: make drill DB=postgresql N=40
drill: setup
	@$(PYTHON) -m tests.drill --db $(or $(DB),sqlite) --visits $(or $(N),12) $(if $(SEED),--seed $(SEED))

# every screen of the app in each state, language and size, into build/screens (they are tests, too)
screenshots: setup
	@PICTURES=build/screens $(PYTHON) -m pytest -q -n 2 tests/browser/screens/test_screens.py

# what we build on; REQUIRED=1 fails where the advisories cannot be reached
audit: setup
	@$(PYTHON) -m tests.security.audit $(if $(REQUIRED),--required)

# `make rush N=100 DB=sqlite|postgresql REPORT=rush.json`: 40 shoppers, two API processes, the last 10 units
rush: setup
	@$(PYTHON) -m tests.rush.rush

# `make settles N=2000 DB=... SEED=1 REPORT=settles.json`: every request sent again and again, every cent compared
settles: setup
	@$(PYTHON) -m tests.rush.settles

# `make chaos N=60 SEED=7 DB=sqlite|postgresql BROKER=embedded|mosquitto REPORT=chaos.json`: everything is killed
# while people shop; `make chaos MUTANT=no-dedupe` (tests/chaos/mutants.py lists them) has to end red
chaos: setup
	@$(PYTHON) -m tests.chaos

# `make failpoints N=all|20 SEED=7 POINT=capture`: a process dies before and after every commit and call outside, one by one
failpoints: setup
	@$(PYTHON) -m tests.chaos failpoints
