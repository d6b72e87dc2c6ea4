# The table of contents of the work. `make` alone says what there is.
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
FUZZ_SECONDS ?= 60
WASM := target/wasm.stamp
BUILT := target/package.stamp
SIMULATOR_WASM := target/simulator-wasm.stamp
SIMULATOR := target/simulator.stamp
COMPONENTS := target/components.stamp
PAGE := target/page.stamp
DOCUMENTS := README.md CHANGELOG.md SECURITY.md $(shell find docs -type f)
PACKED := target/documents.stamp
# What `make test` runs beside each other: targets, those with a comma one after another, and folders of tests. While one
# chain holds Cargo's lock, the other has something to run.
CHAINS := native,instructions,types lint,module,browser,budget
SUITES := node docs examples runtimes package page
FOLDERS := $(SUITES:%=tests/%) tests/engines
# Folders of JavaScript whose types are checked, each by its tsconfig.json.
TYPED := pkg src/js tools www

.PHONY: help need demo demo-real check test test-all build consul hosts installed lint native instructions budget module browser types node docs reference runtimes examples components wasi package twice release page screenshots long record first-run bench model model-module fuzz audit clean

help: ## What there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-12s %s\n", $$1, $$2}'

need: ## What this machine lacks, a line each
	@tools/need rust node consul

demo: ## Connect two clusters: real ones if there is a consul, otherwise simulated ones
	@$(MAKE) -j3 $(BUILT) $(SIMULATOR)
	@consul=$$(tools/consul --if-any); \
	[ -n "$$consul" ] || echo "No consul here: the clusters are simulated. 'make demo-real' builds a real one first (about four minutes)."; \
	CONSUL="$$consul" node pkg/cli.js demo

demo-real: consul ## The same on a real Consul, built from source if there is none
	@$(MAKE) demo

build: ## The package in pkg/, from nothing
	@$(MAKE) -j3 $(PAGE) $(SIMULATOR) $(PACKED)

consul: ## A real Consul for tests and the demo
	@tools/need consul
	@tools/consul

check: need lint types native module ## What to run after every change: formatting, lints, types, native tests, the module in Node

test: need ## Everything that the README promises is tested
	@tools/need consul
	@$(MAKE) -j4 --output-sync=target installed consul $(DOCS)
	CONSUL="$$(tools/consul)" node tests/run.js $(FOLDERS) $(CHAINS:%=make:%)

lint: $(NPM) ## Formatting, clippy with warnings as errors, ESLint
	@tools/need rust
	cargo fmt --all --check
	cargo fmt --manifest-path fuzz/Cargo.toml --check
	cargo clippy -q --locked --all-targets -- -D warnings
	RUSTUP_TOOLCHAIN="$$(tools/wasm32)" cargo clippy -q --locked --all-targets --target wasm32-unknown-unknown -- -D warnings
	node_modules/.bin/prettier --log-level warn --check --cache --cache-location target/prettier .
	node_modules/.bin/eslint --cache --cache-location target/eslint .

native: ## The pure rules and decisions, natively
	@tools/need rust
	cargo test -q --locked

WASM_TEST_ENV = RUSTUP_TOOLCHAIN="$$(tools/wasm32)" CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER="$(CURDIR)/$(RUNNER)"
WASM_TEST = $(WASM_TEST_ENV) cargo test --locked --target wasm32-unknown-unknown --test module

instructions: $(NPM) ## What each pure rule takes, in instructions, beside what it is known to take
	@tools/need rust
	@tools/system valgrind=valgrind
	node benches/instructions.js

budget: build ## What each part of the module weighs, beside what it may weigh
	node benches/budget.js

module: $(RUNNER) ## The JavaScript boundary in Node
	WASM_BINDGEN_USE_NODE_EXPERIMENTAL=1 $(WASM_TEST)

browser: $(RUNNER) $(NPM) hosts ## The JavaScript boundary in Chromium, Firefox and WebKit
	$(WASM_TEST) --no-run
	$(WASM_TEST_ENV) node tests/module-in-browsers.js

