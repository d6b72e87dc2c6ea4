# Every task of the project. `make` lists them; CONTRIBUTING.md has the same list.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

RUST := $(shell find src -name '*.rs' -not -path 'src/simulator/*') Cargo.toml Cargo.lock tools/module tools/wasm32
SIMULATOR_RUST := $(shell find src/simulator -name '*.rs' -not -path 'src/simulator/host/*') src/simulator/Cargo.toml Cargo.toml Cargo.lock tools/module tools/wasm32
GLUE := $(shell find src -name '*.js') $(wildcard tools/*.js) LICENSE-MIT LICENSE-APACHE
NPM := node_modules/.package-lock.json
DOCS := tools/docs/node_modules/.package-lock.json
BINDGEN := target/tools/bindgen
RUNNER := target/tools/wasm-bindgen-test-runner
COMPONENT := target/tools/component
DENY := target/tools/bin/cargo-deny
CARGO_FUZZ := target/tools/bin/cargo-fuzz
CARGO_MUTANTS := target/tools/bin/cargo-mutants
FUZZ_SECONDS ?= 60
MUTANTS_FILE ?= src/decide/**/*.rs src/operations/**/*.rs
WASM := target/wasm.stamp
BUILT := target/package.stamp
SIMULATOR_WASM := target/simulator-wasm.stamp
SIMULATOR := target/simulator.stamp
COMPONENTS := target/components.stamp
PAGE := target/page.stamp
DOCUMENTS := README.md CHANGELOG.md SECURITY.md $(shell find docs -type f)
PACKED := target/documents.stamp
# What `make test` runs concurrently: chains of targets, whose targets run one after another, and folders of tests. While
# one chain holds Cargo's lock, the other runs its tests.
CHAINS := native,instructions,types lint,module,browser,budget
SUITES := node docs examples runtimes package page
FOLDERS := $(SUITES:%=tests/%) tests/engines
# Folders of JavaScript whose types are checked, each by its tsconfig.json.
TYPED := pkg src/js tools www

.PHONY: help need demo demo-real check test test-all build consul hosts installed lint native instructions budget module browser types node docs reference runtimes examples components wasi package twice release page screenshots long record first-run bench model model-module fuzz mutants audit clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-12s %s\n", $$1, $$2}'

need: ## Report missing tools, one per line
	@tools/need rust node consul

demo: ## Connect two clusters: real ones if a consul is installed, otherwise simulated ones
	@$(MAKE) -j3 $(BUILT) $(SIMULATOR)
	@consul=$$(tools/consul --if-any); \
	[ -n "$$consul" ] || echo "No consul here: the clusters are simulated. 'make demo-real' builds a real one first (about four minutes)."; \
	CONSUL="$$consul" node pkg/cli.js demo

demo-real: consul ## Run the demo on a real Consul, built from source if none is installed
	@$(MAKE) demo

build: ## Build the package into pkg/
	@$(MAKE) -j3 $(PAGE) $(SIMULATOR) $(PACKED)

consul: ## Find or build a real Consul for the tests and the demo
	@tools/need consul
	@tools/consul

check: need lint types native module ## Run after every change: formatting, lints, types, native tests, the module in Node

test: need ## Test everything that the README promises; run before opening a pull request
	@tools/need consul
	@$(MAKE) -j4 --output-sync=target installed consul $(DOCS)
	CONSUL="$$(tools/consul)" node tests/run.js $(FOLDERS) $(CHAINS:%=make:%)

lint: $(NPM) ## Check formatting, and lint with clippy and ESLint; warnings are errors
	@tools/need rust
	cargo fmt --all --check
	cargo fmt --manifest-path fuzz/Cargo.toml --check
	cargo fmt --manifest-path examples/components/rust/Cargo.toml --all --check
	cargo clippy -q --locked --all-targets -- -D warnings
	cargo clippy -q --locked -p consul-peering-components --all-features -- -D warnings
	RUSTUP_TOOLCHAIN="$$(tools/wasm32)" cargo clippy -q --locked --all-targets --target wasm32-unknown-unknown -- -D warnings
	node_modules/.bin/prettier --log-level warn --check --cache --cache-location target/prettier .
	node_modules/.bin/eslint --cache --cache-location target/eslint .

native: ## Run the native tests: rules, decisions, recordings, operations on simulated clusters
	@tools/need rust
	cargo test -q --locked

WASM_TEST_ENV = RUSTUP_TOOLCHAIN="$$(tools/wasm32)" CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER="$(CURDIR)/$(RUNNER)"
WASM_TEST = $(WASM_TEST_ENV) cargo test --locked --target wasm32-unknown-unknown --test module

instructions: $(NPM) ## Compare the instruction counts of the rules with the recorded ones
	@tools/need rust
	@tools/system valgrind=valgrind
	node benches/instructions.js

budget: build ## Compare the size of each part of the module with its budget
	node benches/budget.js

module: $(RUNNER) ## Test the boundary with JavaScript in Node
	WASM_BINDGEN_USE_NODE_EXPERIMENTAL=1 $(WASM_TEST)

browser: $(RUNNER) $(NPM) hosts ## Test the boundary with JavaScript in Chromium, Firefox and WebKit
	$(WASM_TEST) --no-run
	$(WASM_TEST_ENV) node tests/module-in-browsers.js

types: $(NPM) ## Check the package's types and the project's JavaScript with tsc --strict
	for config in node16 nodenext nodenext-dom bundler dom; do node_modules/.bin/tsc -p "tests/types/$$config.json"; done
	for folder in $(TYPED); do node_modules/.bin/tsc -p "$$folder"; done

hosts: $(NPM) # Install the runtimes and bundlers for the tests of the package
	@node tests/package/install.js tools

installed: $(PAGE) $(SIMULATOR) $(PACKED) hosts # Install the packed package in a project
	node tests/package/install.js

node: build ## Test the built package and its command line on simulated and real clusters
	@tools/need consul
	CONSUL="$$(tools/consul)" node tests/run.js tests/node

docs: build $(DOCS) ## Test the documents: run every code block, follow every link, compare docs/api with the types
	@tools/need consul
	CONSUL="$$(tools/consul)" node tests/run.js tests/docs

components: $(COMPONENTS) ## Build the WebAssembly components into target/components, for hosts other than JavaScript

wasi: build components $(DOCS) ## Test the components in Rust, Python, JavaScript and the command wasmtime on simulated and real clusters
	@tools/need consul
	node tests/components/install.js
	CONSUL="$$(tools/consul)" node tests/run.js tests/components

reference: $(NPM) $(DOCS) ## Regenerate docs/api from the types; it is committed
	tools/docs/node_modules/.bin/typedoc --options tools/docs

runtimes: installed ## Test the packed package in Node, Deno, Bun, workerd and browsers, and the page in three engines
	node tests/run.js tests/runtimes tests/engines

examples: installed ## Run every program of examples/ with the packed package
	@tools/need consul
	CONSUL="$$(tools/consul)" node tests/run.js tests/examples

package: installed $(DOCS) ## Test the packed package through bundlers, and the tarball itself
	node tests/run.js --without-secrets tests/package

page: build ## Test the admin page in Chromium on simulated and real clusters
	@tools/need consul
	CONSUL="$$(tools/consul)" node tests/run.js tests/page

screenshots: build ## Regenerate docs/screenshots
	node tests/page/screenshots.js

# Builds from nothing in another folder, and compares.
twice: build ## Check that the tarball is reproducible
	packed="target/$$(npm pack ./pkg --pack-destination target --loglevel=error)"; \
	cmp "$$(tools/rebuild-package target/twice/further/down from-nothing)" "$$packed"; \
	rm -rf target/twice; \
	echo "$$packed is the same byte for byte: sha512-$$(openssl dgst -sha512 -binary "$$packed" | base64 --wrap=0)"

release: ## Build the tarball to publish, twice, with the pinned Rust, Node and npm
	@RUSTUP_TOOLCHAIN="$$(tools/wasm32)" tools/need release
	@$(MAKE) twice

test-all: export TEST_EXTENT = all
test-all: test audit twice long wasi ## Run the tests at full length, check the crates, kill and stop real servers; run before a release

long: build ## Kill and stop real servers at every moment of an operation; writes tests/long/results
	@tools/need consul
	CONSUL="$$(tools/consul)" node tests/long/run.js

record: $(NPM) ## Record the responses of a real Consul, all cases or RECORD="lifecycle handshake"
	@tools/need consul
	CONSUL="$$(tools/consul)" node tests/recorder/record.js $(RECORD)

first-run: ## Measure the time from git clone to the end of the demo with empty caches
	tools/first-run

bench: build ## Benchmark against the equivalent hand-written code; keeps the last two runs in docs/benchmarks
	@tools/need consul
	CONSUL="$$(tools/consul)" node benches/run.js

model: ## Run MODEL_RUNS=100000 random histories in the core, from MODEL_SEED; reports rate and coverage
	@tools/need rust
	MODEL_RUNS=$${MODEL_RUNS:-100000} MODEL_SEED=$${MODEL_SEED:-$$RANDOM} cargo test -q --locked --profile model --test model random -- --nocapture

model-module: build ## Run MODEL_RUNS=20000 random histories through the built package, from MODEL_SEED
	MODEL_RUNS=$${MODEL_RUNS:-20000} MODEL_SEED=$${MODEL_SEED:-$$RANDOM} node --test tests/node/model.test.js

audit: $(DENY) ## Check licences, sources and versions of the crates; vulnerabilities if the database is reachable
	$(DENY) --locked --workspace check --hide-inclusion-graph licenses sources bans
	@if $(DENY) fetch db >/dev/null 2>&1; \
	then $(DENY) --locked --workspace check --hide-inclusion-graph advisories; \
	else echo "advisories: NOT CHECKED (their database cannot be fetched from here)"; fi

# Interesting inputs are stored in fuzz/corpus/ for the next run, failing ones in fuzz/artifacts/.
fuzz: export RUSTUP_TOOLCHAIN = nightly
fuzz: $(CARGO_FUZZ) ## Run the fuzz targets, FUZZ_SECONDS=60 each; needs a nightly Rust
	@tools/need nightly
	cargo fetch -q --locked --manifest-path fuzz/Cargo.toml
	for target in $$(ls fuzz/seeds); do \
	  mkdir -p "fuzz/corpus/$$target"; \
	  $(CARGO_FUZZ) run --target-dir target/fuzz "$$target" "fuzz/corpus/$$target" "fuzz/seeds/$$target" -- \
	    -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -print_funcs=0; \
	done

# Its settings, and the mutants that change nothing observable: .cargo/mutants.toml.
mutants: $(CARGO_MUTANTS) ## Mutate src/decide and src/operations, or MUTANTS_FILE=path; lists what no native test catches
	@tools/need rust
	$(CARGO_MUTANTS) mutants --output target $(MUTANTS_FILE:%=--file '%')

clean: ## Delete build output and node_modules; installed toolchains stay
	rm -rf target node_modules tools/docs/node_modules pkg/consul_peering.js pkg/*_bg.wasm pkg/*_bg.wasm.js pkg/simulator/glue.js pkg/www pkg/docs pkg/*.md pkg/LICENSE-*

$(NPM): package.json package-lock.json
	@tools/need node
	@echo "[2/6] Installing the build's npm packages"
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(DOCS): tools/docs/package.json tools/docs/package-lock.json
	@tools/need node
	npm ci --prefix tools/docs --no-audit --no-fund --loglevel=error
	@touch $@

$(BINDGEN): tools/bindgen/Cargo.toml tools/bindgen/src/main.rs Cargo.lock
	@tools/need rust
	@echo "[1/6] Compiling the generator of the bindings"
	@cargo build -q --locked --profile tools -p bindgen
	@touch $@

$(RUNNER): tools/wasm-test/Cargo.toml tools/wasm-test/src/main.rs Cargo.lock
	@tools/need rust
	cargo build -q --locked --profile tools -p wasm-bindgen-test-runner
	@touch $@

$(COMPONENT): tools/component/Cargo.toml tools/component/src/main.rs Cargo.lock
	@tools/need rust
	cargo build -q --locked --profile tools -p component
	@touch $@

# After the module: both need cargo's lock, and many of the same crates.
$(COMPONENTS): $(RUST) $(COMPONENT) $(shell find wit src/wasi -type f) tools/components | $(WASM)
	tools/components
	@touch $@

$(DENY):
	@tools/need rust
	cargo install -q --locked --root target/tools cargo-deny@0.20.2

$(CARGO_FUZZ):
	@tools/need nightly
	cargo install -q --locked --root target/tools cargo-fuzz@0.13.2

$(CARGO_MUTANTS):
	@tools/need rust
	cargo install -q --locked --root target/tools cargo-mutants@27.1.0

$(PACKED): $(DOCUMENTS) pkg/package.json tools/documents.js
	@tools/need node
	node tools/documents.js
	@mkdir -p target && touch $@

$(WASM): $(RUST)
	@tools/need rust
	@echo "[3/6] Compiling the module"
	@tools/module compile consul_peering
	@touch $@

$(BUILT): $(WASM) $(BINDGEN) $(NPM) $(GLUE)
	@tools/need node
	@echo "[5/6] Generating and bundling the bindings, optimising the module"
	@tools/module bind consul_peering
	@touch $@

# After the module: both need cargo's lock, and many of the same crates.
$(SIMULATOR_WASM): $(SIMULATOR_RUST) | $(WASM)
	@echo "[4/6] Compiling the simulator"
	@tools/module compile simulator
	@touch $@

$(SIMULATOR): $(SIMULATOR_WASM) $(BINDGEN) $(NPM) tools/simulator.js tools/custom-sections.js tools/wasm-reader.js tools/weights.js
	@tools/module bind simulator
	@touch $@

$(PAGE): $(BUILT) $(shell find www -type f)
	@echo "[6/6] Bundling the admin page"
	@node tools/page.js
	@touch $@
