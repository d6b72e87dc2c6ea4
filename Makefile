# The table of contents of the work. `make` alone says what there is.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

SOURCES := $(shell find src -type f) Cargo.toml Cargo.lock README.md LICENSE-MIT LICENSE-APACHE tools/package.js tools/module
NPM := node_modules/.package-lock.json
BINDGEN := target/tools/wasm-bindgen
DENY := target/tools/bin/cargo-deny
CARGO_FUZZ := target/tools/bin/cargo-fuzz
FUZZ_SECONDS ?= 60
BUILT := target/package.stamp

.PHONY: help need demo test test-all build consul lint native module browser types node long model fuzz audit clean

help: ## What there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-8s %s\n", $$1, $$2}'

need: ## What this machine lacks, a line each
	@tools/need rust node consul

demo: build ## Two Consul clusters, peered through the module: real ones, or simulated where there is no Consul and no Go
	@CONSUL="$$(tools/consul --if-any)" node pkg/cli.js demo

build: $(BUILT) ## The package in pkg/, from nothing

consul: ## A real Consul for tests and the demo
	@tools/need consul
	@tools/consul

test: need lint native module browser types node ## Everything that the README promises is tested

lint: $(NPM) ## Formatting, and clippy with warnings as errors
	@tools/need rust
	cargo fmt --all --check
	cargo fmt --manifest-path fuzz/Cargo.toml --check
	cargo clippy -q --locked --all-targets -- -D warnings
	RUSTUP_TOOLCHAIN="$$(tools/wasm32)" cargo clippy -q --locked --all-targets --target wasm32-unknown-unknown -- -D warnings
	node_modules/.bin/prettier --log-level warn --check .

native: ## The pure rules and decisions, natively
	@tools/need rust
	cargo test -q --locked

WASM_TEST = RUSTUP_TOOLCHAIN="$$(tools/wasm32)" \
	CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER="$(CURDIR)/target/tools/wasm-bindgen-test-runner" \
	cargo test --locked --target wasm32-unknown-unknown --test module

module: $(BINDGEN) ## The JavaScript boundary in Node
	WASM_BINDGEN_USE_NODE_EXPERIMENTAL=1 $(WASM_TEST)

browser: $(BINDGEN) ## The JavaScript boundary in headless Chromium
	@tools/chromium >/dev/null
	$(WASM_TEST) --no-run
	@# Now and then a headless Chromium does not come up at all: a run takes ten seconds, so one that says nothing for
	@# forty is begun anew, with a new browser. A test that fails is not tried again.
	for try in 1 2 3 4 5 6; do \
	  code=0; CHROMEDRIVER="$$(tools/chromium)" WASM_BINDGEN_USE_BROWSER=1 timeout --kill-after=5 40 env $(WASM_TEST) || code=$$?; \
	  [ $$code = 124 ] || [ $$code = 137 ] || exit $$code; \
	  echo "Chromium did not answer within 40 s: beginning anew"; \
	done; exit 1

types: $(NPM) ## The types, strictly
	for config in nodenext bundler dom; do node_modules/.bin/tsc -p "tests/types/$$config.json"; done

node: build ## The built package and its command line, against real Consul clusters
	@tools/need consul
	CONSUL="$$(tools/consul)" node tests/node/run.js

test-all: test audit long ## The same, the crates' licences and sources, and what takes minutes more

long: build ## Real servers on bad days, moment by moment; writes tests/long/results
	@tools/need consul
	CONSUL="$$(tools/consul)" node tests/long/run.js

model: build ## The model test at length: MODEL_RUNS=20000 random runs, from MODEL_SEED on
	MODEL_RUNS=$${MODEL_RUNS:-20000} MODEL_SEED=$${MODEL_SEED:-$$RANDOM} node --test tests/node/model.test.js

audit: $(DENY) ## Licences, sources and versions of the crates; known faults, where their database can be reached
	$(DENY) --locked --workspace check --hide-inclusion-graph licenses sources bans
	@if $(DENY) fetch db >/dev/null 2>&1; \
	then $(DENY) --locked --workspace check --hide-inclusion-graph advisories; \
	else echo "advisories: NOT CHECKED (their database cannot be fetched from here)"; fi

# What a run finds worth keeping stays in fuzz/corpus/ for the next; what fails is in fuzz/artifacts/.
fuzz: export RUSTUP_TOOLCHAIN = nightly
fuzz: $(CARGO_FUZZ) ## What holds for any input, against what libFuzzer makes up: FUZZ_SECONDS=60 for each target
	@tools/need nightly
	cargo fetch -q --locked --manifest-path fuzz/Cargo.toml
	for target in $$(ls fuzz/seeds); do \
	  mkdir -p "fuzz/corpus/$$target"; \
	  $(CARGO_FUZZ) run --target-dir target/fuzz "$$target" "fuzz/corpus/$$target" "fuzz/seeds/$$target" -- \
	    -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -print_funcs=0; \
	done

clean: ## Removes what was made; the wasm32 target and installed packages stay
	rm -rf target node_modules pkg/consul_peering.js pkg/consul_peering_bg.wasm pkg/README.md pkg/LICENSE-*

$(NPM): package.json package-lock.json
	@tools/need node
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(BINDGEN): tools/wasm-bindgen/Cargo.toml Cargo.lock
	@tools/need rust
	cargo build -q --locked --profile tools -p wasm-bindgen-tools
	@touch $@

$(DENY):
	@tools/need rust
	cargo install -q --locked --root target/tools cargo-deny@0.20.2

$(CARGO_FUZZ):
	@tools/need nightly
	cargo install -q --locked --root target/tools cargo-fuzz@0.13.2

$(BUILT): $(SOURCES) $(NPM) $(BINDGEN)
	@tools/need rust node
	tools/module
	@touch $@
