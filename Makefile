# VoicePact: `make demo` shows it, `make test` proves it. Both need Python 3.11 or 3.12 with venv, and nothing else.

SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/requirements.txt

# Enough for the settings to load where no server is asked anything.
OFFLINE := SECRET_KEY=offline WEBHOOK_SECRET=offline AUDIT_SIGNING_KEY=offline PAYMENT_REFERENCE_KEY=offline \
	DATABASE_URL=postgres://offline@127.0.0.1:1/offline OWNER_DATABASE_URL= REDIS_URL=redis://127.0.0.1:1/0 CLOCK_MOVABLE=0

.PHONY: help install demo test browser lint migrations format lifecycle screenshots phone-costs million requirements clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED) ## the virtual environment with everything in it

demo: $(INSTALLED) ## start everything, play one deal, stay up (DEMO_ONCE=1: end after the deal)
	@exec $(BIN)/python -m voicepact.stack

test: $(INSTALLED) browser ## all tests, on real servers (ARGS="-k words" chooses)
	@exec $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

browser:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the tests of the desk"; \
		apt-get install --quiet=2 --yes chromium >/dev/null 2>&1 \
			|| { apt-get update --quiet=2 && apt-get install --quiet=2 --yes chromium; } >/dev/null \
			|| echo "Chromium could not be installed: the tests of the desk in a browser are skipped."; \
	else echo "There is no Chromium (Debian: apt install chromium): the tests of the desk in a browser are skipped."; fi

lint: $(INSTALLED) ## ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(OFFLINE) $(BIN)/mypy .
	$(BIN)/lint-imports

migrations: $(INSTALLED) ## fails when a model has changed without its migration
	$(OFFLINE) $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

format: $(INSTALLED) ## ruff's own order of things
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lifecycle: $(INSTALLED) ## docs/lifecycle.md, by trying what happens in every state
	WRITE_LIFECYCLE=1 $(BIN)/python -m pytest tests/test_lifecycle.py

screenshots: $(INSTALLED) browser ## docs/screenshots/, after a week of deals on the running stack
	@exec $(BIN)/python -m pytest --capture=no tests/browser/screenshots.py

phone-costs: $(INSTALLED) ## what a whole deal costs its people and us, in keys, SMS and shillings
	@exec $(BIN)/python -m pytest --capture=no --quiet tests/phone_costs.py

million: $(INSTALLED) ## how fast the desk's lists are with 1,000,000 payments, in a database of its own
	@exec $(BIN)/python -m tests.million

requirements: $(INSTALLED) ## pin requirements.in in requirements.txt (ARGS="-U" or "-P name" moves pins)
	$(BIN)/uv pip compile requirements.in --output-file requirements.txt --quiet --universal --python-version 3.11 \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make requirements" $(ARGS)

clean: ## remove what the demo has left in var/ (each test session removes its own)
	@if [ -s var/demo.pid ] && kill -0 "$$(cat var/demo.pid)" 2>/dev/null; then \
		echo "The demo is running (process $$(cat var/demo.pid)). Stop it first."; exit 1; fi
	@test ! -d var || find var -mindepth 1 -maxdepth 1 ! -name test -exec rm -rf {} +

# A copy of what is installed: the same text needs no second installation.
$(INSTALLED): requirements.txt
	@test -x $(BIN)/python || { \
		for name in python3.12 python3.11 python3; do \
			if $$name -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; \
			then found=$$name; break; fi; \
		done; \
		test -n "$$found" || { echo "Python 3.11 or 3.12 with venv is needed (Debian: apt install python3-venv)."; exit 1; }; \
		echo "Making $(VENV) with $$($$found --version)"; \
		$$found -m venv $(VENV); }
	@if cmp -s requirements.txt $@; then touch $@; else \
		echo "Installing requirements.txt"; \
		{ $(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep '^uv==' requirements.txt)" \
			&& $(BIN)/uv pip install --system-certs --quiet --compile-bytecode --python $(BIN)/python \
				--requirement requirements.txt; } 2>$(VENV)/uv.log \
		|| { echo "uv could not install; pip does it now (slower)"; \
			$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt; } \
		&& cp requirements.txt $@; fi
