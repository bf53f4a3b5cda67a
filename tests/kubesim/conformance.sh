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

# Without TLS: the recorded cases' client writes to an exec while another of its threads reads, which a TLS connection of Python's
# does not survive now and then (5 of 20 runs).
cat >"$directory/tokens" <<'END'
of-admin,kubernetes-admin,1,"system:masters"
of-restricted,restricted-user,2
END
"$kubesim" --no-tls --token-auth-file "$directory/tokens" --state-dir "$directory/state" >"$directory/log" 2>&1 &
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

python3 -B "$cases/replay.py" --server "$address" --token of-admin --restricted-token of-restricted "${chosen[@]}"
