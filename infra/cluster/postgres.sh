#!/usr/bin/env bash
# A private PostgreSQL cluster (15 or newer) under .local/pg, driven by initdb and pg_ctl.
#
#   postgres.sh start          make it if needed and start it (does nothing when it runs already)
#   postgres.sh stop|destroy   stop it; stop it and remove its data
#   postgres.sh crash          kill every process of it at once, as if the power were cut; the next start recovers
#   postgres.sh status         one line; exit 0 when it runs, 3 when not
#   postgres.sh url [role] [database]   connection URL (role: admin, app, worker, migrator, loader, report)
#   postgres.sh roles [database]        apply infra/database/roles.sql
#   postgres.sh find           print the folder of the server's programs
#
# Settings: TOMOSHIBI_LOCAL, TOMOSHIBI_POSTGRES_PORT (8784), TOMOSHIBI_POSTGRES_BIN (folder of initdb and pg_ctl),
# TOMOSHIBI_POSTGRES_MODE=durable|throwaway (throwaway: no fsync, for tests), TOMOSHIBI_DATABASE_NAME (tomoshibi).
# TOMOSHIBI_POSTGRES_BUFFERS (128MB): memory of the server's own page cache.
# It listens on 127.0.0.1 only and has no socket file, so path length and folder rights of sockets never matter.
set -euo pipefail
# shellcheck source=infra/cluster/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

OLDEST=15
PORT=${TOMOSHIBI_POSTGRES_PORT:-8784}
MODE=${TOMOSHIBI_POSTGRES_MODE:-durable}
BUFFERS=${TOMOSHIBI_POSTGRES_BUFFERS:-128MB}
DATABASE=${TOMOSHIBI_DATABASE_NAME:-tomoshibi}
ADMIN=tomoshibi_admin
# Settings of the caller's own PostgreSQL must not reach ours.
unset PGDATA PGHOST PGHOSTADDR PGPORT PGUSER PGDATABASE PGSERVICE PGSERVICEFILE PGOPTIONS PGSSLMODE PGPASSFILE PGPASSWORD

major_of() { "$1/postgres" --version 2>/dev/null | sed -n 's/^[^0-9]*\([0-9]*\).*/\1/p'; }

# Folders that may hold a server, most wanted first.
candidates() {
  local found
  if [ -n "${TOMOSHIBI_POSTGRES_BIN:-}" ]; then
    printf '%s\n' "$TOMOSHIBI_POSTGRES_BIN"
    return
  fi
  # /usr/local/bin may hold links to single programs: what counts is the folder they live in.
  found=$(command -v initdb) && printf '%s\n' "$(dirname "$(readlink -f "$found")")"
  found=$(command -v pg_config) && "$found" --bindir 2>/dev/null
  for found in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin; do
    printf '%s\n' "$found"
  done | sort -rV
}

# Prints the folder of the server's programs; with $1 only one of that major version.
find_programs() {
  local dir program major
  while read -r dir; do
    for program in initdb pg_ctl postgres psql; do [ -x "$dir/$program" ] || continue 2; done
    major=$(major_of "$dir")
    if [ "${major:-0}" -ge "$OLDEST" ] && [ "${1:-$major}" = "$major" ]; then
      printf '%s\n' "$dir"
      return 0
    fi
  done < <(candidates)
  return 1
}

# PostgreSQL refuses to run as root. An existing cluster keeps its user.
server_user() {
  local home
  home=$(placed pg)
  if [ -n "$home" ] && [ -d "$home/data" ]; then
    owner_of "$home/data"
  elif ! is_root; then
    id -un
  elif user_exists postgres; then
    echo postgres
  else
    user_exists tomoshibi-pg || useradd --system --no-create-home --shell /usr/sbin/nologin tomoshibi-pg || die "cannot create the user tomoshibi-pg"
    echo tomoshibi-pg
  fi
}

