#!/bin/sh
# What the images `mysql` and `mariadb` do at their start, with the machine's MariaDB: make the data directory if it is empty, create
# the database and the users that the environment names, run the server. The files lie on the claim if one is mounted at /mysql-data.
set -eu

data=/var/lib/mysql
if mountpoint -q /mysql-data; then
  data=/mysql-data
fi

sql_quoted() {
  printf "'%s'" "$(printf %s "$1" | sed "s/\\\\/\\\\\\\\/g; s/'/''/g")"
}

name_quoted() {
  printf '`%s`' "$(printf %s "$1" | sed 's/`/``/g')"
}

root_password="${MYSQL_ROOT_PASSWORD-${MARIADB_ROOT_PASSWORD-}}"
database="${MYSQL_DATABASE-${MARIADB_DATABASE-}}"
user="${MYSQL_USER-${MARIADB_USER-}}"
password="${MYSQL_PASSWORD-${MARIADB_PASSWORD-}}"

accounts() {
  root=$(sql_quoted "$root_password")
  echo "DELETE FROM mysql.global_priv WHERE User = 'root' AND Host <> 'localhost';"
  echo "FLUSH PRIVILEGES;"
  echo "CREATE USER 'root'@'%' IDENTIFIED BY $root;"
  echo "GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;"
  echo "ALTER USER 'root'@'localhost' IDENTIFIED BY $root;"
  if [ -n "$database" ]; then
    echo "CREATE DATABASE IF NOT EXISTS $(name_quoted "$database");"
  fi
  if [ -n "$user" ]; then
    echo "CREATE USER $(sql_quoted "$user")@'%' IDENTIFIED BY $(sql_quoted "$password");"
  fi
  if [ -n "$user" ] && [ -n "$database" ]; then
    echo "GRANT ALL ON $(name_quoted "$database").* TO $(sql_quoted "$user")@'%';"
  fi
}

# Not in place: a directory that a kill left half made is not taken for a server's.
install_server() {
  rm -rf "$data/.new"
  accounts > /run/mysqld/accounts.sql
  mariadb-install-db --no-defaults --user=root --datadir="$data/.new" --auth-root-authentication-method=normal --skip-test-db \
    --skip-name-resolve --innodb-log-file-size=8M --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=OFF \
    --extra-file=/run/mysqld/accounts.sql > /dev/null
  mv "$data/.new/mysql" "$data/.new/.mysql-last"
  mv "$data/.new"/* "$data/"
  mv "$data/.new/.mysql-last" "$data/mysql"
  rmdir "$data/.new"
}

if [ "${1-}" = mariadbd ] || [ "${1-}" = mysqld ]; then
  shift
  if [ ! -d "$data/mysql" ]; then
    install_server
  fi
  # Small logs and pool: ready at once, and a snapshot has little to copy.
  exec mariadbd --no-defaults --user=root --datadir="$data" --socket=/run/mysqld/mysqld.sock --pid-file=/run/mysqld/mysqld.pid \
    --bind-address=0.0.0.0 --skip-name-resolve --innodb-flush-log-at-trx-commit=1 --innodb-log-file-size=8M \
    --innodb-buffer-pool-size=32M --performance-schema=OFF "$@"
fi
exec "$@"
