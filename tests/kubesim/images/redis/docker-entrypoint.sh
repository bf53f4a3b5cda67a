#!/bin/sh
# What the image `redis` does at its start, with the machine's Redis: runs the server in /data, open to all as the image's is.
# The server, redis-cli's package has it too, is the program that checks dump files, by another name.
set -eu

if [ "${1-}" = redis-server ]; then
  shift
  ln -sf "$(command -v redis-server || command -v redis-check-rdb)" /run/redis/redis-server
  exec /run/redis/redis-server --dir /data --protected-mode no "$@"
fi
exec "$@"
