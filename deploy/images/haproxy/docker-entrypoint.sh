#!/bin/sh
# As the official image's: a master that stays in the foreground, and its worker.
set -eu

if [ "${1#-}" != "$1" ]; then
  set -- haproxy "$@"
fi
if [ "$1" = "haproxy" ]; then
  shift
  set -- haproxy -W -db "$@"
fi
exec "$@"
