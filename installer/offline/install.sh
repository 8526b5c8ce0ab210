#!/bin/sh
# Installs CLIP Color Lab from this folder, without a network:
#   sh install.sh [--to FOLDER] [--no-menu] [--remove]
set -eu
umask 022

NAME=clip-color-lab
MARK=.$NAME-installation
HERE=$(cd "$(dirname "$0")" && pwd)
SHARE=${XDG_DATA_HOME:-$HOME/.local/share}
TO=$HOME/.local/lib/$NAME
MENU=yes
REMOVE=no

fail() {
    echo "$1" >&2
    exit 1
}

while [ $# -gt 0 ]; do
    case $1 in
        --to) [ $# -ge 2 ] || fail "--to needs a folder."; TO=$2; shift ;;
        --to=*) TO=${1#--to=} ;;
        --no-menu) MENU=no ;;
        --remove) REMOVE=yes ;;
        -h | --help)
            echo "Installs CLIP Color Lab from this folder for you alone; no root, no network."
            echo "  --to FOLDER  where to (default: $TO)"
            echo "  --no-menu    make no menu entry, icon and file type"
            echo "  --remove     remove what was installed there; documents and models stay"
            exit 0 ;;
        *) fail "$1 is no option; see --help." ;;
    esac
    shift
done
case $TO in /*) ;; *) TO=$PWD/$TO ;; esac

. "$HERE/program/installer/linux/menu-functions.sh"

if [ $REMOVE = yes ]; then
    [ -f "$TO/$MARK" ] || fail "There is no installation of CLIP Color Lab in $TO."
    remove_menu_files "$HERE/share" "$SHARE"
    rm -rf "$TO"
    echo "CLIP Color Lab was removed from $TO; your documents, models and preferences stay."
    exit 0
fi

[ -f "$HERE/SHA256SUMS" ] || fail "This folder is not complete: the list SHA256SUMS is missing."
echo "Checking the files of this folder ..."
if command -v sha256sum >/dev/null 2>&1; then
    check="sha256sum"
else
    check="shasum -a 256" # macOS
fi
bad=$(cd "$HERE" && LC_ALL=C $check -c SHA256SUMS 2>/dev/null | grep -v ': OK$' || true)
[ -z "$bad" ] || fail "These files are missing or damaged; copy the folder again:
$bad"

VERSION=$(cat "$HERE/python-version")
PYTHON=
for candidate in "${PYTHON_PROGRAM:-python$VERSION}" "python$VERSION" python3 python; do
    if command -v "$candidate" >/dev/null 2>&1 && "$candidate" -c "
import sys, venv, ensurepip
sys.exit('%d.%d' % sys.version_info[:2] != '$VERSION')" 2>/dev/null; then
        PYTHON=$candidate
        break
    fi
done
[ -n "$PYTHON" ] ||
    fail "Python $VERSION with its venv module is needed, as on the computer that made this folder."

if [ -e "$TO" ] && [ ! -f "$TO/$MARK" ]; then
    [ -z "$(ls -A "$TO")" ] || fail "$TO holds something else; choose another folder with --to."
fi
parent=$(dirname "$TO")
mkdir -p "$parent" 2>/dev/null || fail "The folder $parent cannot be made."
[ -w "$parent" ] || fail "The folder $parent cannot be written; choose another one with --to."

# An environment cannot be moved, so the old one steps aside and comes back if this does not end well.
old=$TO.old
rm -rf "$old"
[ ! -e "$TO" ] || mv "$TO" "$old"
undo() {
    rm -rf "$TO"
    [ ! -e "$old" ] || mv "$old" "$TO"
}
trap undo EXIT
trap 'exit 130' INT TERM

echo "Copying the program to $TO ..."
cp -R "$HERE/program" "$TO"
echo "Installing the packages ..."
"$PYTHON" -m venv "$TO/.venv" || fail "The environment could not be made."
# Nothing of the user's own settings of pip may send it to a network or change what it installs.
for name in $(env | sed -n 's/^\(PIP_[A-Z_]*\)=.*/\1/p'); do unset "$name"; done
env PIP_CONFIG_FILE=/dev/null "$TO/.venv/bin/python" -m pip install --quiet --no-input \
    --disable-pip-version-check --no-cache-dir --only-binary :all: \
    --no-index --find-links "$HERE/wheels" \
    --constraint "$TO/constraints.txt" --requirement "$TO/requirements.txt" ||
    fail "The packages could not be installed; pip's message is above."

if [ "$(uname)" = Linux ] && ! "$TO/.venv/bin/python" -c "
import sys
sys.path.insert(0, sys.argv[1])
import system_libraries
sys.exit(system_libraries.report())" "$TO/tools"; then
    fail "The system lacks libraries, named above; install them and run this again."
fi

# So that make in the installed folder does not prepare it again.
(cd "$TO" && .venv/bin/python -c "
import json, sys
sys.path.insert(0, 'tools')
import set_up
set_up.STAMP.write_text(json.dumps(set_up.wanted_stamp(False)), encoding='utf-8')")

models=$(cd "$TO" && .venv/bin/python -c "
from core.models.files.catalog import models_dir
print(models_dir())")
for file in "$HERE/models"/*; do
    [ -f "$file" ] || continue
    if ! cmp -s "$file" "$models/$(basename "$file")"; then
        cp "$file" "$models/.incoming" && mv "$models/.incoming" "$models/$(basename "$file")"
    fi
done

# The interpreter is named in full: the starter works from any folder and any menu.
{
    echo '#!/bin/sh'
    echo 'here=$(dirname "$(readlink -f "$0")")'
    echo 'exec "$here/.venv/bin/python" "$here/main.py" "$@"'
} >"$TO/$NAME"
chmod 755 "$TO/$NAME"

echo "Testing what was installed ..."
"$TO/$NAME" --self-test >"$TO/self-test.txt" 2>&1 || fail "$(cat "$TO/self-test.txt")"
tail -n 1 "$TO/self-test.txt"

: >"$TO/$MARK"
trap - EXIT
rm -rf "$old"
[ $MENU = no ] || add_menu_files "$HERE/share" "$SHARE" "$TO/$NAME"
echo "CLIP Color Lab is installed. Start it from the menu, or with: $TO/$NAME"
