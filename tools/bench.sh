#!/bin/sh
# Runs every benchmark; each prints a table and one line of JSON, and exits 1 if it misses a bar.
cd "$(dirname "$0")/.." || exit 1
status=0
for file in benchmarks/*.py; do
    case "$file" in */_*) continue ;; esac
    [ -e "$file" ] || { echo "There are no benchmarks."; exit 1; }
    echo "== $file"
    QT_QPA_PLATFORM=offscreen .venv/bin/python "$file" || status=1
done
exit $status