types: $(NPM) ## The package's types and those of the JavaScript, strictly
	for config in node16 nodenext nodenext-dom bundler dom; do node_modules/.bin/tsc -p "tests/types/$$config.json"; done
	for folder in $(TYPED); do node_modules/.bin/tsc -p "$$folder"; done

hosts: $(NPM) # the runtimes and bundlers that the package is tried in
	@node tests/package/install.js tools

installed: $(PAGE) $(SIMULATOR) $(PACKED) hosts # the packed package in a project
	node tests/package/install.js

node: build ## The built package and its command line, against real Consul clusters
	@tools/need consul
	CONSUL="$$(tools/consul)" node tests/run.js tests/node

docs: build $(DOCS) ## The documents: every block of code run, every link followed, docs/api as the types say
	@tools/need consul
	CONSUL="$$(tools/consul)" node tests/run.js tests/docs

components: $(COMPONENTS) ## The package as WebAssembly components in target/components, for hosts that are not JavaScript

wasi: build components ## The components in Python, JavaScript and Rust, against simulated and real Consul clusters
	@tools/need consul
	node tests/components/install.js
	CONSUL="$$(tools/consul)" node tests/run.js tests/components

reference: $(NPM) $(DOCS) ## docs/api, anew
	tools/docs/node_modules/.bin/typedoc --options tools/docs

runtimes: installed ## The packed package in Node, Deno, Bun, workerd and browsers; the admin page in Chromium, Firefox and WebKit
	node tests/run.js tests/runtimes tests/engines

examples: installed ## The programs of examples/, each as a user runs it, with the packed package
	@tools/need consul
	CONSUL="$$(tools/consul)" node tests/run.js tests/examples

package: installed $(DOCS) ## The packed package through bundlers, and the tarball itself
	node tests/run.js --without-secrets tests/package

page: build ## The admin page in Chromium, with simulated and real Consul clusters
	@tools/need consul
	CONSUL="$$(tools/consul)" node tests/run.js tests/page

screenshots: build ## docs/screenshots: every view of the admin page, anew
	node tests/page/screenshots.js

twice: build ## The tarball once more, from nothing and in another folder: the same byte for byte
	packed="target/$$(npm pack ./pkg --pack-destination target --loglevel=error)"; \
	cmp "$$(tools/again target/twice/further/down from-nothing)" "$$packed"; \
	rm -rf target/twice; \
	echo "$$packed is the same byte for byte: sha512-$$(openssl dgst -sha512 -binary "$$packed" | base64 --wrap=0)"

release: ## The tarball to publish: twice, by the pinned Rust, Node and npm and by no others
	@RUSTUP_TOOLCHAIN="$$(tools/wasm32)" tools/need release
	@$(MAKE) twice

test-all: export TEST_EXTENT = all
test-all: test audit twice long wasi ## The same at full length, the crates' licences and sources, and real servers on bad days

long: build ## Real servers on bad days, moment by moment; writes tests/long/results
	@tools/need consul
	CONSUL="$$(tools/consul)" node tests/long/run.js

first-run: ## How long it takes from git clone to the demo's last line, with empty caches
	tools/first-run

bench: build ## What the module costs beside the shortest code by hand; keeps the last two runs in docs/benchmarks
	@tools/need consul
	CONSUL="$$(tools/consul)" node benches/run.js

model: ## The model test at length: MODEL_RUNS=100000 random histories from MODEL_SEED on; how many an hour, coverage, the slowest
	@tools/need rust
	MODEL_RUNS=$${MODEL_RUNS:-100000} MODEL_SEED=$${MODEL_SEED:-$$RANDOM} cargo test -q --locked --profile model --test model random -- --nocapture

model-module: build ## The same through the built package: MODEL_RUNS=20000 random runs, from MODEL_SEED on
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

$(SIMULATOR): $(SIMULATOR_WASM) $(BINDGEN) $(NPM) tools/simulator.js tools/custom-sections.js tools/weights.js
	@tools/module bind simulator
	@touch $@

$(PAGE): $(BUILT) $(shell find www -type f)
	@echo "[6/6] Bundling the admin page"
	@node tools/page.js
	@touch $@
