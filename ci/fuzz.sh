#!/usr/bin/env bash
# Fuzzes the parsers of all listings, each target for a while: ci/fuzz.sh [SECONDS]
#
# cargo-fuzz builds with flags that only a nightly compiler accepts; RUSTC_BOOTSTRAP makes the stable
# one accept them. Inputs that reach new code stay in listings/*/fuzz/corpus for the next time, and one
# that fails is kept in listings/*/fuzz/artifacts, with the command that repeats it printed.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-10}
version=0.13.2
tools=$PWD/target/tools
if ! "$tools/bin/cargo-fuzz" --version 2>/dev/null | grep -qxF "cargo-fuzz $version"; then
  CARGO_TARGET_DIR=target/cargo-fuzz cargo install cargo-fuzz --version "$version" --locked --debug --quiet --root "$tools"
fi

export PATH="$tools/bin:$PATH" RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$PWD/target/fuzz"
for folder in listings/*/fuzz; do
  cargo fuzz build --fuzz-dir "$folder"
  for target in $(cargo fuzz list --fuzz-dir "$folder"); do
    echo "== $folder $target, $seconds s"
    log=$(mktemp)
    if ! cargo fuzz run --fuzz-dir "$folder" "$target" -- \
      -max_total_time="$seconds" -timeout=10 -verbosity=0 -print_final_stats=1 >"$log" 2>&1; then
      cat "$log"
      exit 1
    fi
    grep -E 'number_of_executed_units|new_units_added|peak_rss_mb' "$log" || true
    rm "$log"
  done
done
