# Every target makes what it needs: a virtual environment in .venv, filled from constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo test test-learn quick slow attack fuzz mutants test-lowest lint types docs bench constraints clean

demo: $(VENV)/base
	$(BIN)/eqsolve batch instances --store demo-run.sqlite

# The whole suite on all processors; the same examples every time.
test: $(VENV)/dev
	$(BIN)/python -m pytest -n auto --dist worksteal

# What is learned with torch, which `make test` skips where torch is absent.
test-learn: $(VENV)/learn
	$(BIN)/python -m pytest -n auto --dist worksteal -m learn

QUICKLY := HYPOTHESIS_PROFILE=quick $(BIN)/python -m pytest -n auto --dist worksteal \
	tests --ignore=tests/drawing --ignore=tests/bench --ignore=tests/test_docs.py

# Before every edit is committed: few examples, without pictures, pages and what is slow.
quick: $(VENV)/dev
	$(QUICKLY) -m "not slow"

# Measures which tests are slow, into tests/slow.txt, which `make quick` leaves to `make test`.
slow: $(VENV)/dev
	$(QUICKLY) --write-slow

# Other random examples at every run, and more of them: to look for what nobody thought of.
attack: $(VENV)/dev
	HYPOTHESIS_PROFILE=attack $(BIN)/python -m pytest -n auto --dist worksteal tests/families

# Breaks the code line by line in a copy of the tree; the tests named in tests/mutants.toml must fail.
mutants: $(VENV)/dev
	$(BIN)/python tests/mutants.py

# Damaged files of every format, thousands of them: a market, or a line for each fault.
fuzz: $(VENV)/dev
	HYPOTHESIS_PROFILE=deep $(BIN)/python -m pytest tests/io/test_reader_fuzz.py

# The tests with few examples on exactly the oldest versions that pyproject.toml allows.
test-lowest: $(VENV)-lowest/base
	HYPOTHESIS_PROFILE=quick $(VENV)-lowest/bin/python -m pytest -n auto --dist worksteal \
		tests --ignore=tests/drawing --ignore=tests/bench --ignore=tests/test_docs.py \
		--ignore=tests/batch/test_cluster.py --ignore=tests/conformance/test_theorem_teeth.py \
		--ignore=tests/cli/test_labels.py --ignore=tests/cli/test_front.py \
		--ignore=tests/cli/test_third_party.py

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev
	$(BIN)/python -m mypy

docs: $(VENV)/docs
	$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html

bench: $(VENV)/bench
	$(BIN)/eqsolve bench -o benchmarks/results/run.json -o docs/benchmarks.md

# The compiled versions of everything, without index lines: same commit, same environment.
constraints:
	$(PYTHON) -m venv $(VENV)-compile
	$(VENV)-compile/bin/python -m pip --disable-pip-version-check install -q pip-tools
	$(VENV)-compile/bin/pip-compile -q --strip-extras --all-extras --allow-unsafe --no-header \
		--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-annotate \
		--output-file constraints.txt pyproject.toml requirements/*.in
	rm -rf $(VENV)-compile

$(VENV)/base: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) install -q -c constraints.txt -e .
	touch $@

$(VENV)/dev: $(VENV)/base requirements/dev.in
	$(PIP) install -q -c constraints.txt -e ".[plot,parquet,pandas,dask,theorems,gymnasium,charlm,chat,bench]" -r requirements/dev.in
	touch $@

$(VENV)/learn: $(VENV)/dev requirements/learn.in
	$(PIP) install -q -c constraints.txt -r requirements/learn.in
	touch $@

$(VENV)-lowest/base: pyproject.toml requirements/lowest.py
	$(PYTHON) -m venv $(VENV)-lowest
	$(PYTHON) requirements/lowest.py > $(VENV)-lowest/lowest.txt
	$(VENV)-lowest/bin/python -m pip --disable-pip-version-check install -q \
		-r $(VENV)-lowest/lowest.txt pytest pytest-timeout pytest-xdist jsonschema
	$(VENV)-lowest/bin/python -m pip --disable-pip-version-check install -q --no-deps -e .
	touch $@

$(VENV)/docs: $(VENV)/dev requirements/docs.in
	$(PIP) install -q -c constraints.txt -r requirements/docs.in
	touch $@

$(VENV)/bench: $(VENV)/dev
	touch $@

clean:
	rm -rf $(VENV) $(VENV)-lowest demo-run.sqlite* docs/_build build dist
