#!/usr/bin/env bash
# Makes .venv: the locked packages, each checked against its hash, and the project itself. Quick when nothing changed.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
locks=(requirements/build.lock requirements/development.lock)
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Python 3.11 or newer is needed; point PYTHON to it: PYTHON=/path/to/python3.11 make setup" >&2
    exit 1
fi

# An environment cannot be moved: one made elsewhere or by another Python is made anew. One without a note stays.
home="$PWD, $("$python" --version)"
made_at=$(head -n 1 .venv/made-from 2>/dev/null || true)
wanted=$(cat pyproject.toml "${locks[@]}" scripts/setup.sh | sha256sum)
if [ "$(cat .venv/made-from 2>/dev/null)" = "$home"$'\n'"$wanted" ]; then
    exit 0
fi

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    scripts/packages.sh python3-venv
fi
echo "Installing the locked packages into .venv …"
if [ -n "$made_at" ] && [ "$made_at" != "$home" ]; then
    "$python" -m venv --clear .venv
else
    "$python" -m venv .venv
fi
pip=(.venv/bin/python -m pip --disable-pip-version-check --no-input --quiet --quiet)
for lock in "${locks[@]}"; do
    "${pip[@]}" install --require-hashes --requirement "$lock"
done
"${pip[@]}" install --no-index --no-deps --no-build-isolation --editable .
printf '%s\n%s\n' "$home" "$wanted" >.venv/made-from
