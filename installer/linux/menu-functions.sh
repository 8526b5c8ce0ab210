# Menu entry, icons and file type for one user. Read in by scripts that set NAME.
# shellcheck shell=sh disable=SC2154

update_databases() {
    ! command -v update-desktop-database >/dev/null 2>&1 ||
        update-desktop-database -q "$1/applications" 2>/dev/null || true
    ! command -v update-mime-database >/dev/null 2>&1 ||
        update-mime-database "$1/mime" >/dev/null 2>&1 || true
}

menu_files() {
    (cd "$1" && find . -name "$NAME.*" -type f)
}

# add_menu_files FROM SHARE PROGRAM
add_menu_files() {
    # Inside quotes a few signs get a backslash; then every backslash of the line is doubled.
    quoted=$(printf '%s' "$3" | sed 's/[\\"$`]/\\&/g; s/\\/\\\\/g; s/%/%%/g')
    escaped=$(printf '"%s"' "$quoted" | sed 's/[\\&|]/\\&/g')
    menu_files "$1" | while IFS= read -r file; do
        mkdir -p "$2/$(dirname "$file")"
        case $file in
            *.desktop)
                sed "s|^Exec=@PROGRAM@|Exec=$escaped|; /^TryExec=/d" "$1/$file" >"$2/$file" ;;
            *) cp "$1/$file" "$2/$file" ;;
        esac
    done
    update_databases "$2"
}

# remove_menu_files FROM SHARE
remove_menu_files() {
    [ -d "$1" ] || return 0
    menu_files "$1" | while IFS= read -r file; do rm -f "$2/$file"; done
    update_databases "$2"
}
