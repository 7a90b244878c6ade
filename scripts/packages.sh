#!/usr/bin/env bash
# Installs the Debian packages named, if that is allowed here; else says in one sentence what a person has to do.
set -euo pipefail

if ! command -v apt-get >/dev/null; then
    echo "Please install what Debian calls “$*”, then run the same command again." >&2
    exit 1
elif [ "$(id -u)" = 0 ]; then
    admin=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    admin=(sudo -n)
else
    echo "Please run “sudo apt-get install $*”, then the same command again." >&2
    exit 1
fi

echo "Installing $* from Debian …"
"${admin[@]}" apt-get update -qq </dev/null
"${admin[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null
