# CLIP Color Lab. `make run` opens the lab, `make test` checks it; both set up what they need.

VENV := .venv
PY := $(VENV)/bin/python
# One thread for each numerical library: tests are many and small.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
OFFSCREEN := QT_QPA_PLATFORM=offscreen
NOT_SLOW := -m "not slow"
# Tests start many programs, each of which would compile the lab anew where this is set.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup setup-test run self-test test test-core-without-qt test-outside test-window \
	test-slow test-slow-core test-slow-rest test-slow-breaks lint check style types imports format bench \
	mutants screenshots snapshots guide click-through embedded-model evaluate-embedded-model installer \
	installer-check offline-folder clean

help: ## List what can be made
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' Makefile | \
	while IFS='|' read -r name text; do printf '  make %-26s %s\n' "$$name" "$$text"; done

setup: ## Prepare the environment in .venv (runs by itself when needed)
	@sh tools/setup.sh

setup-test:
	@sh tools/setup.sh --with-tests

run: setup ## Open the lab (ARGS="path/to/file.colorlab" opens a document)
	@$(PY) main.py $(ARGS)

self-test: setup ## Check the installed lab without a display
	@$(OFFSCREEN) $(PY) main.py --self-test

# The longest parts first, side by side: one computes while another waits. One that fails stops no other.
PARTS := test-core-without-qt test-window test-outside types style imports
SLOW_PARTS := test-slow-core test-slow-rest test-slow-breaks
run_parts = results=$$(mktemp -d) && trap 'rm -rf "$$results"' EXIT && \
	$(MAKE) --no-print-directory $(2) RESULTS="$$results" $(1:%=part-%) && \
	sh tools/test_summary.sh "$$results" $(1)

test: setup-test ## Run every check and all tests but the slow ones
	@$(call run_parts,$(PARTS),-j3)

part-%:
	@if $(MAKE) --no-print-directory $*; then touch "$(RESULTS)/$*"; fi

test-core-without-qt: setup-test ## Test the core with Qt made unimportable
	@echo "== core, without Qt"
	@$(ONE_THREAD) $(PY) -m pytest -q -p no:pytest-qt -p tests.support.without_qt tests/core $(NOT_SLOW) $(PYTEST_ARGS)

test-outside: setup-test ## Test the program from outside, the installers, the repository
	@echo "== program, installers, repository"
	@$(ONE_THREAD) $(OFFSCREEN) $(PY) -m pytest -q tests --ignore=tests/core --ignore=tests/gui \
	$(NOT_SLOW) $(PYTEST_ARGS)

test-window: setup-test ## Test the window, offscreen
	@echo "== window"
	@$(ONE_THREAD) $(OFFSCREEN) $(PY) -m pytest -q tests/gui $(NOT_SLOW) $(PYTEST_ARGS)

test-slow: setup-test ## Slow tests: by keys and clicks on X, killed programs, twenty breaks a run, a census of RN50
	@$(call run_parts,$(SLOW_PARTS),-j1)

test-slow-core: setup-test
	@$(ONE_THREAD) $(PY) -m pytest -q -p no:pytest-qt -p tests.support.without_qt -m slow tests/core

test-slow-rest: setup-test
	@$(ONE_THREAD) $(OFFSCREEN) $(PY) -m pytest -q -m slow tests --ignore=tests/core

test-slow-breaks: setup-test
	@BREAKING_MOMENTS=20 CENSUS_IMAGES=2000 $(ONE_THREAD) $(PY) -m pytest -q -p no:pytest-qt \
	-p tests.support.without_qt tests/core/sweeps/test_sweeps_breaking.py tests/core/sweeps/test_sweeps_steady.py \
	tests/core/network/test_neurons_rn50.py --timeout=1800 $(PYTEST_ARGS)

lint: style types imports ## Check style, types and import rules

check: lint ## Check style, types and imports, and run the tests that a change touches (BASE=main)
	@$(ONE_THREAD) $(OFFSCREEN) $(PY) -m tools.touched_tests "$(or $(BASE),main)" $(NOT_SLOW) $(PYTEST_ARGS)

style: setup-test
	@echo "== style" && $(PY) -m ruff check . && $(PY) -m ruff format --check .

types: setup-test
	@echo "== types" && $(PY) -m mypy

imports: setup-test
	@echo "== imports" && $(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"

format: setup-test ## Format the code and fix what can be fixed
	@$(PY) -m ruff check --fix . ; $(PY) -m ruff format .

bench: setup-test ## Run the benchmarks; fails when a bar is missed
	@sh tools/bench.sh

mutants: setup-test ## Break the code in 260 small ways and see what the tests notice (ARGS="--core N --gui N --seed N")
	@$(ONE_THREAD) $(OFFSCREEN) nice -n 19 $(PY) -m tools.mutants $(ARGS)

screenshots: setup-test ## Draw every pane in both themes and two sizes (build/screenshots), and the docs' pictures
	@$(OFFSCREEN) $(PY) -m tools.pictures $(ARGS)
	@$(MAKE) --no-print-directory click-through

snapshots: setup-test ## Pin what the panes look like (tests/data/snapshots); look at the pictures afterwards
	@$(ONE_THREAD) $(OFFSCREEN) $(PY) -m pytest -q tests/gui/test_snapshots.py --pin-snapshots

guide: setup-test ## Build the user guide as HTML pages (ARGS=folder; dist/guide by default)
	@$(PY) -m tools.guide $(ARGS)

click-through: setup-test ## Use the lab on a real X server, as a person would
	@$(PY) -m pytest -q -rs -m xvfb tests/e2e --click-pictures=docs/images $(PYTEST_ARGS)

embedded-model: setup ## Train the embedded model again (an hour on two cores; goes on where it stopped)
	@$(PY) -m core.training train --folder build/training/web-like --output resources/models/embedded

evaluate-embedded-model: setup ## Print the tables of the embedded model's card
	@$(PY) -m core.training evaluate $(ARGS)

installer: setup ## Build the installers for this system and test the built program (needs 20 GB of disk)
	@$(PY) -m installer.build $(ARGS)

installer-check: ## Install, run, upgrade and remove the Linux installers in a clean root (as root)
	@sh installer/check_deb.sh $(ARGS)

offline-folder: setup ## Collect all that a computer without a network needs (DIR=folder MODELS="RN50:openai …")
	@$(PY) -m installer.offline "$(or $(DIR),dist/offline)" $(if $(MODELS),--models $(MODELS)) $(ARGS)

clean: ## Remove caches; keeps .venv and what training has reached in build/
	@rm -rf dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
	@find . -path ./$(VENV) -prune -o -name __pycache__ -type d -exec rm -rf {} +