# Sets USER_, HOME_, DATA, BIN for the commands below. $1 = existing: return 1 when there is no cluster.
locate() {
  local home major=''
  home=$(placed pg)
  if [ "${1:-}" = existing ] && { [ -z "$home" ] || ! is_made "$home/data"; }; then return 1; fi
  USER_=$(server_user)
  if ! is_root && [ "$USER_" != "$(id -un)" ]; then die "the cluster in $home belongs to $USER_: run as that user or as root"; fi
  # The record names a folder that only root may look into from outside: ask as root or as its owner, both work.
  HOME_=$(place pg "$USER_" "$TOMOSHIBI_LOCAL" "/var/lib/tomoshibi-$(checkout_id)")
  DATA=$HOME_/data
  if is_made "$DATA"; then major=$(cat "$DATA/PG_VERSION"); fi
  BIN=$(find_programs "$major") || die "no PostgreSQL ${major:-$OLDEST or newer} server found (looked in PATH, pg_config --bindir, /usr/lib/postgresql/*/bin)${major:+; the data in $DATA was made by version $major: './dev reset' starts over}"
}
is_made() { [ -f "$1/PG_VERSION" ]; }

create() {
  local password locale=C
  if locale -a 2>/dev/null | grep -qiE '^C\.utf-?8$'; then locale=C.UTF-8; fi
  as_user "$USER_" rm -rf "$HOME_/data.new"
  password=$HOME_/password
  # Handed over in a file in the server's own closed folder: arguments are visible to everybody.
  printf '%s\n' "$TOMOSHIBI_PASSWORD_ADMIN" | write_as "$USER_" "$password"
  as_user "$USER_" "$BIN/initdb" --pgdata="$HOME_/data.new" --no-sync --locale="$locale" --encoding=UTF8 \
    --auth=scram-sha-256 --username="$ADMIN" --pwfile="$password" >>"$LOG" 2>&1 </dev/null ||
    die "initdb failed; see $LOG: $(tail -n 3 "$LOG")"
  as_user "$USER_" rm -f "$password"
  printf "include_if_exists 'tomoshibi.conf'\n" | write_as "$USER_" "$HOME_/data.new/postgresql.conf" -a
  # Moved into place whole: an interrupted start never leaves half a cluster.
  as_user "$USER_" mv "$HOME_/data.new" "$DATA"
}

configure() {
  {
    cat <<CONF
# Written at every start by infra/cluster/postgres.sh.
listen_addresses = '127.0.0.1'
port = $PORT
unix_socket_directories = ''
max_connections = 200
shared_buffers = '$BUFFERS'
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %u@%d '
password_encryption = 'scram-sha-256'
# What a process does stands in pg_stat_activity; writing it into its title as well costs each statement.
update_process_title = off
# The first change of a page after a checkpoint writes the whole page: an ask changes many, all over the indexes.
wal_compression = on
max_wal_size = '4GB'
checkpoint_timeout = '15min'
CONF
    if [ "$MODE" = throwaway ]; then
      # Every test has a database of its own that lives for seconds: nothing here must survive a crash,
      # and a vacuum worker inside a template makes copying it wait.
      cat <<CONF
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
CONF
    fi
  } | write_as "$USER_" "$DATA/tomoshibi.conf"
}

pid_line() { as_user "$USER_" sed -n "$1p" "$DATA/postmaster.pid" 2>/dev/null | tr -d ' ' || true; }

# Asks whether that process is really our server: after a crash its number may belong to another program.
running() {
  local pid
  pid=$(pid_line 1)
  [ -n "$pid" ] && pid_runs "$pid" "postgres" && pid_runs "$pid" "$DATA"
}

# A server killed by force leaves its pid file. PostgreSQL itself takes it over unless that number lives
# again as another process of the same user: then only the number is made impossible. The rest of the
# file stays, for it is what keeps a new server away from the old one's surviving children.
disown_stale_pid() {
  local pid
  pid=$(pid_line 1)
  if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && ! running; then
    as_user "$USER_" sed -i.bak '1s/.*/2147483646/' "$DATA/postmaster.pid"
  fi
}

start() {
  local tries=20
  load_secrets
  LOG=$(log_file postgres)
  locate
  is_made "$DATA" || create
  if running; then
    if [ "$(pid_line 4)" = "$PORT" ]; then return 0; fi
    stop
  fi
  need_port PostgreSQL "$PORT" TOMOSHIBI_POSTGRES_PORT
  configure
  disown_stale_pid
  # What a connection keeps (plans, catalogues) lies in huge pages where the kernel gives them on request: looking up small ones costs more
  # than reading what they hold. A C library that does not know the setting ignores it.
  if [ "$MODE" = durable ]; then export GLIBC_TUNABLES=${GLIBC_TUNABLES:-glibc.malloc.hugetlb=1}; fi
  # The server keeps this log open itself; it is opened here because its user may not reach the folder.
  until as_user "$USER_" "$BIN/pg_ctl" start --pgdata="$DATA" --wait --timeout=60 --silent >>"$LOG" 2>&1 </dev/null; do
    tries=$((tries - 1))
    # Children of a killed server go away within seconds; until then it must not start.
    if [ "$tries" -le 0 ] || ! tail -n 5 "$LOG" | grep -q 'shared memory block'; then
      die "PostgreSQL did not start; see $LOG: $(tail -n 5 "$LOG")"
    fi
    sleep 0.5
  done
}

