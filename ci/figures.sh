#!/usr/bin/env bash
# Measures the figures that the README speaks of. Needs nothing but the tool, gzip and awk.
set -euo pipefail
cd "$(dirname "$0")/.."

site=$(mktemp -d)
trap 'rm -rf "$site"' EXIT
cargo build --quiet --package book
cargo book build --dest-dir "$site" >/dev/null
echo "warm build of both languages: $( (time -p cargo book build --dest-dir "$site" >/dev/null) 2>&1 | awk '/real/ {print $2}') s (goal: 2)"
cargo test --quiet --package book --test serve -- --nocapture 2>/dev/null | awk '/edit to reload/ {print "from an edit to the reload of the page: " $(NF-1) " s (goal: 3)"}'

# What a browser loads with a chapter page: the page and all that it names, the search index aside.
for lang in zh en; do
  page="$site/$lang/first-bytes/index.html"
  files=$(grep -oE '(href|src)="[^"#]+\.(css|js|svg)"' "$page" | sed -E 's/.*"(.*)"/\1/' | sort -u)
  total=$(gzip -9c "$page" | wc -c)
  for file in $files; do
    total=$((total + $(gzip -9c "$site/$lang/first-bytes/$file" | wc -c)))
  done
  awk -v n="$total" -v l="$lang" 'BEGIN {printf "first load of %s/first-bytes, gzip: %.1f KiB (goal: 200)\n", l, n / 1024}'
  gzip -9c "$site/$lang/search-index.js" | wc -c |
    awk -v l="$lang" '{printf "search index of %s, gzip: %.1f KiB (goal: 717)\n", l, $1 / 1024}'
done
