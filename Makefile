# The two commands of the README are ./deskhand and make test; the rest is for people who change the code.
PYTHON := .venv/bin/python
export PYTHONPATH := $(CURDIR)
export QT_QPA_PLATFORM ?= offscreen

.PHONY: test check format setup bench screenshots starter fuzz

setup:
	@for p in $$DESKHAND_PYTHON python3.12 python3.11 python3.13 python3; do \
		if command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			exec $$p installer/bootstrap.py --setup-only --dev; fi; done; \
	echo "Deskhand needs Python 3.11 or newer." >&2; exit 1

test: setup
	$(PYTHON) -m pytest $(ARGS)

# Fuzzing as long as one likes: FUZZ is the number of examples for each target. The tests do sixty.
FUZZ ?= 5000
fuzz: setup
	DESKHAND_FUZZ=$(FUZZ) $(PYTHON) -m pytest tests/fuzz --timeout 0 $(ARGS)

check: setup
	$(PYTHON) -m ruff format --check app core models skills tools installer tests
	$(PYTHON) -m ruff check app core models skills tools installer tests
	$(PYTHON) -m mypy
	.venv/bin/lint-imports
	$(PYTHON) -m pytest $(ARGS)

format: setup
	$(PYTHON) -m ruff check --fix app core models skills tools installer tests
	$(PYTHON) -m ruff format app core models skills tools installer tests

bench: setup
	$(PYTHON) installer/bootstrap.py --setup-only --dev --bench
	$(PYTHON) tests/benchmarks/run.py

bench-%: setup
	$(PYTHON) installer/bootstrap.py --setup-only --dev --bench
	$(PYTHON) tests/benchmarks/run.py $*

screenshots: setup
	$(PYTHON) docs/screenshots.py

# Trains the built-in model anew, from the data in models/starter/data; see models/starter/MODEL_CARD.md.
starter: setup
	$(PYTHON) -m venv .venv-training
	.venv-training/bin/pip install -q -r models/starter/training/requirements.txt
	.venv-training/bin/python -m models.starter.training $(ARGS)
