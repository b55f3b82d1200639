# shellcheck shell=bash
# The settings that ./dev gives to the portal: each has a default here and is overridden by an environment variable
# of the same name. Sourced after common.sh.

PORT=${TOMOSHIBI_PORT:-8780}
OPS_PORT=${TOMOSHIBI_OPS_PORT:-8781}
S3_PORT=${TOMOSHIBI_S3_PORT:-8782}
ISSUER_PORT=${TOMOSHIBI_ISSUER_PORT:-8783}
export TOMOSHIBI_POSTGRES_PORT=${TOMOSHIBI_POSTGRES_PORT:-8784}
export TOMOSHIBI_CLAMD_PORT=${TOMOSHIBI_CLAMD_PORT:-8785}

# Which connections the portal uses, and with which role.
CONNECTIONS='APP:app WORKER:worker MIGRATOR:migrator LOADER:loader LISTEN:app'

# Who brings the database: ours (a private cluster), admin (a server that was given, on which we make roles and
# database), given (ready connections). A half given set is a mistake, not a mixture.
database_mode() {
  local pair name have='' lack=''
  if [ -n "${TOMOSHIBI_DATABASE_ADMIN_URL:-}" ]; then
    echo admin
    return
  fi
  for pair in $CONNECTIONS; do
    name=TOMOSHIBI_DATABASE_${pair%%:*}_URL
    if [ -n "${!name:-}" ]; then have+=" $name"; else lack+=" $name"; fi
  done
  if [ -z "$have" ]; then
    echo ours
  elif [ -z "$lack" ]; then
    echo given
  else
    die "given from outside:$have; missing:$lack. Give all of them, or TOMOSHIBI_DATABASE_ADMIN_URL, or none"
  fi
}

# The admin URL with another role, password and database.
url_on_given_server() {
  local password=$2 rest query=''
  rest=${TOMOSHIBI_DATABASE_ADMIN_URL#*://}
  case $rest in *\?*) query="?${rest#*\?}" ;; esac
  rest=${rest%%\?*}
  rest=${rest##*@}
  printf 'postgresql://portal_%s:%s@%s/%s%s\n' "$1" "$password" "${rest%%/*}" "${TOMOSHIBI_DATABASE_NAME:-tomoshibi}" "$query"
}

# Exports a connection for each role, unless it was given.
export_connections() {
  local mode=$1 pair name role password value
  load_secrets
  for pair in $CONNECTIONS; do
    name=TOMOSHIBI_DATABASE_${pair%%:*}_URL
    role=${pair#*:}
    if [ -z "${!name:-}" ]; then
      password=TOMOSHIBI_PASSWORD_$(printf '%s' "$role" | tr '[:lower:]' '[:upper:]')
      if [ "$mode" = admin ]; then
        value=$(url_on_given_server "$role" "${!password}")
      else
        value=$("$CLUSTER/postgres.sh" url "$role")
      fi
      export "$name=$value"
    fi
  done
}

export_settings() {
  load_secrets
  export TOMOSHIBI_LISTEN=${TOMOSHIBI_LISTEN:-127.0.0.1:$PORT}
  export TOMOSHIBI_OPS_LISTEN=${TOMOSHIBI_OPS_LISTEN:-127.0.0.1:$OPS_PORT}
  # Nobody's number: the desk's telephone is on every page of the real thing, so the demo shows it too.
  export TOMOSHIBI_DESK_PHONE=${TOMOSHIBI_DESK_PHONE:-0120-000-000}
  export TOMOSHIBI_PUBLIC_URL=${TOMOSHIBI_PUBLIC_URL:-http://localhost:$PORT}
  export TOMOSHIBI_S3_ENDPOINT=${TOMOSHIBI_S3_ENDPOINT:-http://127.0.0.1:$S3_PORT}
  export TOMOSHIBI_DEMO_ISSUER_URL=${TOMOSHIBI_DEMO_ISSUER_URL:-http://127.0.0.1:$ISSUER_PORT}
  export TOMOSHIBI_SCANNER_CLAMD=${TOMOSHIBI_SCANNER_CLAMD:-127.0.0.1:$TOMOSHIBI_CLAMD_PORT}
  export TOMOSHIBI_SECRET_KEY=${TOMOSHIBI_SECRET_KEY:-$TOMOSHIBI_SECRET_KEY_STORED}
  export TOMOSHIBI_LOCAL
}

# Forgets every setting that came from outside: tests run against nothing but their own.
forget_settings() {
  local name
  for name in $(compgen -e TOMOSHIBI_); do
    case $name in TOMOSHIBI_POSTGRES_BIN | TOMOSHIBI_CLAMD_BIN | TOMOSHIBI_CHROMIUM | TOMOSHIBI_SEAWEEDFS_BIN | TOMOSHIBI_PYTHON) ;; *) unset "$name" ;; esac
  done
}
