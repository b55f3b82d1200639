# shellcheck shell=bash
# What ./dev attack needs beside the services of a test run. Sourced by ./dev, after testing.sh.

# Wapiti and all it stands on, pinned with hashes, in a folder of its own.
# It runs on Python 3.11 (3.11.5 or newer) and 3.12 only.
need_python() {
  local name
  for name in "${TOMOSHIBI_PYTHON:-}" python3 python3.12 python3.11; do
    if [ -n "$name" ] && has "$name" && "$name" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11, 5) <= sys.version_info < (3, 13))' 2>/dev/null; then
      PYTHON=$name
      return 0
    fi
  done
  die "Python 3.11 or 3.12 with venv is missing: it runs wapiti. Install it (on Debian: apt-get install python3 python3-venv), or give TOMOSHIBI_PYTHON=<path>"
}
install_wapiti() {
  local wanted
  WAPITI=$TOP/tools/wapiti
  wanted=$(cksum <tests/attack/requirements.txt)
  if [ "$(cat "$WAPITI/installed" 2>/dev/null || true)" = "$wanted" ]; then return 0; fi
  do_step "Installing wapiti into $WAPITI" wapiti fill_wapiti
  printf '%s\n' "$wanted" >"$WAPITI/installed"
}
fill_wapiti() {
  rm -rf "$WAPITI"
  mkdir -p "$TOP/tools"
  "$PYTHON" -m venv "$WAPITI" || return
  "$WAPITI/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/attack/requirements.txt
}

# A portal of its own with the demo story and a scale of $1 consultations, and the program that attacks it. The program
# looks into the database as nobody of the product could: to know what is hidden, and whether anything has changed.
# $2…: only these parts (hidden uploads fields forgery door surface wapiti).
run_attack() (
  trap stop_portal EXIT
  trap 'exit 143' TERM INT
  look=$("$CLUSTER/postgres.sh" url admin tomoshibi_attack) || exit
  settle_portal attack || exit
  # Everything comes from one address; the limits have tests of their own (tests/it/limits.rs).
  export TOMOSHIBI_REQUESTS_PER_ADDRESS=10000000 TOMOSHIBI_REQUESTS_PER_PERSON=10000000
  say "→ Telling the story and loading $1 consultations"
  "$(target_dir)/debug/portal" seed --scale "$1" >"$(log_file attack-seed)" 2>&1 || {
    tail -n 30 "$(log_file attack-seed)"
    exit 1
  }
  start_portal demo >"$(log_file attack-banner)"
  await_answer "$PORT" || exit
  TOMOSHIBI_ATTACK_BASE=$TOMOSHIBI_PUBLIC_URL TOMOSHIBI_ATTACK_STORE=$TOMOSHIBI_S3_ENDPOINT TOMOSHIBI_ATTACK_LOOK=$look \
    TOMOSHIBI_ATTACK_FOLDER=$TOMOSHIBI_LOCAL TOMOSHIBI_ATTACK_WAPITI=$WAPITI/bin/wapiti "$(target_dir)/debug/attack" "${@:2}"
)
