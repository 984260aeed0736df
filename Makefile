# `make demo` and `make test` do everything on a machine that has Python, make and a C compiler.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PAGES := docs/checks.md docs/load-errors.md docs/timeline.md
SOURCES := $(shell find src policies schema starter -type f -not -name '*.pyc') $(PAGES)

.PHONY: demo test lint test-versions test-system bench bench-scale bench-spark bench-vectors plot soak edits schemas clean

demo: $(INSTALLED)
	$(BIN)/supportrules evaluate --format pretty --lang en examples/tickets.jsonl
	head -1 examples/tickets.jsonl | $(BIN)/supportrules evaluate --explain --why-not A --format pretty --lang en
	$(BIN)/supportrules show --lang en targets
	$(BIN)/supportrules trace --lang en SV-A2
	$(BIN)/supportrules ask --answers examples/answers.yaml --lang en
	rm -rf build/acme build/acme-faster
	$(BIN)/supportrules init build/acme
	$(BIN)/supportrules test --coverage build/acme
	$(BIN)/supportrules evaluate --policy build/acme --format pretty build/acme/examples/tickets.yaml
	cp -r build/acme build/acme-faster
	sed 's/target: PT1H/target: PT30M/' build/acme/response_targets.yaml > build/acme-faster/response_targets.yaml
	$(BIN)/supportrules diff build/acme build/acme-faster --tickets build/acme/examples/tickets.yaml
	$(BIN)/supportrules evaluate --format csv --extra ignore examples/tickets.csv | cut -d, -f1-3,13,18,19

test: $(INSTALLED)
	$(BIN)/pytest -n auto

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The built package, with the oldest and the newest versions of what it needs, on each Python that is there.
test-versions: $(INSTALLED)
	$(BIN)/python tests/support/environments.py

# Tests that need system packages; they are installed first, and nothing is skipped without them.
test-system: $(INSTALLED)
	apt-get update -qq
	apt-get install -y -qq --no-install-recommends tmux git e2fsprogs chromium poppler-utils zsh fish fonts-dejavu-core \
		openjdk-17-jre-headless >/dev/null
	command -v npm >/dev/null || apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null
	npm install --silent --no-save --prefix build/node ajv@8 prettier@3 yaml-language-server@1
	$(BIN)/pip install --quiet --disable-pip-version-check pre-commit '.[spark]'
	$(BIN)/pytest tests/system

# With the rules engines and data frames that are measured beside, and what draws the plots.
bench: $(INSTALLED)
	$(BIN)/pip install --quiet --disable-pip-version-check '.[bench]'
	$(BIN)/python benchmarks/peers.py
	$(BIN)/python benchmarks/memory.py
	$(BIN)/python benchmarks/start.py
	$(BIN)/python benchmarks/larger.py
	$(BIN)/python benchmarks/evaluate.py
	$(BIN)/python benchmarks/ask.py
	$(BIN)/python benchmarks/ledger.py
	$(BIN)/python benchmarks/diff.py
	$(BIN)/python benchmarks/batch.py 10e6

# Beside an earlier build, which is installed from the history in an environment of its own; an hour, or `ROWS=bundled`.
bench-scale: $(INSTALLED)
	$(BIN)/python benchmarks/scale.py $(ROWS)

# How many of the vectors of promise clocks other libraries get right.
bench-vectors: $(INSTALLED)
	$(BIN)/pip install --quiet --disable-pip-version-check '.[bench]'
	$(BIN)/python benchmarks/vectors.py

# Needs Java 17.
bench-spark: $(INSTALLED)
	$(BIN)/pip install --quiet --disable-pip-version-check '.[spark]'
	$(BIN)/python benchmarks/spark.py

# Draws what was measured last, in docs/.
plot: $(INSTALLED)
	$(BIN)/pip install --quiet --disable-pip-version-check '.[bench]'
	$(BIN)/python benchmarks/plot.py docs

# Writers of a ledger that are killed in more rounds, and diagrams compared at more places, than a test has time for.
soak: $(INSTALLED)
	rm -rf build/soak && mkdir -p build/soak
	$(BIN)/python tests/support/ledger_kills.py 200 1 build/soak
	$(BIN)/python tests/support/diagram_walk.py
	$(BIN)/python tests/support/places_by_day.py 100000

# What catches each of 300 random edits of both policies: the list that a test holds.
edits: $(INSTALLED)
	$(BIN)/python tests/support/owners_edits.py > tests/golden/edits.txt

# What the schemas of policy files share, copied into each; what a test case may expect is what a decision has.
schemas: $(INSTALLED)
	$(BIN)/python tests/support/shared_schemas.py

clean:
	rm -rf $(VENV) build dist

# The tests run against the installed package, as a user has it.
$(INSTALLED): pyproject.toml $(SOURCES)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check '.[dev]'
	touch $@
