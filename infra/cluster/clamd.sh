#!/usr/bin/env bash
# A private clamd with one local test signature (EICAR): start | stop | destroy | status | find.
# It needs no freshclam and knows no real malware: production brings its own daemon with fresh signatures.
#
# Settings: TOMOSHIBI_LOCAL, TOMOSHIBI_CLAMD_PORT (8785), TOMOSHIBI_CLAMD_BIN (path of clamd).
set -euo pipefail
# shellcheck source=infra/cluster/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

PORT=${TOMOSHIBI_CLAMD_PORT:-8785}
# The 68 bytes of the EICAR test file in hex: written plainly, scanners would remove this script.
EICAR=58354f2150254041505b345c505a58353428505e2937434329377d2445494341522d5354414e444152442d414e544956495255532d544553542d46494c452124482b482a

find_program() {
  first_program "${TOMOSHIBI_CLAMD_BIN:-}" "$(command -v clamd || true)" /usr/sbin/clamd /usr/local/sbin/clamd /opt/homebrew/sbin/clamd
}

# It reads strangers' bytes, so never as root: Debian's package brings a user of its own.
daemon_user() {
  if ! is_root; then
    id -un
  elif user_exists clamav; then
    echo clamav
  else
    echo nobody
  fi
}

# Debian's AppArmor profile lets clamd write in /tmp only and read there and in homes only.
confined() {
  [ "$1" = /usr/sbin/clamd ] && [ -e /etc/apparmor.d/usr.sbin.clamd ] &&
    [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ]
}

home_for() {
  local elsewhere
  elsewhere=/tmp/tomoshibi-$(id -u)-$(checkout_id)
  if confined "$1"; then
    place clamd "$2" "$elsewhere"
  else
    place clamd "$2" "$TOMOSHIBI_LOCAL" "/var/lib/tomoshibi-$(checkout_id)" "$elsewhere"
  fi
}

configuration() {
  cat <<CONF
# Written at every start by infra/cluster/clamd.sh.
Foreground yes
LogTime yes
TCPAddr 127.0.0.1
TCPSocket $PORT
DatabaseDirectory $1/signatures
TemporaryDirectory $1/tmp
# Above the largest upload, else a scan would end early with an error.
StreamMaxLength 110M
# As much for one file as for all: of a member of an archive that is larger clamd reads that much, says nothing and calls it clean; what it
# read then goes beyond the size for all, and that it does say.
MaxFileSize 400M
MaxScanSize 400M
# What was not looked at whole (a limit, a password) is reported as such, never as clean.
AlertExceedsMax yes
AlertEncrypted yes
# A document with macros runs a program when it is opened.
AlertOLE2Macros yes
MaxThreads 4
SelfCheck 0
CONF
}

pid_file=$TOMOSHIBI_LOCAL/clamd.pid
current_pid() { if [ -f "$pid_file" ]; then cat "$pid_file"; fi; }
running() {
  local home
  home=$(placed clamd)
  [ -n "$home" ] && pid_runs "$(current_pid)" "--config-file=$home/clamd.conf"
}

# True when a clamd answers on the port.
answers() {
  local reply=''
  exec 4<>"/dev/tcp/127.0.0.1/$PORT" || return 1
  printf 'zPING\0' >&4
  IFS= read -r -d '' -t 2 reply <&4 || true
  exec 4>&-
  [ "$reply" = PONG ]
} 2>/dev/null

start() {
  local program user home log
  make_local "$TOMOSHIBI_LOCAL"
  program=$(find_program) || die "clamd is missing (package clamav-daemon on Debian and Ubuntu, clamav elsewhere)"
  if running; then
    if answers; then return 0; fi
    stop
  fi
  need_port clamd "$PORT" TOMOSHIBI_CLAMD_PORT
  user=$(daemon_user)
  home=$(home_for "$program" "$user")
  log=$(log_file clamd)
  as_user "$user" mkdir -p "$home/signatures" "$home/tmp"
  configuration "$home" | write_as "$user" "$home/clamd.conf"
  printf 'Eicar-Test-Signature:0:*:%s\n' "$EICAR" | write_as "$user" "$home/signatures/local.ndb"
  # In a session of its own where the system can: Ctrl-C is for ./dev, which then stops everything in order.
  (exec_as "$user" "$(command -v setsid || echo env)" "$program" "--config-file=$home/clamd.conf") >>"$log" 2>&1 </dev/null &
  printf '%s\n' $! >"$pid_file"
  await_answers clamd "$(current_pid)" "$log" 300
}

stop() {
  if running; then stop_pid "$(current_pid)" clamd.conf 10; fi
  rm -f "$pid_file"
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  destroy)
    stop
    unplace clamd
    ;;
  status)
    if running && answers; then
      say "clamd runs on 127.0.0.1:$PORT (process $(current_pid))"
    else
      say "clamd is not running"
      exit 3
    fi
    ;;
  find) find_program ;;
  *) die "usage: $0 start|stop|destroy|status|find" ;;
esac
