#!/bin/sh
# Prepares .venv; does nothing when it is up to date. Options are those of tools/set_up.py.
set -eu
cd "$(dirname "$0")/.."

if [ -x .venv/bin/python ] && .venv/bin/python -E -S tools/set_up.py --up-to-date "$@" 2>/dev/null
then
    exit 0
fi

suitable() {
    command -v "$1" >/dev/null 2>&1 &&
        "$1" -c "import sys, $2; sys.exit(not (3, 11) <= sys.version_info < (3, 15))" 2>/dev/null
}

# First a Python that can make environments; failing that, one that lacks only that part.
for needed in "venv, ensurepip" venv; do
    for candidate in "${PYTHON:-python3.11}" python3.11 python3.12 python3.13 python3.14 python3 python
    do
        if suitable "$candidate" "$needed"; then
            exec "$candidate" tools/set_up.py "$@"
        fi
    done
done

if [ "${1:-}" != --after-installing ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    echo "No Python 3.11 or newer was found; installing python3 and python3-venv."
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq python3 python3-venv; } </dev/null >/dev/null || true
    exec sh tools/setup.sh --after-installing "$@"
fi
echo "CLIP Color Lab needs Python 3.11, 3.12, 3.13 or 3.14, and none was found on the PATH." >&2
echo "Install one, or name it: make run PYTHON=/path/to/python3" >&2
exit 1
