# Two commands are all a newcomer needs: make demo and make test.
# `make help` lists the others.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Compiled things live outside the checkout, so that a second clone or CI run is quick.
ROOMNIGHT_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/roomnight
CARGO_TARGET_DIR ?= $(ROOMNIGHT_CACHE)/target
export ROOMNIGHT_CACHE CARGO_TARGET_DIR

# One profile and one lockfile for everything, and RocksDB as scripts/rocksdb keeps it.
ROCKSDB_VERSION := $(shell awk '/^name = "librocksdb-sys"$$/ { getline; gsub(/^version = "|"$$/, ""); print }' Cargo.lock)
export ROCKSDB_LIB_DIR := $(ROOMNIGHT_CACHE)/rocksdb-$(ROCKSDB_VERSION)
export ROCKSDB_STATIC := 1
CARGO_FLAGS := --release --locked
WHOLE := $(CARGO_FLAGS) --workspace
BINARY := $(CARGO_TARGET_DIR)/release/roomnight

# A thousand clients at once are a thousand sockets: as many as the system lets this user open.
MANY_FILES := ulimit -S -n "$$(ulimit -H -n)" || true

BENCHES := ledger booking freshness idle restart hydrate views catalogue http overload flash-sale overbooking velocity

# An Apache Kafka to test against: the one that ROOMNIGHT_KAFKA names, else one that scripts/kafka
# runs for as long as the shell of the recipe. Where there is none the tests that need it are left
# out by the name `none`, loudly; CI does not do without.
define FIND_KAFKA
if [ -z "$${ROOMNIGHT_KAFKA:-}" ]; then \
  ROOMNIGHT_KAFKA=$$(scripts/prerequisites --kafka && \
    scripts/kafka start --dir $(ROOMNIGHT_CACHE)/kafka-$$$$ --for $$$$) || ROOMNIGHT_KAFKA=none; \
  export ROOMNIGHT_KAFKA; \
fi; \
if [ "$$ROOMNIGHT_KAFKA$${CI:-}" = nonetrue ]; then \
  echo "CI does not do without Apache Kafka: see above" >&2; exit 1; \
fi
endef
define SAY_KAFKA
if [ "$$ROOMNIGHT_KAFKA" = none ]; then \
  echo "*** NOT TESTED: everything over Apache Kafka, which is not to be had here. ***" >&2; \
fi
endef

# A Python with DuckDB, which computes the views anew in SQL: the one that ROOMNIGHT_DUCKDB names,
# else one that scripts/duckdb installs. Where there is none nothing is compared, loudly; CI does not
# do without.
define FIND_DUCKDB
if [ -z "$${ROOMNIGHT_DUCKDB:-}" ]; then \
  ROOMNIGHT_DUCKDB=$$(scripts/duckdb) || ROOMNIGHT_DUCKDB=none; \
  export ROOMNIGHT_DUCKDB; \
fi; \
if [ "$$ROOMNIGHT_DUCKDB$${CI:-}" = nonetrue ]; then \
  echo "CI does not do without DuckDB: see above" >&2; exit 1; \
fi
endef
define SAY_DUCKDB
if [ "$$ROOMNIGHT_DUCKDB" = none ]; then \
  echo "*** NOT TESTED: the views against SQL, for want of DuckDB. ***" >&2; \
fi
endef

# Whatever the OpenAPI document allows and forbids, asked of a server; so many requests.
define ASK_EVERYTHING
scripts/schemathesis --cases $(1) || { code=$$?; \
  if [ $$code != 3 ] || [ "$${CI:-}" = true ]; then exit $$code; fi; \
  echo "*** NOT TESTED: the API against its document, for want of schemathesis. ***" >&2; }
endef

.PHONY: help demo test test-long bench build fmt lint openapi prerequisites

help: ## Lists the commands.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1\t/' | expand -t 22

demo: build ## Replays two hotels' history, takes bookings over HTTP, says what to curl.
	@$(BINARY) demo $(ARGS)

test: prerequisites ## Formatting, lints, every test, every bench in miniature: what CI runs.
	cargo fmt --all --check
	cargo clippy $(WHOLE) --all-targets -- -D warnings
	cargo build $(WHOLE)
	@$(FIND_KAFKA); $(FIND_DUCKDB); $(MANY_FILES); (set -x; cargo test $(WHOLE)); \
	$(SAY_KAFKA); $(SAY_DUCKDB)
	@$(MANY_FILES); for bench in $(BENCHES); do \
	  echo "bench $$bench --tiny"; $(BINARY) bench $$bench --tiny; \
	done
	@$(call ASK_EVERYTHING,3000)

test-long: build ## The long variants too: 100 kills, 1,000 losses of power, planted bugs.
	@$(FIND_KAFKA); $(MANY_FILES); \
	(set -x; ROOMNIGHT_LONG=1 cargo test $(WHOLE) --test it -- --nocapture; \
	cargo test $(CARGO_FLAGS) -p tests --features planted-bugs --test simulator planted -- \
	  --nocapture); $(SAY_KAFKA)
	@$(call ASK_EVERYTHING,20000)

bench: build ## Every bench at full size, one JSON object a line (BENCH=ledger for one).
	@$(MANY_FILES); for bench in $(or $(BENCH),$(BENCHES)); do $(BINARY) bench $$bench --json; done

build: prerequisites
	@cargo build $(WHOLE)

fmt: ## Formats every file.
	cargo fmt --all

lint: prerequisites ## Formatting and lints alone.
	cargo fmt --all --check
	cargo clippy $(WHOLE) --all-targets -- -D warnings

prerequisites:
	@scripts/prerequisites
	@scripts/rocksdb >/dev/null
