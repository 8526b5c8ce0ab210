#!/bin/sh
# Checks the Linux installers in a clean root of Debian: installed, run by an ordinary user without a
# network, upgraded, removed. Needs root, debootstrap, and both installers in dist.
#
#   sh installer/check_deb.sh [deb] [archive] [offline]     without a word: deb and archive
#
# "offline" installs the offline folder that OFFLINE names (default: dist/offline).
# The clean root has nothing but Debian's smallest system and what the package itself asks for.
set -eu
cd "$(dirname "$0")/.."

SUITE=${SUITE:-bookworm}
NAME=clip-color-lab
WORK=$PWD/build/installer-check
BASE=$WORK/base
ROOT=$WORK/root
PACKAGES=$WORK/packages
PYTHON=${PYTHON:-.venv/bin/python}
OLD_VERSION=0.0.1
LEFTOVER=only-in-the-old-version

say() { echo "== $*"; }
fail() {
    echo "FAILED  $*" >&2
    exit 1
}

[ "$(id -u)" = 0 ] || fail "A clean root needs root: run this as root, for example with sudo."
command -v debootstrap >/dev/null || fail "debootstrap is needed; install the package of that name."

# A mount namespace of its own: whatever is mounted below goes with this script.
if [ "${IN_NAMESPACE:-}" != yes ]; then
    exec env IN_NAMESPACE=yes unshare --mount --propagation private sh "$0" "$@"
fi

inside() { chroot "$ROOT" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive ${http_proxy:+"http_proxy=$http_proxy"} "$@"; }
# The ordinary user has no network, whatever the computer has.
as_user() { unshare --net chroot "$ROOT" setpriv --reuid 1000 --regid 1000 --clear-groups \
    env -i PATH=/usr/bin:/bin LANG=C.UTF-8 HOME="$USER_HOME" OMP_NUM_THREADS=1 sh -c "$1"; }
hashes() { (cd "$ROOT$USER_HOME" && find . -path ./.cache -prune -o -path '*/log/*' -prune -o \
    -type f -print0 | sort -z | xargs -0 -r sha256sum); }

prepare_root() {
    if [ ! -e "$BASE/etc/debian_version" ]; then
        say "making a clean root of Debian $SUITE"
        debootstrap --variant=minbase "$SUITE" "$BASE" >"$WORK/debootstrap.log"
    fi
    rm -rf "$ROOT"
    cp -a "$BASE" "$ROOT"
    cp /etc/resolv.conf "$ROOT/etc/resolv.conf"
    mkdir -p "$ROOT/packages" "$ROOT/tmp/.X11-unix"
    mount -t proc proc "$ROOT/proc"
    mount --bind /dev "$ROOT/dev"
    mount -t tmpfs -o mode=1777 tmpfs "$ROOT/dev/shm"
    mount --bind "$PACKAGES" "$ROOT/packages"
    USER_HOME="/srv/Zoë"
    inside useradd --create-home --home-dir "$USER_HOME" --uid 1000 lab
    inside apt-get update -qq
}

self_test() {
    as_user "$1 --self-test --thorough" >"$WORK/self-test.txt" 2>&1 ||
        fail "$(cat "$WORK/self-test.txt")"
    tail -n 1 "$WORK/self-test.txt"
}

