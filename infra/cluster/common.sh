# shellcheck shell=bash
# What the cluster scripts and ./dev share: the folder .local, its secrets, the users that services run as, ports and processes.
# Sourced, never run. Sets ROOT and TOMOSHIBI_LOCAL; everything else is a function.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
TOMOSHIBI_LOCAL=${TOMOSHIBI_LOCAL:-$ROOT/.local}
case $TOMOSHIBI_LOCAL in /*) ;; *) TOMOSHIBI_LOCAL=$ROOT/$TOMOSHIBI_LOCAL ;; esac
export TOMOSHIBI_LOCAL

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() {
  warn "✗ $*"
  exit 1
}
is_root() { [ "$(id -u)" -eq 0 ]; }

# The folder for everything that runs: private to its owner, but a service that root starts runs as
# another user and must be able to walk through it (walk, not list).
make_local() {
  local dir=$1 mode=700
  if is_root; then mode=711; fi
  if [ ! -d "$dir" ]; then
    mkdir -m "$mode" "$dir" 2>/dev/null || [ -d "$dir" ] || die "cannot create $dir"
  fi
  [ -w "$dir" ] || die "$dir belongs to another user ($(owner_of "$dir")): run as that user, or remove it with './dev reset' as that user"
  [ -d "$dir/log" ] || mkdir -m 700 "$dir/log"
}

# The log file of that name; a large one is set aside first, so that logs never fill a disk.
log_file() {
  local file=$TOMOSHIBI_LOCAL/log/$1.log
  if [ -f "$file" ] && [ "$(wc -c <"$file")" -gt 20000000 ]; then mv "$file" "$file.old"; fi
  printf '%s\n' "$file"
}

random_hex() { od -An -v -tx1 -N"$1" /dev/urandom | tr -d ' \n'; }

# Makes the secrets that are missing (once, mode 0600) and loads them all.
# TOMOSHIBI_ROLE_PASSWORD gives every database role the same one: for test clusters only.
load_secrets() {
  local file=$TOMOSHIBI_LOCAL/secrets.env name value
  make_local "$TOMOSHIBI_LOCAL"
  if [ ! -f "$file" ]; then (umask 077 && : >"$file"); fi
  [ -r "$file" ] || die "$file belongs to another user"
  for name in ADMIN APP WORKER MIGRATOR LOADER REPORT; do
    name=TOMOSHIBI_PASSWORD_$name
    value=${TOMOSHIBI_ROLE_PASSWORD:-$(random_hex 24)}
    if ! grep -q "^$name=" "$file"; then printf '%s=%s\n' "$name" "$value" >>"$file"; fi
  done
  if ! grep -q '^TOMOSHIBI_SECRET_KEY_STORED=' "$file"; then
    printf 'TOMOSHIBI_SECRET_KEY_STORED=%s\n' "$(random_hex 32)" >>"$file"
  fi
  # shellcheck disable=SC1090 # written by the lines above
  . "$file"
}

owner_of() { stat -c %U "$1" 2>/dev/null || stat -f %Su "$1"; }
user_exists() { id -u "$1" >/dev/null 2>&1; }

# Replaces this shell by a command run as that user, from / because the working folder may be closed to it.
exec_as() {
  local user=$1
  shift
  cd /
  if [ "$(id -un)" = "$user" ]; then exec "$@"; fi
  is_root || die "only root can run a command as $user"
  if command -v setpriv >/dev/null; then
    exec setpriv --reuid="$(id -u "$user")" --regid="$(id -g "$user")" --init-groups -- "$@"
  elif command -v runuser >/dev/null; then
    exec runuser -u "$user" -- "$@"
  fi
  die "neither setpriv nor runuser is here (package util-linux): root cannot start a service as $user"
}
as_user() { (exec_as "$@"); }

# Writes standard input to a file as that user; with $3 = -a at its end.
write_as() { as_user "$1" tee ${3:+"$3"} "$2" >/dev/null; }

# A name for this checkout that other folders may carry.
checkout_id() { printf '%s' "$TOMOSHIBI_LOCAL" | cksum | cut -d' ' -f1; }

# True when the folder exists, belongs to that user and can be used by it all the way down.
usable_by() { [ -d "$1" ] && [ ! -L "$1" ] && as_user "$2" test -w "$1" 2>/dev/null && as_user "$2" test -x "$1" 2>/dev/null; }

# Prints the private folder of a service, made for the user it runs as: under .local, or, where that user
# cannot reach .local (a checkout inside a closed home), under the other parents given. The choice is recorded.
place() {
  local name=$1 user=$2 record=$TOMOSHIBI_LOCAL/$1.location parent dir
  shift 2
  if [ -f "$record" ]; then
    dir=$(cat "$record")
    if usable_by "$dir" "$user"; then
      printf '%s\n' "$dir"
      return
    fi
  fi
  for parent in "$@"; do
    dir=$parent/$name
    if [ ! -d "$parent" ]; then
      mkdir -m "$(if is_root; then echo 711; else echo 700; fi)" "$parent" 2>/dev/null || continue
      printf 'Made by %s; its ./dev reset removes it.\n' "$ROOT" >"$parent/README" 2>/dev/null || true
    fi
    if [ -L "$parent" ] || [ ! -O "$parent" ] && [ "$parent" != "$TOMOSHIBI_LOCAL" ]; then continue; fi
    [ -d "$dir" ] || mkdir -m 700 "$dir" 2>/dev/null || continue
    if is_root; then chown "$user" "$dir"; fi
    if usable_by "$dir" "$user"; then
      printf '%s\n' "$dir" >"$record"
      printf '%s\n' "$dir"
      return
    fi
    rmdir "$dir" 2>/dev/null || true
    if [ "$parent" != "$TOMOSHIBI_LOCAL" ]; then
      rm -f "$parent/README"
      rmdir "$parent" 2>/dev/null || true
    fi
  done
  die "no folder for $name that the user $user can reach (tried: $*)"
}

# Prints where place() put a service, if it ever did.
placed() {
  local record=$TOMOSHIBI_LOCAL/$1.location
  if [ -f "$record" ]; then cat "$record"; fi
}

# Removes a service's folder: only one that place() can have made.
unplace() {
  local dir parent
  dir=$(placed "$1")
  [ -n "$dir" ] || return 0
  parent=$(dirname "$dir")
  case $dir in
    "$TOMOSHIBI_LOCAL/$1" | "/var/lib/tomoshibi-$(checkout_id)/$1" | "/tmp/tomoshibi-"*"-$(checkout_id)/$1") rm -rf "$dir" ;;
    *) die "$TOMOSHIBI_LOCAL/$1.location names $dir, which is not ours to remove" ;;
  esac
  if [ "$parent" != "$TOMOSHIBI_LOCAL" ]; then
    rm -f "$parent/README"
    rmdir "$parent" 2>/dev/null || true
  fi
  rm -f "$TOMOSHIBI_LOCAL/$1.location"
}

# True when that process lives and its command line contains the text: a pid alone may have been given to somebody else.
pid_runs() {
  local pid=$1 text=$2 line
  case $pid in '' | *[!0-9]*) return 1 ;; esac
  if [ -r "/proc/$pid/cmdline" ]; then
    line=$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null) || return 1
  else
    line=$(ps -o args= -p "$pid" 2>/dev/null) || return 1
  fi
  case $line in *"$text"*) return 0 ;; *) return 1 ;; esac
}

# Asks a process to stop, waits, then insists. $3: seconds of patience.
stop_pid() {
  local pid=$1 text=$2 tenths=$(($3 * 10))
  pid_runs "$pid" "$text" || return 0
  kill -TERM "$pid" 2>/dev/null || return 0
  while [ "$tenths" -gt 0 ] && pid_runs "$pid" "$text"; do
    sleep 0.1
    tenths=$((tenths - 1))
  done
  if pid_runs "$pid" "$text"; then
    warn "  process $pid did not stop in $3 s: killed"
    kill -KILL "$pid" 2>/dev/null || true
  fi
}

# Prints the first of these paths that is a program; fails when none is.
first_program() {
  local path
  for path in "$@"; do
    if [ -n "$path" ] && [ -x "$path" ]; then
      printf '%s\n' "$path"
      return 0
    fi
  done
  return 1
}

# Waits until the calling script's `answers` says yes. A process that ends, or stays mute too long, is stopped by the script's `stop`.
# $1 what for, $2 process, $3 its log, $4 tenths of a second.
await_answers() {
  local tenths=$4
  until answers; do
    tenths=$((tenths - 1))
    if [ "$tenths" -le 0 ] || ! kill -0 "$2" 2>/dev/null; then
      stop
      die "$1 did not start; see $3: $(tail -n 3 "$3")"
    fi
    sleep 0.1
  done
}

# True when something answers on that port of the loopback address.
port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Prints a port nobody listens on, below the range that outgoing connections take theirs from.
# Also not in $TAKEN_PORTS, which the caller keeps.
free_port() {
  local port tries=200
  while [ "$tries" -gt 0 ]; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    case " ${TAKEN_PORTS:-} " in *" $port "*) continue ;; esac
    if ! port_open "$port"; then
      printf '%s\n' "$port"
      return
    fi
    tries=$((tries - 1))
  done
  die "no free port found between 20000 and 32000"
}

# Stops with the port's holder and the setting that moves us elsewhere. $1 what for, $2 port, $3 setting.
need_port() {
  local holder=''
  port_open "$2" || return 0
  if command -v ss >/dev/null; then holder=$(ss -ltnpH "sport = :$2" 2>/dev/null | sed -n 's/.*users:((\("[^"]*"\),pid=\([0-9]*\).*/ by \1, process \2/p' | head -n 1); fi
  die "port $2 (for $1) is taken$holder. Stop that, or choose another: $3=<port> ./dev ..."
}
