# Every habit of this repository. `just ci` is what runs for every change.

set shell := ["bash", "-euo", "pipefail", "-c"]

# Lists the recipes.
default:
    @just --list --unsorted

# Signs in once on the embedded authorization server, with a line for every step.
demo *args:
    cargo run -p device-flow-cli -- demo --approve auto {{ args }}

# Runs all tests; the suite against real authorization servers says what it skipped.
test:
    cargo test --workspace

# All that has to hold.
ci: test faults-short valgrind-smoke lint doc features no-std budget msrv public-api fuzz-replay fuzz-ci

# Formatting and lints, without a single warning.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --all-features --quiet -- -D warnings
    cargo fmt --manifest-path fuzz/Cargo.toml --check
    cargo clippy --manifest-path fuzz/Cargo.toml --all-targets --no-default-features --quiet -- -D warnings

# The documentation, as docs.rs will show it.
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features --quiet

# Every published crate by itself, and the program without its embedded server.
features:
    cargo check --quiet -p device-flow-core
    cargo check --quiet -p device-flow-core --features serde
    cargo check --quiet -p device-flow-profiles
    cargo check --quiet -p device-flow-transport --no-default-features
    for feature in asynchronous asynchronous-tls blocking blocking,proxy blocking,tls gzip platform-verifier proxy tls; do cargo check --quiet -p device-flow-transport --no-default-features --features $feature; done
    for crate in transport-ureq transport-hyper; do cargo check --quiet -p $crate --no-default-features; done
    for crate in transport-ureq transport-hyper; do for feature in gzip platform-verifier proxy tls; do cargo check --quiet -p $crate --no-default-features --features $feature; done; done
    cargo check --quiet -p device-flow-testserver --no-default-features
    cargo check --quiet -p device-flow-testserver --features tls
    cargo check --quiet -p device-flow-testserver --features program
    cargo check --quiet -p device-flow-cli --no-default-features

# Proves that the core needs core and alloc and nothing else.
no-std:
    .ci/no-std

# Counts the crates that dependants take in.
budget:
    .ci/budget

# Compares the public API of the published libraries with docs/public-api/, so that a change is seen in review.
public-api:
    .ci/public-api

# Plays every fault of servers, networks and proxies to both transports and compares with docs/faults.md. The ways through
# proxies need Debian's tinyproxy and microsocks.
faults *args:
    cargo run --quiet -p transport-faults -- {{ args }}

# The same on direct ways alone, and without what takes a minute.
faults-short: (faults "--short")

# Writes docs/faults.md from what is stated, when all of it holds.
faults-write: (faults "--write")

# Writes the public API down anew.
public-api-write:
    .ci/public-api --write

# Counts the lines of code of the core, file by file: without tests, comments and blanks.
lines folder="crates/device-flow-core/src":
    .ci/lines {{ folder }}

# Counts what the core costs, and prints the tables of docs/performance.md. Instructions need valgrind.
bench:
    cargo build --release --quiet --locked --manifest-path crates/device-flow-core/benches/Cargo.toml --target-dir target/benches
    target/benches/release/device-flow-benches

# Counts what a sign-in costs over the transports, all or `just bench-transports ureq-kept`; `--check` fails on a missed aim.
bench-transports *measures:
    .ci/bench-transports {{ measures }}

# The same with what takes two minutes of waiting: how long connections last when polls are far apart.
bench-transports-slow *measures:
    .ci/bench-transports --slow {{ measures }}

# Lets valgrind watch a sign-in over each transport.
valgrind-smoke:
    .ci/valgrind-smoke

# Checks the published crates with the oldest compiler that Cargo.toml promises.
msrv:
    .ci/msrv

# Looks further than `just test` does for what breaks a promise: every state of the flow, and many more random cases.
prove cases="2000":
    PROPTEST_CASES={{ cases }} cargo test -p device-flow-core --test proof -- --include-ignored --show-output

# Breaks the core in every way that cargo-mutants knows and shows what no test noticed: `just mutants wire pacing`, or all.
mutants *parts: _mutants-tool
    #!/usr/bin/env bash
    set -euo pipefail
    files=()
    for part in {{ parts }}; do
        [ -e "crates/device-flow-core/src/$part.rs" ] || { echo "the core has no part $part" >&2; exit 1; }
        files+=(-f "crates/device-flow-core/src/$part.rs" -f "crates/device-flow-core/src/$part/**")
    done
    export CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_TEST_DEBUG=0 RUST_BACKTRACE=0
    export PROPTEST_CASES=${PROPTEST_CASES:-64} PATH="$PWD/target/tools/bin:$PATH"
    nice cargo mutants -p device-flow-core -o target -j "${MUTANTS_JOBS:-1}" ${files[@]+"${files[@]}"}

[private]
_mutants-tool:
    @[ -x target/tools/bin/cargo-mutants ] || cargo install --quiet --debug --locked --root target/tools cargo-mutants@27.1.0

# The suite against real authorization servers alone; a server that cannot be had is a failure.
interop *args:
    DEVICE_FLOW_INTEROP=require cargo test -p interop -- {{ args }}

# Runs every fuzz target over its seeds and its corpus, on stable.
fuzz-replay:
    cargo test --manifest-path fuzz/Cargo.toml --no-default-features --quiet --locked

# Searches one target for so many seconds (see docs/fuzzing.md); needs a nightly toolchain.
fuzz target seconds="60":
    .ci/fuzz {{ seconds }} {{ target }}

# Searches every target for so many seconds each, and fails on a finding.
fuzz-all seconds="60":
    .ci/fuzz {{ seconds }}

# The same for 60,000 inputs each, of the sequences 5,000: always the same ones, so that no luck decides about a change.
fuzz-ci:
    FUZZ_SEED=1 FUZZ_RUNS=60000 .ci/fuzz 0

# Writes what the search begins with into fuzz/searches/seeds/.
fuzz-seed:
    cargo run --manifest-path fuzz/Cargo.toml --no-default-features --quiet --bin seed

# Takes what searches found into the committed corpora: the fewest inputs that reach the same.
fuzz-minimise *targets:
    .ci/fuzz-minimise {{ targets }}