# Opens a document without a screen, and ends the program as a logout does.
open_document() {
    as_user "QT_QPA_PLATFORM=offscreen timeout --preserve-status --signal=TERM ${SECONDS_OPEN:-40} \
        $1 ~/study.colorlab" && status=0 || status=$?
    [ "$status" = 0 ] || fail "the program ended with status $status"
    grep -q "CLIP Color Lab .* starts" "$ROOT$USER_HOME"/.local/state/$NAME/log/*.log ||
        fail "the program kept no log in its user's home"
}

# Opens a real window, on an X server of this computer.
open_window() {
    if ! command -v Xvfb >/dev/null || ! command -v xdotool >/dev/null; then
        echo "Xvfb and xdotool are not installed: no window was looked at."
        return
    fi
    Xvfb :87 -ac -nolisten tcp -screen 0 1280x720x24 >/dev/null 2>&1 &
    server=$!
    mount --bind /tmp/.X11-unix "$ROOT/tmp/.X11-unix"
    as_user "DISPLAY=:87 exec timeout --signal=TERM 90 $1" &
    program=$!
    windows=0
    for _ in $(seq 80); do
        windows=$(DISPLAY=:87 xdotool search --onlyvisible --name "CLIP Color Lab" 2>/dev/null |
            wc -l)
        [ "$windows" = 0 ] || break
        sleep 1
    done
    sleep 5
    windows=$(DISPLAY=:87 xdotool search --onlyvisible --name "CLIP Color Lab" 2>/dev/null | wc -l)
    wait $program || true
    kill $server
    umount "$ROOT/tmp/.X11-unix"
    [ "$windows" = 1 ] || fail "$windows windows were open instead of one"
    echo "One window."
}

check_deb() {
    say "installing the older version"
    inside apt-get install -y -qq --no-install-recommends /packages/old.deb >"$WORK/apt.log" 2>&1 ||
        fail "$(tail -n 20 "$WORK/apt.log")"
    [ -e "$ROOT/usr/lib/$NAME/$LEFTOVER" ] || fail "the older version is not complete"
    inside apt-get install -y -qq --no-install-recommends shared-mime-info desktop-file-utils \
        >>"$WORK/apt.log" 2>&1
    grep -q 'x-clip-color-lab:\*.colorlab' "$ROOT/usr/share/mime/globs2" ||
        fail "the file type is unknown to the system"
    inside desktop-file-validate "/usr/share/applications/$NAME.desktop"
    cp tests/data/schema-1.colorlab "$ROOT$USER_HOME/study.colorlab"
    chown -R 1000:1000 "$ROOT$USER_HOME"
    say "self-test as an ordinary user without a network"
    self_test $NAME
    say "opening a document"
    open_document $NAME
    open_window $NAME
    mkdir -p "$ROOT$USER_HOME/.config/$NAME"
    printf 'theme = "dark"\n' >"$ROOT$USER_HOME/.config/$NAME/preferences.toml"
    chown -R 1000:1000 "$ROOT$USER_HOME/.config"
    hashes >"$WORK/home-before"

    say "upgrading"
    inside apt-get install -y -qq --no-install-recommends /packages/new.deb >"$WORK/apt.log" 2>&1 ||
        fail "$(tail -n 20 "$WORK/apt.log")"
    # shellcheck disable=SC2016
    version=$(inside dpkg-query -W -f '${Version}' $NAME)
    [ "$version" != $OLD_VERSION ] || fail "the older version is still there"
    [ ! -e "$ROOT/usr/lib/$NAME/$LEFTOVER" ] || fail "a file of the older version is left"
    hashes | cmp - "$WORK/home-before" || fail "upgrading changed something in a user's home"
    self_test $NAME
    open_document $NAME
    grep -q 'theme = "dark"' "$ROOT$USER_HOME/.config/$NAME/preferences.toml" ||
        fail "a setting was lost"
    hashes >"$WORK/home-before"

    say "removing"
    inside apt-get purge -y -qq $NAME >"$WORK/apt.log" 2>&1 || fail "$(cat "$WORK/apt.log")"
    left=$(find "$ROOT/usr" "$ROOT/etc" "$ROOT/var/lib/dpkg/info" -name "*$NAME*" 2>/dev/null)
    [ -z "$left" ] || fail "left behind: $left"
    ! grep -q colorlab "$ROOT/usr/share/mime/globs2" || fail "the file type is still known"
    hashes | cmp - "$WORK/home-before" || fail "removing changed something in a user's home"
    echo "Removed; $(wc -l <"$WORK/home-before") files of the user are as they were."
}

check_archive() {
    say "the archive that installs itself"
    folder="Programs/Color Lab"
    if [ ! -e "$ROOT/usr/bin/zstd" ]; then
        said=$(as_user "sh /packages/new.run" 2>&1) && fail "it installed without zstd"
        case $said in *zstd*) ;; *) fail "it does not say that zstd is missing: $said" ;; esac
    fi
    needed=$(sed -n 's/^Depends: libc6[^,]*, //p' "$WORK/control" | tr -d ',')
    # shellcheck disable=SC2086
    inside apt-get install -y -qq --no-install-recommends zstd $needed >"$WORK/apt.log" 2>&1
    as_user "mkdir -p ~/Programs && sh /packages/new.run --to ~/'$folder'" || fail "not installed"
    self_test "\"\$HOME/$folder/$NAME\""
    grep -q "$folder/$NAME" "$ROOT$USER_HOME/.local/share/applications/$NAME.desktop" ||
        fail "there is no menu entry"
    as_user "sh /packages/new.run --to ~/'$folder'" || fail "not installed over itself"
    as_user "sh /packages/new.run --remove --to ~/'$folder'" || fail "not removed"
    [ ! -e "$ROOT$USER_HOME/$folder" ] || fail "the program is still there"
    [ -z "$(find "$ROOT$USER_HOME/.local/share" -name "$NAME.*")" ] || fail "the menu entry is left"
    [ -e "$ROOT$USER_HOME/study.colorlab" ] || fail "a document is gone"
}

check_offline() {
    say "the offline folder"
    mkdir -p "$ROOT/offline"
    mount --bind "$OFFLINE" "$ROOT/offline"
    # What a workstation has: Python, and the libraries that the script would otherwise name.
    needed=$(python3 -c "
import sys
sys.path.insert(0, 'tools')
from system_libraries import PACKAGES
print(*sorted({names[0] for names in PACKAGES.values()}))")
    # shellcheck disable=SC2086
    inside apt-get install -y -qq --no-install-recommends python3 python3-venv $needed \
        >"$WORK/apt.log" 2>&1 || fail "$(tail -n 20 "$WORK/apt.log")"
    folder="Programs/Color Lab"
    as_user "mkdir -p ~/Programs && sh /offline/install.sh --to ~/'$folder'" || fail "not installed"
    self_test "\"\$HOME/$folder/$NAME\""
    grep -q "$folder/$NAME" "$ROOT$USER_HOME/.local/share/applications/$NAME.desktop" ||
        fail "there is no menu entry"
    as_user "sh /offline/install.sh --remove --to ~/'$folder'" || fail "not removed"
    [ ! -e "$ROOT$USER_HOME/$folder" ] || fail "the program is still there"
    umount "$ROOT/offline"
}

mkdir -p "$PACKAGES"
parts=${*:-deb archive}
OFFLINE=${OFFLINE:-$PWD/dist/offline}
# The names are the build's own.
# shellcheck disable=SC2012
new=$(ls -t dist/${NAME}_*.deb 2>/dev/null | head -n 1)
# shellcheck disable=SC2012
run=$(ls -t dist/${NAME}_*.run 2>/dev/null | head -n 1)
if [ "$parts" != offline ]; then
    [ -n "$new" ] || fail "There is no .deb in dist; run make installer first."
    ln -f "$new" "$PACKAGES/new.deb"
    dpkg-deb --field "$new" >"$WORK/control"
fi
case " $parts " in
    *" deb "*)
        say "making an older version"
        PYTHONPATH=$PWD $PYTHON -m installer.deb --version $OLD_VERSION --add $LEFTOVER \
            --level 1 --out "$PACKAGES/old.deb"
        prepare_root
        check_deb ;;
    *) prepare_root ;;
esac
case " $parts " in
    *" archive "*)
        [ -n "$run" ] || fail "There is no archive in dist; run make installer first."
        ln -f "$run" "$PACKAGES/new.run"
        check_archive ;;
esac
case " $parts " in
    *" offline "*) check_offline ;;
esac
umount "$ROOT/packages" "$ROOT/dev/shm" "$ROOT/dev" "$ROOT/proc"
rm -rf "$ROOT" "$PACKAGES"
say "The installers pass in a clean root of Debian $SUITE."
