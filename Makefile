# Everything a clone needs: `make run` serves the demo, `make test` checks it all.
# Both set up .venv themselves; nothing but Python 3.11 and make has to be there.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Percent of lines and branches that the tests reach, by room, with what child processes execute.
GATES := figment=100 config=100 common=95 server=95 web=95 cli=95 packaging=85

.PHONY: run test test-all falcon-suite lint format conformance bench soak upgrade clean

run: $(READY)
	$(BIN)/rocketpy launch

test: lint
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine --quiet
	failed=; for gate in $(GATES); do \
		$(BIN)/coverage report --include="rocketpy/$${gate%=*}/*" --fail-under="$${gate#*=}" \
			|| failed="$$failed $$gate"; \
	done; [ -z "$$failed" ] || { echo "the tests reach too little of:$$failed"; exit 1; }

# The suite on the other versions of Python that are supported and that this machine has.
test-all: $(READY)
	$(BIN)/python scripts/other_pythons.py

# Falcon's own tests with rocketpy.App in the place of falcon.App.
falcon-suite: $(READY)
	$(BIN)/pytest tests/suites/test_falcon_suite.py

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Every recorded answer of Rocket through the command itself (the tests run a sample of them so), and
# those of its release build through the executable.
conformance: $(READY)
	$(BIN)/python tests/conformance/check.py
	$(BIN)/rocketpy build --quick --output .cache/built/app
	$(BIN)/python tests/conformance/check.py --build release -- \
		.cache/built/app config dump --format json --reveal-secrets

bench: $(READY)
	$(BIN)/python benchmarks/load.py
	$(BIN)/python benchmarks/serve.py
	$(BIN)/python benchmarks/executable.py

# Ten minutes of load with faults in it: what was lost, and what leaks.
soak: $(READY)
	$(BIN)/python tests/faults/soak.py

clean:
	rm -rf $(VENV) .venv-* .cache build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache

# The newest of everything; `make test` then says whether it may stay.
upgrade: $(READY)
	$(BIN)/pip install --quiet --upgrade --upgrade-strategy eager --editable '.[build]' --group dev
	{ echo "# What a clone is set up with. \`make upgrade\` takes the newest of everything."; \
		$(BIN)/pip freeze --exclude-editable; } > constraints.txt

# pip 25.1 reads dependency groups; an older one is replaced first.
$(READY): pyproject.toml constraints.txt scripts/bootstrap.py
	$(PYTHON) scripts/bootstrap.py $(VENV)
	$(BIN)/pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[build]' --group dev
	touch $@
