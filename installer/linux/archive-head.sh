#!/bin/sh
# Installs CLIP Color Lab @VERSION@: sh THIS_FILE [--to FOLDER] [--no-menu] [--remove]
# The program follows this script in the same file, as an archive compressed with zstd.
set -eu

NAME=clip-color-lab
MARK=.$NAME-installation
SHARE=${XDG_DATA_HOME:-$HOME/.local/share}
TO=${HOME}/.local/lib/$NAME
NEEDED=@MEGABYTES@
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
            echo "Installs CLIP Color Lab @VERSION@ ($NEEDED MB) for you alone; no root needed."
            echo "  --to FOLDER  where to (default: $TO)"
            echo "  --no-menu    make no menu entry, icon and file type"
            echo "  --remove     remove what an earlier run installed there; documents stay"
            exit 0 ;;
        *) fail "$1 is no option; see --help." ;;
    esac
    shift
done
case $TO in /*) ;; *) TO=$PWD/$TO ;; esac

@MENU_FUNCTIONS@

if [ $REMOVE = yes ]; then
    [ -f "$TO/$MARK" ] || fail "There is no installation of CLIP Color Lab in $TO."
    remove_menu_files "$TO/share" "$SHARE"
    rm -rf "$TO"
    echo "CLIP Color Lab was removed from $TO; your documents and preferences stay."
    exit 0
fi

command -v zstd >/dev/null 2>&1 ||
    fail "Unpacking needs the program zstd; install the package of that name and run this again."
if [ -e "$TO" ] && [ ! -f "$TO/$MARK" ]; then
    [ -z "$(ls -A "$TO")" ] || fail "$TO holds something else; choose another folder with --to."
fi
parent=$(dirname "$TO")
mkdir -p "$parent" 2>/dev/null || fail "The folder $parent cannot be made."
[ -w "$parent" ] || fail "The folder $parent cannot be written; choose another one with --to."
free=$(df -Pk "$parent" | awk 'NR == 2 { print int($4 / 1000) }')
[ "$free" -ge "$NEEDED" ] ||
    fail "$parent has $free MB free, and CLIP Color Lab takes $NEEDED MB."

payload() {
    tail -n +@FIRST_LINE@ "$0"
}

if command -v sha256sum >/dev/null 2>&1; then
    found=$(payload | sha256sum | cut -d ' ' -f 1)
    [ "$found" = @SHA256@ ] || fail "This file is damaged; get it again."
fi

# Unpacked beside the old one, which is replaced only when all is there.
new=$TO.new
rm -rf "$new"
trap 'rm -rf "$new"' EXIT
trap 'exit 130' INT TERM
mkdir -p "$new"
echo "Unpacking into $TO ..."
payload | zstd -dc | tar -x -C "$new" || fail "Unpacking failed; is the disk full?"
mv "$new/share" "$new/$NAME/share"
: >"$new/$NAME/$MARK"
rm -rf "$TO"
mv "$new/$NAME" "$TO"
rm -rf "$new"
trap - EXIT

[ $MENU = no ] || add_menu_files "$TO/share" "$SHARE" "$TO/$NAME"
echo "CLIP Color Lab @VERSION@ is installed. Start it from the menu, or with: $TO/$NAME"
echo "To remove it: sh $0 --remove --to $TO"
exit 0
