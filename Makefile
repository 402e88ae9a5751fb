# Every target installs what it needs: `make demo` or `make test` works in a fresh clone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: help install demo test test-keras test-others lint format speed cost leaderboards clean
help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info[:2] < (3, 14); sys.exit(0 if ok else "One-Class Bench needs Python 3.11 to 3.13; this is " + sys.version.split()[0] + ". Choose another: make PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --disable-pip-version-check --quiet -c constraints.txt -e '.[all,dev]'
	touch $@

install: $(INSTALLED)  ## .venv with everything in it

demo: $(INSTALLED)  ## the main job: OC-VAE on the ten tasks of MNIST
	$(BIN)/bench run --detector ocvae --dataset mnist

lint: $(INSTALLED)  ## ruff, mypy, import-linter, plain words; do the boards agree with their rows?
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=plugins $(BIN)/lint-imports
	$(BIN)/python tests/lint/plain_words.py
	$(BIN)/bench publish --check

test: lint  ## lint and all tests, two processes at a time
	$(MAKE) -j2 test-keras test-others

# TensorFlow and PyTorch never share a process. Keras alone takes as long as all the others.
test-keras: $(INSTALLED)
	$(BIN)/pytest -m keras

test-others: $(INSTALLED)
	$(BIN)/pytest -m 'not keras and not torch'
	$(BIN)/pytest -m torch

speed: $(INSTALLED)  ## measures the cost of the harness and the speed of deep_svdd; on an idle machine
	$(BIN)/python tests/speed

# One task of each detector, each in a worker of its own; every call measures all of them again.
cost: $(INSTALLED)  ## measures the cost of every detector, alone on an idle machine, and writes leaderboards/cost.md
	$(BIN)/python tests/speed/idle.py
	for detector in $$($(BIN)/bench list detectors --format json \
			| $(BIN)/python -c 'import json, sys; print(*(row["name"] for row in json.load(sys.stdin)))'); do \
		$(BIN)/bench run --store results/cost/bench.db --force --workers 1 \
			--detector $$detector --dataset mnist --classes 0 || exit 1; done
	$(BIN)/bench leaderboard mnist --store results/cost/bench.db --cost --output leaderboards/cost.md

leaderboards: $(INSTALLED)  ## runs what the boards in leaderboards/ lack, then writes them
	$(BIN)/bench run --detector vae --detector ocvae --detector yoto_ocvae --detector ocnn --dataset mnist
	$(BIN)/bench run --detector ocvae --dataset fashion_mnist
	# Three seeds: the results of Deep SVDD vary with its initial weights as much as with its training.
	for dataset in digits mnist fashion_mnist; do \
		$(BIN)/bench run --detector deep_svdd --detector deep_svdd_soft --dataset $$dataset --seeds 3 || exit 1; done
	for dataset in digits mnist fashion_mnist cifar10; do \
		$(BIN)/bench run --detector pca --detector ocsvm --detector kde --detector iforest --dataset $$dataset || exit 1; done
	$(BIN)/bench run --detector dcae --dataset mnist --dataset fashion_mnist
	$(BIN)/bench run --detector deep_svdd --dataset cifar10
	for dataset in mnist fashion_mnist cifar10; do \
		$(BIN)/bench run --detector geom --detector rotnet --dataset $$dataset || exit 1; done
	$(BIN)/bench run --detector rotation_vae --dataset mnist --dataset fashion_mnist
	for encoder in vae ocvae deep_svdd; do \
		$(BIN)/bench run --detector hybrid --set encoder=$$encoder --dataset mnist || exit 1; done
	# The baseline of an encoder that is not trained.
	for dataset in digits mnist fashion_mnist cifar10; do \
		$(BIN)/bench run --detector untrained --dataset $$dataset --seeds 3 || exit 1; done
	# The sweep goes into a store of its own, so that the board of defaults has no rows of it.
	$(BIN)/bench run --store results/tradeoff.db --dataset mnist --detector yoto_ocvae
	$(BIN)/bench run --store results/tradeoff.db --dataset mnist --detector ocvae --set weight=0.01,0.02,0.05,0.1,0.2
	$(BIN)/bench tradeoff mnist --store results/tradeoff.db \
		--output leaderboards/mnist_tradeoff.md --plot leaderboards/mnist_tradeoff.svg
	# Last, since the summary links to the other pages. Rows of other contributors stay.
	$(BIN)/bench publish digits mnist fashion_mnist cifar10

format: $(INSTALLED)  ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## remove the files of the tools, not the results
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
