#!/usr/bin/env bash
# Makes the secrets that docker-compose.yml mounts, once: files that only you may read, in data/secrets.
# What is there stays. Back data/secrets/master_key up, apart from the data: without it nothing can be opened.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 077
mkdir -p data/secrets
made() { [ -e "$1" ] && echo "$1 is there"; }

made data/secrets/master_key || head -c 32 /dev/urandom > data/secrets/master_key
made data/secrets/postgres_password || od -An -N24 -tx1 /dev/urandom | tr -d ' \n' > data/secrets/postgres_password
printf '127.0.0.1:5432:ascbridge:ascbridge:%s\n' "$(cat data/secrets/postgres_password)" > data/secrets/pgpass
# The services run as you, so that they may read what only you may read. Compose reads .env by itself.
printf 'ASCBRIDGE_UID=%s\nASCBRIDGE_GID=%s\n' "$(id -u)" "$(id -g)" > .env
echo "data/secrets is ready; back up data/secrets/master_key, apart from the data"
