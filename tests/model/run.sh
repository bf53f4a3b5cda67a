#!/usr/bin/env bash
# Verifies the model of the freeze protocol, then its mutants, each of which must be found wrong, then what it does not withstand without
# a remedy: `mended` where the code has that remedy, `open` where it has not. docs/design/0004-model.md explains the runs.
# usage: run.sh [-k] [NAME...]        -k keeps the counterexamples' directory; NAME: only these runs
set -euo pipefail
model=$(dirname "$(readlink -f "$0")")/freeze.pml

keeps=no
if [ "${1:-}" = -k ]; then
  keeps=yes
  shift
fi
wanted=" $* "

directory=$(mktemp -d)
finish() {
  if [ "$keeps" = yes ]; then
    echo "counterexamples: $directory"
  else
    rm -rf "$directory"
  fi
}
trap finish EXIT

failures=0
complain() {
  printf 'FAILED %s: %s\n' "$1" "$2"
  failures=$((failures + 1))
}

# The search gives up rather than swap; each run needs less.
megabytes=1500
depth=100000

# explore NAME [-DMACRO...]: leaves the search's words in NAME/out.
explore() {
  local here=$directory/$1 begin
  shift
  mkdir "$here"
  begin=$(date +%s)
  (
    cd "$here"
    # `provided` clauses do not go together with partial order reduction. The observer's assertions replace the end-state check.
    spin "$@" -a "$model"
    gcc -O2 -w -DSAFETY -DNOREDUCE -DCOLLAPSE -DMEMLIM=$megabytes -o pan pan.c
    ./pan -E -m$depth
  ) >"$here/out" 2>&1 || true
  seconds=$(($(date +%s) - begin))
  states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' "$here/out")
  reached=$(sed -n 's/.*depth reached \([0-9]*\),.*/\1/p' "$here/out")
  errors=$(sed -n 's/.*errors: \([0-9]*\)$/\1/p' "$here/out")
}

# A search that was cut short proves nothing.
is_complete() {
  [ "$errors" = 0 ] && ! grep -qE 'Search not completed|max search depth too small|out of memory|pan: reached|truncated' "$directory/$1/out"
}

report() {
  printf '%-9s %-44s %9s states %4s deep %3s s\n' "$1" "$2" "${states:-?}" "${reached:-?}" "$seconds"
}

is_wanted() {
  [ "$wanted" = '  ' ] || [[ $wanted == *" $1 "* ]]
}

# holds NAME -DMACRO...
holds() {
  is_wanted "$1" || return 0
  explore "$@"
  report holds "$1"
  is_complete "$1" || complain "$1" "$(tail -n 40 "$directory/$1/out")"
}

# fails KIND NAME -DMACRO...: only an assertion counts.
fails() {
  local kind=$1
  shift
  is_wanted "$1" || return 0
  explore "$@"
  report "$kind" "$1"
  grep -q 'assertion violated' "$directory/$1/out" || complain "$1" "no assertion was violated"
}

# A statement that none of these runs reaches is one that the model does not need, or a hole in it. The ends of processes that go on for
# ever are not reached.
expect_all_reached() {
  local first=yes run unreached
  for run in "$@"; do
    sed -n -e '/"-end-"$/d' -e 's/^\t[^ ]*freeze.pml:\([0-9]*\), state [0-9]*, \(".*"\)$/\1 \2/p' "$directory/$run/out" |
      sort -u >"$directory/unreached.new"
    if [ $first = yes ]; then
      mv "$directory/unreached.new" "$directory/unreached"
      first=no
    else
      comm -12 "$directory/unreached" "$directory/unreached.new" >"$directory/unreached.both"
      mv "$directory/unreached.both" "$directory/unreached"
    fi
  done
  unreached=$(cat "$directory/unreached")
  [ -z "$unreached" ] || complain "reach" "$unreached"
}

crash=-DCRASHES=1
stop=-DSTOPS=1
stream_fault=-DSTREAM_FAULTS=1
rescue_fault=-DRESCUE_FAULTS=1
kill_of_session=-DKILLS=1
one_backup=-DBACKUPS=1
one_snapshot=-DSNAPSHOTS=1

holds crash $crash
holds stream_fault_and_kill $stream_fault $kill_of_session
holds rescue_fault $rescue_fault $stream_fault $one_backup
holds crash_and_kill $crash $kill_of_session $one_backup
holds crash_and_stream_fault $crash $stream_fault $one_backup $one_snapshot
holds crash_and_rescue_fault $crash $rescue_fault $one_backup $one_snapshot
holds client_mode $crash $kill_of_session $one_backup -DCLIENT_MODE

for mutant in NO_WRITE_AHEAD NO_NOT_AFTER NO_OWN_DEADLINE NO_PRE_HOOK_END NO_RESCUE_ON_TAKEOVER NO_VOID_TIME NO_LEASE_MARGIN \
  VERDICT_IGNORES_INTERRUPTION; do
  fails mutant $mutant $crash -D$mutant
done
fails mutant NO_RESCUE $stream_fault -DNO_RESCUE
fails mutant NO_FENCING $stop $one_backup -DNO_FENCING
for mutant in CUT_BEFORE_FROZEN VERDICT_IGNORES_SESSION_LOSS VERDICT_IGNORES_ORDER; do
  fails mutant $mutant -D$mutant
done
fails mutant THAW_ANY_SESSION $crash $one_backup -DCLIENT_MODE -DTHAW_ANY_SESSION
for mutant in UNASKED_RESCUE RESCUES_LIVE_ON; do
  fails mutant $mutant $crash $one_backup -D$mutant
  fails mutant $mutant.lost_rescue $rescue_fault -D$mutant
done

# KIND NAME REMEDY -DMACRO...: fails, and holds with the remedy.
mends() {
  local kind=$1 name=$2 remedy=$3
  shift 3
  fails "$kind" "$name" "$@"
  holds "$name+$remedy" "$@" "-D$remedy"
}

mends mended late_exec_after_takeover PROVE_THAW $crash $one_backup -DLATE_AFTER_TAKEOVER
mends mended late_exec_after_lost_stream PROVE_THAW $stream_fault -DLATE_AFTER_RESCUE
mends mended woken_leader_acts GATED_EXECS $stop $one_backup $one_snapshot -DWOKEN_LEADER_ACTS
mends mended stale_watch LOOK_AGAIN $crash $one_backup -DSTALE_WATCH
mends mended late_final_write LOOK_AGAIN $crash $one_backup -DFINAL_STAYS

if [ "$wanted" = '  ' ]; then
  expect_all_reached crash stream_fault_and_kill rescue_fault crash_and_kill crash_and_stream_fault crash_and_rescue_fault client_mode \
    woken_leader_acts+GATED_EXECS
fi
if [ $failures -gt 0 ]; then
  exit 1
fi
