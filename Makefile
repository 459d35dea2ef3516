# Everything a clone needs: `make run` serves the demo, `make test` runs all checks.
# Both set up .venv themselves and need only make and Python 3.11 or newer.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Percent of lines and branches that the tests reach, by room, with what child processes execute.
GATES := figment=100 config=100 common=95 server=92 web=95 cli=95 packaging=80

.PHONY: run test test-all suites lint format conformance bench fuzz soak upgrade clean

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

# Other projects' own tests, which are downloaded: Falcon's with rocketpy.App in the place of falcon.App,
# waitress's on our engine.
suites: $(READY)
	$(BIN)/pytest $(wildcard tests/suites/test_*.py)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python scripts/public_types.py

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Every recorded answer of Rocket through the command itself (the tests do so with a sample of them), and
# the answers of its release build through the executable.
conformance: $(READY)
	$(BIN)/python tests/conformance/check.py
	$(BIN)/rocketpy build --quick --output .cache/built/app
	$(BIN)/python tests/conformance/check.py --build release -- \
		.cache/built/app config dump --format json --reveal-secrets

bench: $(READY)
	$(BIN)/python benchmarks/load.py
	$(BIN)/python benchmarks/serve.py
	$(BIN)/python benchmarks/executable.py

# Minutes of what `make test` does for seconds: streams of requests beside h11 and llhttp, and the
# interleavings of the server's threads.
fuzz: $(READY)
	EXAMPLES=20000 INTERLEAVINGS=3000 $(BIN)/pytest --timeout=3600 \
		tests/server/http/test_differential.py tests/server/loop/test_leader_followers.py

# Ten minutes of load with faults: counts lost requests, and looks for leaks.
soak: $(READY)
	$(BIN)/python tests/faults/soak.py

clean:
	rm -rf $(VENV) .venv-* .cache build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache

# Installs the newest of everything and records it; run `make test` afterwards.
upgrade: $(READY)
	$(BIN)/pip install --quiet --upgrade --upgrade-strategy eager --editable '.[build]' --group dev
	{ echo "# The versions that a clone gets. \`make upgrade\` installs the newest of everything and writes this file."; \
		$(BIN)/pip freeze --exclude-editable; } > constraints.txt

# pip reads dependency groups since 25.1; an older one is replaced first.
$(READY): pyproject.toml constraints.txt scripts/bootstrap.py
	$(PYTHON) scripts/bootstrap.py $(VENV)
	$(BIN)/pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[build]' --group dev
	touch $@
