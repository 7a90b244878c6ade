SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
# what touches tables is tested on both databases
BOTH := tests/flows tests/ledger tests/history tests/outbox tests/office tests/portal tests/api
DJANGO := DJANGO_SETTINGS_MODULE=zahlmeister.project.test_settings

.PHONY: help setup demo test check stories browser bench format screenshots messages lock audit sbom clean

help: ## Say what can be done here.
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup: ## Install everything the project needs into .venv; quick when nothing has changed.
	@scripts/setup.sh

demo: setup ## Show Brigitte's shop after a month of payments, on this machine, in the browser.
	@$(BIN)/zahlmeister demo

test: setup ## Run the whole test suite, the quick tests first, the browser last.
	@scripts/browser.sh
	$(BIN)/pytest -n 2 -m "not browser"
	$(BIN)/python scripts/with_postgresql.py $(BIN)/pytest -n 2 -m "not slow and not browser" $(BOTH)
	$(BIN)/pytest -n 2 -m browser --reruns 1 -r R

check: setup ## Look at the code with everything that finds faults without running it.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(DJANGO) $(BIN)/python -m django makemigrations --check --dry-run
	$(BIN)/djlint --check --quiet src
	$(BIN)/codespell docs *.md

stories: setup ## Run the stories only: what happens to Anna, Bernd, Cora, Dirk and Eva.
	$(BIN)/pytest tests/stories

browser: setup ## Run only the tests that drive the office in a browser.
	@scripts/browser.sh
	$(BIN)/pytest -n 2 -m browser --reruns 1 -r R

bench: setup ## Measure speed and precision, and print what we may claim.
	$(BIN)/python -m benchmarks.parse
	$(BIN)/python -m benchmarks.matching --seed 21 --clean 0.38 --peers --plot var/calibration.svg
	$(BIN)/python -m benchmarks.end_to_end
	$(BIN)/python -m benchmarks.pages

format: setup ## Write code and templates the way the house writes them.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/djlint --reformat --quiet src

screenshots: setup ## Take a picture of every page of a running office: make screenshots WITH="--email … --password …"
	@scripts/browser.sh
	$(BIN)/python scripts/screenshots.py $(WITH)

messages: setup ## Collect the texts to translate, and compile the translations.
	@scripts/browser.sh
	cd src/zahlmeister && $(DJANGO) ../../$(BIN)/python -m django makemessages --locale de --no-obsolete --no-location
	cd src/zahlmeister && $(DJANGO) ../../$(BIN)/python -m django compilemessages

lock: ## Pin the newest allowed packages with their hashes; needs uv.
	@scripts/lock.sh

audit: ## Ask whether anything is known against the locked packages; says so where nobody can be asked.
	@python3 scripts/audit.py

sbom: setup ## Print the bill of materials of what is installed with the house.
	@$(BIN)/python scripts/sbom.py

clean: ## Remove what can be made again; kept data in var/ stays.
	rm -rf .venv .audit build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
