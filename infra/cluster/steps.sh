# shellcheck shell=bash
# Running steps for ./dev: each in a process group of its own (so that a stop reaches all of it at once), with a
# sign of life at least every 30 seconds, its whole output in .local/log, and its seconds named at the end.
# Sourced after common.sh.

STEP_GROUP=''    # process group of the step that runs now
HEART_GROUP=''   # process group of its sign of life
PASSED=0         # tests passed and failed so far, over all steps
FAILED=0
SUMMARY=''       # one line for each step

# Runs a command in the background in a process group of its own and sets GROUP to it.
in_group() {
  set -m
  "$@" </dev/null &
  GROUP=$!
  set +m
}
# Stops such a group and waits until it is gone: what it started may still lean on the services.
end_group() {
  local tenths=300
  [ -n "$1" ] || return 0
  kill -TERM -- "-$1" 2>/dev/null || return 0
  while [ "$tenths" -gt 0 ] && group_lives "$1"; do
    sleep 0.1
    tenths=$((tenths - 1))
  done
  kill -KILL -- "-$1" 2>/dev/null || true
}
# Dead members that nobody has collected yet do not count: in a container that may take forever.
group_lives() { ps -A -o pgid= -o stat= 2>/dev/null | awk -v g="$1" '$1 == g && $2 !~ /^Z/ {f = 1} END {exit !f}'; }
end_step() {
  if [ -n "$HEART_GROUP" ]; then kill -TERM -- "-$HEART_GROUP" 2>/dev/null || true; fi
  end_group "$STEP_GROUP"
  STEP_GROUP='' HEART_GROUP=''
}

# Prints the seconds that passed and the last line of the log, every 20 seconds; in a step whose output
# is shown anyway only when it was quiet for that long.
heart() {
  local log=$1 shown=$2 seconds=0 size=-1 now
  while sleep 20; do
    seconds=$((seconds + 20))
    now=$(wc -c <"$log" 2>/dev/null || echo 0)
    if [ "$shown" = no ] || [ "$now" = "$size" ]; then
      say "  … $seconds s: $(tail -c 400 "$log" 2>/dev/null | tr '\r' '\n' | grep -v '^[[:space:]]*$' | tail -n 1 | cut -c1-110)"
    fi
    size=$now
  done
}

logged() {
  local log=$1
  shift
  "$@" >"$log" 2>&1
}
shown() {
  local log=$1
  shift
  set -o pipefail
  # The pipe outlives a stop of the group: what tidies up after a signal must not die of a closed pipe.
  "$@" 2>&1 | (trap '' TERM INT HUP && exec tee "$log")
}

# Runs a step: run_step yes|no(show the output) name command...; returns its exit code, sets SECONDS_TAKEN and STEP_LOG.
run_step() {
  local show=$1 name=$2 began=$SECONDS status=0
  shift 2
  STEP_LOG=$(log_file "$name")
  : >"$STEP_LOG"
  if [ "$show" = yes ]; then in_group shown "$STEP_LOG" "$@"; else in_group logged "$STEP_LOG" "$@"; fi
  STEP_GROUP=$GROUP
  in_group heart "$STEP_LOG" "$show"
  HEART_GROUP=$GROUP
  disown "$HEART_GROUP" # its end is no news
  wait "$STEP_GROUP" || status=$?
  STEP_GROUP=''
  end_step
  SECONDS_TAKEN=$((SECONDS - began))
  return "$status"
}

# A step of ./dev up: quiet but for its signs of life; on failure the end of its log and the way out.
do_step() {
  local title=$1 name=$2 status=0
  shift 2
  say "→ $title"
  run_step no "$name" "$@" || status=$?
  if [ "$status" -ne 0 ]; then
    tail -n 40 "$STEP_LOG" >&2
    die "$title: failed with exit code $status; the whole log is in $STEP_LOG"
  fi
  if [ "$SECONDS_TAKEN" -ge 5 ]; then say "  done in $SECONDS_TAKEN s"; fi
}

# Tests counted in a log: "passed failed ignored", from cargo's and our own closing lines.
count_tests() {
  awk '/^test result: /{p += $4; f += $6; i += $8}
       /^[0-9]+ passed, [0-9]+ failed$/{p += $1; f += $3}
       END {print p + 0, f + 0, i + 0}' "$1"
}

# A step of ./dev test and check: output shown, counted, never the end of the run.
# test_step tests|plain name command...: a step of tests in which no test ran has failed, and so has one that skipped any.
test_step() {
  local kind=$1 name=$2 status=0 p=0 f=0 i=0 verdict=ok
  shift 2
  say "── $name: $*"
  run_step yes "$name" "$@" || status=$?
  if [ "$kind" = tests ]; then
    read -r p f i < <(count_tests "$STEP_LOG")
    if [ "$status" -eq 0 ] && [ $((p + f)) -eq 0 ]; then
      say "✗ $name ran no test"
      status=1
    fi
    if [ "$i" -gt 0 ]; then
      say "✗ $name skipped $i tests: nothing here may skip itself"
      status=1
    fi
  fi
  # What failed without a count (formatting, a compile error, a crash) counts as one.
  if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
  if [ "$f" -gt 0 ]; then verdict=FAILED; fi
  PASSED=$((PASSED + p))
  FAILED=$((FAILED + f))
  SUMMARY+=$(printf '%-10s %6s s  %-6s %s' "$name" "$SECONDS_TAKEN" "$verdict" "$(if [ "$kind" = tests ]; then echo "$p passed, $f failed."; fi)")$'\n'
  say "── $name: $verdict in $SECONDS_TAKEN s"
  say ''
}

# The closing lines of a run; returns 1 when anything failed.
close_run() {
  say "Steps:"
  printf '%s' "$SUMMARY" | sed 's/^/  /'
  say "$PASSED passed, $FAILED failed"
  [ "$FAILED" -eq 0 ]
}
