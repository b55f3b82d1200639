# shellcheck shell=bash
# What ./dev attack needs beside the services of a test run. Sourced by ./dev, after testing.sh.

# Wapiti and all it stands on, pinned with hashes, in a folder of its own.
need_python() {
  has python3 || die "Python 3 is missing: it runs wapiti. Install it with your package manager (python3, python3-venv)"
  python3 -c 'import venv, ensurepip' 2>/dev/null || die "Python's venv is missing. Install it with your package manager (on Debian: apt-get install python3-venv)"
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
  python3 -m venv "$WAPITI" || return
  "$WAPITI/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/attack/requirements.txt
}

# A portal of its own with the demo story and a scale of $1 consultations, and the program that attacks it. The program
# looks into the database as nobody of the product could: to know what is hidden, and whether anything has changed.
# $2…: only these parts (hidden uploads fields forgery door surface wapiti).
run_attack() (
  trap 'end_step; stop_portal' EXIT
  trap 'exit 143' TERM INT
  look=$("$CLUSTER/postgres.sh" url admin tomoshibi_attack) || exit
  settle_portal attack || exit
  # Everything comes from one address; the limits have tests of their own (tests/it/limits.rs).
  export TOMOSHIBI_REQUESTS_PER_ADDRESS=10000000 TOMOSHIBI_REQUESTS_PER_PERSON=10000000
  do_step "Telling the story and loading $1 consultations" attack-seed "$(target_dir)/debug/portal" seed --scale "$1"
  start_portal demo >"$(log_file attack-banner)"
  await_answer "$PORT" || exit
  TOMOSHIBI_ATTACK_BASE=$TOMOSHIBI_PUBLIC_URL TOMOSHIBI_ATTACK_STORE=$TOMOSHIBI_S3_ENDPOINT TOMOSHIBI_ATTACK_LOOK=$look \
    TOMOSHIBI_ATTACK_FOLDER=$TOMOSHIBI_LOCAL TOMOSHIBI_ATTACK_WAPITI=$WAPITI/bin/wapiti "$(target_dir)/debug/attack" "${@:2}"
)
