# shellcheck shell=bash
# The services and the steps of ./dev test, check and bench. Sourced by ./dev, after everything else: it uses what
# ./dev has for starting and stopping (start_postgres, start_clamd, start_portal, stop_portal).

# Services for tests, in a folder and on ports of their own; never anything that was set up outside.
# $1 folder under .local, $2 durable or throwaway, $3 the server's page cache if not as small as its default.
start_test_services() {
  make_local "$TOP"
  forget_settings
  export TOMOSHIBI_LOCAL=$TOP/$1
  export TOMOSHIBI_POSTGRES_MODE=$2
  if [ -n "${3:-}" ]; then export TOMOSHIBI_POSTGRES_BUFFERS=$3; fi
  take_turn
  "$CLUSTER/clamd.sh" destroy
  "$CLUSTER/postgres.sh" destroy
  rm -f "$TOMOSHIBI_LOCAL/secrets.env"
  TAKEN_PORTS=''
  take_port TOMOSHIBI_POSTGRES_PORT
  take_port TOMOSHIBI_CLAMD_PORT
  TOMOSHIBI_TEST_ROLE_PASSWORD=$(random_hex 16)
  export TOMOSHIBI_TEST_ROLE_PASSWORD
  TOMOSHIBI_ROLE_PASSWORD=$TOMOSHIBI_TEST_ROLE_PASSWORD load_secrets
  start_postgres
  "$CLUSTER/postgres.sh" roles
  start_clamd
  TOMOSHIBI_TEST_ADMIN_URL=$("$CLUSTER/postgres.sh" url admin)
  export TOMOSHIBI_TEST_ADMIN_URL
  export TOMOSHIBI_TEST_CLAMD=127.0.0.1:$TOMOSHIBI_CLAMD_PORT
  say "→ PostgreSQL and clamd for this run are in $TOMOSHIBI_LOCAL"
}
take_port() {
  local chosen
  chosen=$(free_port)
  TAKEN_PORTS+=" $chosen"
  export "$1=$chosen"
}

# The steps. The same packages, features and targets everywhere (--workspace, --all-targets): nothing is built twice.
step_fmt() { test_step plain fmt cargo fmt --all --check; }
step_clippy() { test_step plain clippy cargo clippy --workspace --all-targets -- -D warnings; }
step_laws() { test_step tests laws cargo test --workspace --test laws; }
# The adapters' own peers (issuer, object store, mail) need no service either.
step_unit() { test_step tests unit cargo test --workspace --no-fail-fast --lib --bins --test issuer --test s3 --test store --test mail; }
# The pure tests again where the clock stands half an hour off and the date is often yesterday's.
step_tz() { test_step tests tz env TZ=America/St_Johns cargo test --workspace --lib --bins; }
step_it() { test_step tests it cargo test --workspace --no-fail-fast --test it; }
step_peers() { test_step tests peers peers; }
step_lean() { test_step plain lean lean; }
step_browser() { test_step tests browser browser; }

# A build without the feature `demo` compiles and holds nothing of it.
lean() {
  local found
  cargo check -p portal --no-default-features || return
  found=$(cargo tree -p portal --no-default-features --edges normal,features --prefix none) || return
  found=$(printf '%s\n' "$found" | grep -E '^(demo|s3s|s3s-fs) v|feature "demo"' | sort -u || true)
  if [ -n "$found" ]; then
    say "A portal without the feature 'demo' still holds:"
    say "$found"
    return 1
  fi
}

# The storage and sign-in suites again, at services that are not ours: SeaweedFS, and npm oidc-provider, which each test starts itself.
peers() {
  (cd tests/peers && npm ci --ignore-scripts --no-audit --no-fund) || return
  TOMOSHIBI_TOOLS=$TOP/tools "$CLUSTER/seaweedfs.sh" install || return
  (
    trap '"$CLUSTER/seaweedfs.sh" destroy' EXIT
    trap 'exit 143' TERM INT
    take_port TOMOSHIBI_TEST_S3_PORT
    TOMOSHIBI_TEST_S3_SECRET=$(random_hex 16)
    export TOMOSHIBI_TEST_S3_SECRET TOMOSHIBI_TOOLS=$TOP/tools
    "$CLUSTER/seaweedfs.sh" start || exit
    export TOMOSHIBI_TEST_S3=http://127.0.0.1:$TOMOSHIBI_TEST_S3_PORT TOMOSHIBI_TEST_OIDC_PROVIDER=$CHECKOUT/tests/peers/provider.mjs
    cargo test --workspace --no-fail-fast --test peers
  )
}

# Real Chromium against a portal of its own in demo mode.
browser() {
  cargo build --bin portal || return
  (cd tests/browser && npm ci --ignore-scripts --no-audit --no-fund) || return
  (
    trap 'stop_portal' EXIT
    trap 'exit 143' TERM INT
    start_browser_portal || exit
    await_answer "$PORT" || exit
    # Without a UTF-8 locale Chromium saves a file of a Japanese name as "download".
    BASE=$TOMOSHIBI_PUBLIC_URL TOMOSHIBI_SHOTS=$TOP/shots TOMOSHIBI_CHROMIUM=$(find_chromium) LC_ALL=C.UTF-8 node tests/browser/run.mjs
  )
}
start_browser_portal() {
  settle_portal browser || return
  # All journeys come from one address, and the galleries are hundreds of pages in a minute.
  export TOMOSHIBI_REQUESTS_PER_ADDRESS=20000 TOMOSHIBI_REQUESTS_PER_PERSON=20000
  start_portal demo
}
# Ports, a database, a folder and settings for one portal of its own. $1 what it is called.
settle_portal() {
  local name
  for name in PORT OPS_PORT S3_PORT ISSUER_PORT; do
    take_port "TOMOSHIBI_$name"
    eval "$name=\$TOMOSHIBI_$name"
  done
  "$CLUSTER/postgres.sh" roles "tomoshibi_$1" || return
  export TOMOSHIBI_DATABASE_NAME=tomoshibi_$1
  export_connections ours
  TOMOSHIBI_LOCAL=$TOMOSHIBI_LOCAL/$1
  make_local "$TOMOSHIBI_LOCAL"
  export_settings
  unset TOMOSHIBI_TEST_ADMIN_URL TOMOSHIBI_TEST_ROLE_PASSWORD # a portal never holds these
}
# Until the portal answers in HTTP; its end, or five minutes, is a failure.
await_answer() {
  local left=300 line=''
  while [ "$left" -gt 0 ]; do
    if ! kill -0 "$PORTAL_GROUP" 2>/dev/null; then break; fi
    line=$(first_line "$1")
    if [ "${line#HTTP/1.1 }" != "$line" ]; then return 0; fi
    sleep 1
    left=$((left - 1))
  done
  say "✗ the portal did not answer on port $1; the end of $PORTAL_LOG:"
  tail -n 30 "$PORTAL_LOG"
  return 1
}

# Prints the first line that a server on that port answers to GET /.
first_line() {
  local line=''
  exec 2>/dev/null 5<>"/dev/tcp/127.0.0.1/$1" || return 0
  printf 'GET / HTTP/1.1\r\nHost: localhost:%s\r\nConnection: close\r\n\r\n' "$1" >&5
  IFS= read -r -t 10 line <&5 || true
  printf '%s\n' "$line"
}
