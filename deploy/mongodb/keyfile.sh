#!/bin/sh
# Makes the key by which the members of the replica set know each other, at the
# first start, in a volume that only they mount. It never leaves Docker.
set -eu

key=/data/configdb/keyfile
if [ -s "$key" ]; then
  exit 0
fi
umask 077
# 756 bytes are 1008 letters, just below the 1024 that mongod takes.
head -c 756 /dev/urandom | base64 | tr -d '\n' >"$key.new"
chmod 400 "$key.new"
mv "$key.new" "$key"
