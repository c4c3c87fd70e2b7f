#!/bin/sh
# Writes the hash-pinned lock files from pyproject.toml; called by ./dev lock, arguments go to uv (--upgrade, say).
# The files name no package index, so they hold behind any mirror.
set -eu
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q --disable-pip-version-check uv

# A fixed command for the header: the real one could hold an index address.
compile() {
    "$work/venv/bin/uv" pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --custom-compile-command './dev lock' "$@"
}

compile "$@" -o requirements/base.txt
compile "$@" --extra postgres -c requirements/base.txt -o requirements/postgres.txt
compile "$@" --all-extras --group dev -c requirements/postgres.txt -o requirements/dev.txt

if grep -nE '[a-z]+://|^-|file:' requirements/*.txt; then
    echo "lock: the lines above name a place to download from; the lock files must not." >&2
    exit 1
fi
