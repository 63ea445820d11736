# Every task of the project; `make` lists them. Needs cargo, python3 (3.11 or newer) and make.
# All else goes into .venv, once: a stamp there is renewed only when the pins or sources behind it change.

MATURIN := 1.16.0
VENV    := .venv
BIN     := $(VENV)/bin
STAMP   := $(VENV)/stamp
PIP     := $(BIN)/python -m pip --disable-pip-version-check --quiet
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
ifndef PYTHON
PYTHON := $(shell for p in python3 python3.15 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$p && break; done)
endif

LOCKED  := $(if $(wildcard Cargo.lock),--locked)
SOURCES := Cargo.toml $(wildcard Cargo.lock) pyproject.toml python/Cargo.toml \
	$(shell find src python/src python/consilience -type f -not -name '*.pyc' -not -name '*.so' 2>/dev/null)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test test-rust test-python test-pythons lint docs figures bench stubs clean tools

help: ## list the tasks
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

demo: $(STAMP)/wheel ## build, install and score the five seed reports
	@$(BIN)/python seeds/demo.py demo

test: test-rust test-python test-pythons ## run all tests: Rust, Python, notebooks, other CPythons

test-rust: tools ## run the tests of the core, which needs no Python
	cargo test $(LOCKED)

test-python: $(STAMP)/wheel $(STAMP)/test ## run the tests of the installed wheel, its docstrings, pages and notebooks
	$(BIN)/pytest tests
	$(BIN)/pytest --doctest-modules --pyargs consilience
	$(BIN)/pytest --doctest-glob='*.md' README.md docs
	$(BIN)/pytest --nbmake docs

test-pythons: $(STAMP)/wheel ## try the same wheel under the other CPythons at hand (FULL=1: all tests)
	@FULL=$(FULL) PYTHON=$(BIN)/python sh tests/pythons.sh $(VENV)/other

lint: $(STAMP)/wheel $(STAMP)/test ## check formats, lints, types and stubs
	cargo fmt --all --check
	PYO3_PYTHON=$(abspath $(BIN)/python) cargo clippy --workspace --all-targets $(LOCKED) -- -D warnings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy python/consilience
	$(BIN)/python -m mypy.stubtest consilience._core
	@test $$(cat dist/*.whl | wc -c) -lt 3000000 || { echo "the wheel is larger than 3 MB" >&2; exit 1; }

docs: $(STAMP)/wheel $(STAMP)/test $(STAMP)/docs ## build the pages into docs/_build/html
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

figures: $(STAMP)/wheel $(STAMP)/test $(STAMP)/docs ## renew what pages show: notebook outputs, tables, the picture
	$(BIN)/jupyter execute --inplace docs/*.ipynb
	$(BIN)/python docs/figures.py
	$(BIN)/python benches/coverage.py --write
	$(BIN)/python benches/agreement_coverage.py --write
	$(BIN)/python benches/truth_coverage.py --write

bench: $(STAMP)/wheel $(STAMP)/test $(STAMP)/bench ## measure the core, then against other packages (PEERS="--help")
	cargo bench $(LOCKED)
	$(BIN)/python benches/peers.py $(PEERS)
	$(BIN)/python benches/agreement_peers.py

stubs: $(STAMP)/maturin-$(MATURIN) ## generate stubs of the module and show where ours differ
	$(BIN)/maturin generate-stubs --features stubs --out target/stubs
	diff -u target/stubs/consilience/_core.pyi python/consilience/_core.pyi || true

clean: ## remove all that was built, .venv too
	rm -rf $(VENV) dist demo docs/_build docs/jupyter_execute .pytest_cache .mypy_cache .ruff_cache .hypothesis
	cargo clean

tools:
	@command -v cargo >/dev/null || { echo "cargo is missing: install Rust 1.89 or newer, see https://rustup.rs" >&2; exit 1; }
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is missing: install it, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c '$(NEW_ENOUGH)' || { echo "$(PYTHON) does not run or is older than 3.11: make PYTHON=/path/to/python3" >&2; exit 1; }

$(STAMP)/venv: | tools
	@echo "setting up $(VENV) with $(PYTHON)"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python's venv module is incomplete: install it (Debian, Ubuntu: python3-venv)" >&2; exit 1; }
	@mkdir -p $(STAMP)
	@touch $@

$(STAMP)/maturin-$(MATURIN): $(STAMP)/venv
	@echo "installing maturin $(MATURIN)"
	@$(PIP) install maturin==$(MATURIN)
	@touch $@

# The wheel is built once; everything in Python uses it as users do: installed.
$(STAMP)/wheel: $(SOURCES) $(STAMP)/maturin-$(MATURIN) | tools
	@rm -rf dist
	$(BIN)/maturin build --release $(LOCKED) --interpreter $(BIN)/python --out dist
	@$(PIP) install --force-reinstall --no-deps dist/*.whl
	@$(PIP) install dist/*.whl
	@touch $@

$(STAMP)/test $(STAMP)/docs $(STAMP)/bench: $(STAMP)/%: $(STAMP)/venv
	@echo "installing the pins of $<"
	@$(PIP) install $(foreach file,$(filter %.txt,$^),-r $(file))
	@touch $@

$(STAMP)/test: tests/requirements.txt
$(STAMP)/docs: tests/requirements.txt docs/requirements.txt
$(STAMP)/bench: tests/requirements.txt benches/requirements.txt
