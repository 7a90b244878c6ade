#!/usr/bin/env bash
# Pins the newest allowed packages with their hashes. The lock files name no host: pip asks the machine's own index.
set -euo pipefail
cd "$(dirname "$0")/.."

if command -v uv >/dev/null; then
    uv=(uv)
elif command -v uvx >/dev/null; then
    uv=(uvx uv)
elif [ -x .venv/bin/uv ]; then
    uv=(.venv/bin/uv)
else
    echo "uv is needed to pin packages: pip install uv, then make lock again." >&2
    exit 1
fi

compile=("${uv[@]}" pip compile --quiet --upgrade --no-emit-index-url --no-emit-find-links --no-header
    --generate-hashes --python-version 3.11)
"${compile[@]}" --extra dev --extra postgres --output-file requirements/development.lock pyproject.toml
"${compile[@]}" --extra postgres --constraint requirements/development.lock \
    --output-file requirements/runtime.lock pyproject.toml
"${compile[@]}" --extra benchmarks --constraint requirements/development.lock \
    --output-file requirements/benchmarks.lock pyproject.toml
python3 -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' |
    "${compile[@]}" --no-annotate --output-file requirements/build.lock -
echo "pip-audit>=2.10" | "${compile[@]}" --no-annotate --output-file requirements/audit.lock -
