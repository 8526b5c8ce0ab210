#!/bin/sh
# Tells the desktop that menu entry, icons or file type have changed; where a tool is missing, the
# desktop looks for itself. For a package these are its scripts after installing and removing.
set -e

update() {
    if command -v update-desktop-database >/dev/null 2>&1; then
        update-desktop-database -q "$1/applications" || true
    fi
    if command -v update-mime-database >/dev/null 2>&1 && [ -d "$1/mime/packages" ]; then
        update-mime-database "$1/mime" >/dev/null 2>&1 || true
    fi
    if command -v gtk-update-icon-cache >/dev/null 2>&1 && [ -f "$1/icons/hicolor/index.theme" ]
    then
        gtk-update-icon-cache -q -t -f "$1/icons/hicolor" || true
    fi
}

update /usr/share