stop() {
  locate existing || return 0
  running || return 0
  as_user "$USER_" "$BIN/pg_ctl" stop --pgdata="$DATA" --mode=fast --wait --timeout=30 --silent >/dev/null 2>&1 </dev/null ||
    as_user "$USER_" "$BIN/pg_ctl" stop --pgdata="$DATA" --mode=immediate --wait --timeout=30 --silent </dev/null
}

crash() {
  local pid family member tenths=100
  if ! locate existing || ! running; then die "PostgreSQL is not running"; fi
  pid=$(pid_line 1)
  family=$(ps -A -o pid= -o ppid= | awk -v p="$pid" '$1 == p || $2 == p {print $1}')
  # shellcheck disable=SC2086 # numbers
  kill -KILL $family 2>/dev/null || true # one of them may have ended by itself
  for member in $family; do
    while [ "$tenths" -gt 0 ] && pid_runs "$member" postgres; do
      sleep 0.1
      tenths=$((tenths - 1))
    done
  done
  if running; then die "PostgreSQL (process $pid) survived"; fi
}

status() {
  if locate existing && running; then
    say "PostgreSQL $(cat "$DATA/PG_VERSION") runs on 127.0.0.1:$(pid_line 4) as $USER_ (process $(pid_line 1), data in $DATA)"
  else
    say "PostgreSQL is not running"
    return 3
  fi
}

url() {
  local role=${1:-admin} database=${2:-$DATABASE} name user
  name=TOMOSHIBI_PASSWORD_$(printf '%s' "$role" | tr '[:lower:]' '[:upper:]')
  case $role in
    admin) user=$ADMIN database=${2:-postgres} ;;
    app | worker | migrator | loader | report) user=portal_$role ;;
    *) die "no such role: $role" ;;
  esac
  load_secrets
  printf 'postgresql://%s:%s@127.0.0.1:%s/%s?sslmode=disable\n' "$user" "${!name}" "$PORT" "$database"
}

# Applies roles.sql to our own cluster, or to the server of TOMOSHIBI_DATABASE_ADMIN_URL.
# Passwords travel by environment and standard input: arguments are visible to everybody.
roles() {
  local database=${1:-$DATABASE} admin role password
  load_secrets
  BIN=${BIN:-$(find_programs)} || BIN=$(dirname "$(command -v psql)") || die "psql is missing"
  admin=${TOMOSHIBI_DATABASE_ADMIN_URL:-$(url admin)}
  password=$(printf '%s' "$admin" | sed -n 's#^[a-z]*://[^:@/]*:\([^@/]*\)@.*#\1#p')
  admin=$(printf '%s' "$admin" | sed 's#^\([a-z]*://[^:@/]*\):[^@/]*@#\1@#')
  {
    printf "\\\\set database '%s'\n" "$database"
    for role in APP WORKER MIGRATOR LOADER REPORT; do
      name=TOMOSHIBI_PASSWORD_$role
      printf "\\\\set %s_password '%s'\n" "$(printf '%s' "$role" | tr '[:upper:]' '[:lower:]')" "${!name}"
    done
    cat "$ROOT/infra/database/roles.sql"
  } | PGPASSWORD=$(percent_decoded "$password") PGCONNECT_TIMEOUT=10 "$BIN/psql" --no-psqlrc --quiet --no-password --dbname="$admin" >/dev/null ||
    die "infra/database/roles.sql failed (its message is above)"
}
percent_decoded() { printf '%b' "$(printf '%s' "$1" | sed 's/\\/\\\\/g; s/%\([0-9A-Fa-f][0-9A-Fa-f]\)/\\x\1/g')"; }

case ${1:-} in
  start) start ;;
  stop) stop ;;
  crash) crash ;;
  destroy)
    stop
    unplace pg
    ;;
  status) status ;;
  url) url "${@:2}" ;;
  roles) roles "${@:2}" ;;
  find) find_programs ;;
  *) die "usage: $0 start|stop|crash|destroy|status|url|roles|find" ;;
esac
