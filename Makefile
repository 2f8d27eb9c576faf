# 中文说明见 README.md。 One command each: make demo, make test, make app.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# uv is fetched, with its hash, into the environment itself: nothing needs to be there before but Python.
UV := $(BIN)/uv

.PHONY: setup demo test app lint messages lock clean

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		|| { echo "需要 Python 3.11-3.13；可用 make PYTHON=python3.11 指定。 / Python 3.11 to 3.13 is needed; name one with make PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@awk '/^[^ ]/ {wanted = /^uv==/} wanted' requirements.lock > $(VENV)/uv.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.lock
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@echo "首次编译计算内核，约需一分钟…… / Compiling the kernels once, about a minute ..."
	@$(BIN)/planner demo --out $(VENV)/first-run > /dev/null
	@$(BIN)/planner demand data/sample --along-streets --out $(VENV)/first-run > /dev/null
	@$(BIN)/planner coverage data/sample --seats --decay linear --details --out $(VENV)/first-run > /dev/null
	@$(BIN)/planner plan data/sample --count 60 --measure open --measure extend_24h --measure list \
		--quota community:any:1 --floor rider:20% --max-gap 20 --sure 2 --time-limit 20 --gap 0.01 \
		--out $(VENV)/first-run > /dev/null
	@$(BIN)/planner curve data/sample --points 3 --time-limit 5 > /dev/null
	@$(BIN)/python -m planner.siting.matrix
	@touch $@

demo: setup
	$(BIN)/planner demo

app: setup
	$(BIN)/planner app

# Two at a time: the tests of the screens wait for a browser, others compute.
test: lint
	$(BIN)/pytest --numprocesses 2

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# After a message was added or changed: the catalogues that the program reads.
messages: setup
	$(BIN)/python -m planner.language

# After a dependency was changed in pyproject.toml. No address of an index is written.
lock: setup
	$(UV) pip compile pyproject.toml --quiet --all-extras --universal --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --python-version 3.11 -o requirements.lock

clean:
	rm -rf $(VENV) demo-out .pytest_cache .mypy_cache .ruff_cache .hypothesis
