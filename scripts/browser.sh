#!/usr/bin/env bash
# Makes sure that Debian's Chromium, which the browser tests drive, and gettext, which compiles the translations, are there.
set -euo pipefail
cd "$(dirname "$0")"

missing=()
command -v chromium >/dev/null || missing+=(chromium)
PATH=$PATH:/usr/sbin:/sbin ldconfig -p | grep -q libatomic.so.1 || missing+=(libatomic1) # what drives the browser is linked against it
command -v msgfmt >/dev/null || missing+=(gettext)
[ ${#missing[@]} = 0 ] || ./packages.sh "${missing[@]}"
