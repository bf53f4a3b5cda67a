#!/usr/bin/env bash
# Holds kubesim against what a real API server was seen to answer: `conformance.sh KUBESIM CASES`, where the folder CASES has
# replay.py and core.txt, the list of the cases that must pass.
set -euo pipefail
kubesim=$1 cases=$2

directory=$(mktemp -d)
server=
finish() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" || true
  fi
  rm -rf "$directory"
}
trap finish EXIT

"$kubesim" --kubeconfig-out "$directory/kubeconfig" --pki-out "$directory/pki" --state-dir "$directory/state" >"$directory/log" 2>&1 &
server=$!
until grep -q 'kubesim listening' "$directory/log"; do
  if ! kill -0 "$server" 2>/dev/null; then
    cat "$directory/log" >&2
    exit 1
  fi
  sleep 0.1
done
address=$(sed -n 's/^kubesim listening on //p' "$directory/log")

chosen=()
while read -r name; do
  chosen+=(--case "$name")
done <"$cases/core.txt"

python3 -B "$cases/replay.py" --server "$address" --ca "$directory/pki/ca.crt" \
  --cert "$directory/pki/admin.crt" --key "$directory/pki/admin.key" \
  --restricted-cert "$directory/pki/restricted.crt" --restricted-key "$directory/pki/restricted.key" "${chosen[@]}"
