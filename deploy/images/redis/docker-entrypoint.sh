#!/bin/sh
# As the official image's: arguments alone are the server's, and root becomes the user redis.
set -eu

if [ "${1#-}" != "$1" ] || [ "${1%.conf}" != "$1" ]; then
  set -- redis-server "$@"
fi
if [ "$1" = "redis-server" ]; then
  if [ "$(id -u)" = 0 ]; then
    chown -R redis:redis /data
    exec setpriv --reuid=redis --regid=redis --init-groups "$0" "$@"
  fi
  # Only the container's own networks reach it, as they do the official image.
  set -- "$@" --protected-mode no
fi
exec "$@"
