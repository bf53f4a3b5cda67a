# shellcheck shell=bash
# What ./test, ./demo and .ci/run share; sourced. Expects to be in the project's root.

# The kubectl that setup.sh unpacked, if the machine's own is too old.
PATH=${XDG_CACHE_HOME:-$HOME/.cache}/backup-restore-operator/bin:$PATH
export PATH

# Another checkout of the same sources, a fresh clone above all, finds what this one compiled.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=true

jobs=$(nproc)
tests_at_once=$((jobs + (jobs + 1) / 2)) # many wait more than they work

# A terminal sees progress; a log only what is wrong.
say_little=()
[ -t 1 ] || say_little=(--quiet)

configure() {
  local preset=$1 log=build/$1.configure.log
  shift
  mkdir -p build
  if ! cmake --preset "$preset" "$@" >"$log" 2>&1; then
    cat "$log" >&2
    echo "configuring the preset $preset failed" >&2
    return 1
  fi
}

# build_preset PRESET [TARGET...]
build_preset() {
  local preset=$1 target targets=()
  shift
  configure "$preset"
  for target in "$@"; do
    targets+=(--target "$target")
  done
  cmake --build "build/$preset" --parallel "$jobs" "${targets[@]}" -- "${say_little[@]}"
}
