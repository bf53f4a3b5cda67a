#!/bin/sh
# What the images `postgres` and `postgresql` do at their start, with the machine's newest PostgreSQL: make the data directory if it is
# empty, with the user, password and database that the environment names, then run the server on TCP and in /run/postgresql.
set -eu

if [ "${1-}" != postgres ]; then
  exec "$@"
fi
shift

data=${PGDATA:-/var/lib/postgresql/data}
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}
programs=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin | sort -V | tail -n 1)

# PostgreSQL does not run as root. Where nobody but root exists (a user namespace), root is called postgres in one more namespace.
owner=$(id -u postgres) group=$(id -g postgres)
is_alone() {
  [ "$(awk '{ all += $3 } END { print all }' /proc/self/uid_map)" -eq 1 ]
}

as_postgres() {
  if is_alone; then
    exec unshare --user --map-user="$owner" --map-group="$group" "$@"
  fi
  exec setpriv --reuid="$owner" --regid="$group" --clear-groups "$@"
}

name_quoted() {
  printf '"%s"' "$(printf %s "$1" | sed 's/"/""/g')"
}

write_access_rules() {
  echo "local all all trust"
  echo "host all all 127.0.0.1/32 trust"
  echo "host all all ::1/128 trust"
  echo "host all all all ${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}"
}

# Not in place: a directory that a kill left half made is not taken for a server's.
install_server() {
  new=$data/.new
  rm -rf "$new"
  mkdir -m 700 "$new"
  is_alone || chown "$owner:$group" "$new"
  printf '%s\n' "${POSTGRES_PASSWORD-}" >/run/postgresql/.password
  chmod 644 /run/postgresql/.password
  set -- --auth=trust
  if [ -n "${POSTGRES_PASSWORD-}" ]; then
    set -- --auth=trust --pwfile=/run/postgresql/.password
  fi
  (as_postgres "$programs/initdb" --pgdata="$new" --username="$user" --encoding=UTF8 --locale=C.UTF-8 --wal-segsize=1 --no-sync "$@") >/dev/null
  rm -f /run/postgresql/.password
  write_access_rules >"$new/pg_hba.conf"
  if [ "$database" != postgres ]; then
    echo "CREATE DATABASE $(name_quoted "$database");" |
      (as_postgres "$programs/postgres" --single -j -D "$new" -c fsync=off postgres) >/dev/null
  fi
  mv "$new/PG_VERSION" "$new/.version-last"
  for part in "$new"/[!.]*; do
    rm -rf "${data:?}/${part##*/}" # of an attempt that was interrupted
    mv "$part" "$data/"
  done
  mv "$new/.version-last" "$data/PG_VERSION"
  rmdir "$new"
}

mkdir -p "$data"
if ! is_alone; then
  chown "$owner:$group" "$data" /run/postgresql
fi
chmod 700 "$data"
if [ ! -s "$data/PG_VERSION" ]; then
  if [ -z "${POSTGRES_PASSWORD-}" ] && [ "${POSTGRES_HOST_AUTH_METHOD-}" != trust ]; then
    echo "Error: Database is uninitialized and superuser password is not specified." >&2
    echo "       Set POSTGRES_PASSWORD, or POSTGRES_HOST_AUTH_METHOD=trust to let everybody in." >&2
    exit 1
  fi
  install_server
fi
# Small logs and buffers: ready at once, and a snapshot has little to copy.
as_postgres "$programs/postgres" -D "$data" -c listen_addresses='*' -c unix_socket_directories=/run/postgresql \
  -c shared_buffers=16MB -c min_wal_size=2MB -c max_wal_size=32MB "$@"
