#!/bin/sh
# Says which parts of `make test` passed; fails unless all did.
# Usage: test_summary.sh FOLDER PART...; the folder holds a file for each part that passed.
folder=$1
shift
passed= failed=
for part in "$@"; do
    if [ -e "$folder/$part" ]; then passed="$passed $part"; else failed="$failed $part"; fi
done
echo "== passed:${passed:- nothing}"
[ -z "$failed" ] || { echo "== FAILED:$failed"; exit 1; }
