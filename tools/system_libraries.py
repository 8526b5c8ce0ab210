"""Sees to the system libraries that Qt needs on Linux. Runs inside ``.venv``.

Qt's own files are asked, through the dynamic linker, which libraries they miss. What is missing is
installed where that needs no password; otherwise it is named, with the commands that install it.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from system_packages import install_with_apt

# Library → its package with apt, dnf and pacman.
PACKAGES: dict[str, tuple[str, str, str]] = {
    "libEGL.so.1": ("libegl1", "libglvnd-egl", "libglvnd"),
    "libGL.so.1": ("libgl1", "libglvnd-glx", "libglvnd"),
    "libGLX.so.0": ("libglx0", "libglvnd-glx", "libglvnd"),
    "libGLdispatch.so.0": ("libglvnd0", "libglvnd", "libglvnd"),
    "libOpenGL.so.0": ("libopengl0", "libglvnd-opengl", "libglvnd"),
    "libX11.so.6": ("libx11-6", "libX11", "libx11"),
    "libX11-xcb.so.1": ("libx11-xcb1", "libX11-xcb", "libx11"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs", "dbus"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig", "fontconfig"),
    "libfreetype.so.6": ("libfreetype6", "freetype", "freetype2"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2", "glib2"),
    "libgthread-2.0.so.0": ("libglib2.0-0", "glib2", "glib2"),
    "libgomp.so.1": ("libgomp1", "libgomp", "gcc-libs"),
    "libstdc++.so.6": ("libstdc++6", "libstdc++", "gcc-libs"),
    "libz.so.1": ("zlib1g", "zlib", "zlib"),
    "libzstd.so.1": ("libzstd1", "libzstd", "zstd"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon", "libxkbcommon"),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
    "libxcb.so.1": ("libxcb1", "libxcb", "libxcb"),
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    "libxcb-glx.so.0": ("libxcb-glx0", "libxcb", "libxcb"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image", "xcb-util-image"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    "libxcb-randr.so.0": ("libxcb-randr0", "libxcb", "libxcb"),
    "libxcb-render.so.0": ("libxcb-render0", "libxcb", "libxcb"),
    "libxcb-render-util.so.0": (
        "libxcb-render-util0",
        "xcb-util-renderutil",
        "xcb-util-renderutil",
    ),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb", "libxcb"),
    "libxcb-shm.so.0": ("libxcb-shm0", "libxcb", "libxcb"),
    "libxcb-sync.so.1": ("libxcb-sync1", "libxcb", "libxcb"),
    "libxcb-util.so.1": ("libxcb-util1", "xcb-util", "xcb-util"),
    "libxcb-xfixes.so.0": ("libxcb-xfixes0", "libxcb", "libxcb"),
    "libxcb-xinerama.so.0": ("libxcb-xinerama0", "libxcb", "libxcb"),
    "libxcb-xkb.so.1": ("libxcb-xkb1", "libxcb", "libxcb"),
    "libwayland-client.so.0": ("libwayland-client0", "libwayland-client", "wayland"),
    "libwayland-cursor.so.0": ("libwayland-cursor0", "libwayland-cursor", "wayland"),
    "libwayland-egl.so.1": ("libwayland-egl1", "libwayland-egl", "wayland"),
}
MANAGERS = (
    ("apt-get", "sudo apt-get install"),
    ("dnf", "sudo dnf install"),
    ("pacman", "sudo pacman -S"),
)
TEST_PROGRAMS = {"Xvfb": "xvfb", "xdotool": "xdotool"}  # program → its package with apt

ALWAYS = ("lib/libQt6Widgets.so.6", "lib/libQt6Svg.so.6", "plugins/platforms/libqoffscreen.so")
X11 = (
    "plugins/platforms/libqxcb.so",
    "plugins/xcbglintegrations/libqxcb-glx-integration.so",
    "plugins/xcbglintegrations/libqxcb-egl-integration.so",
)
WAYLAND = ("plugins/platforms/libqwayland.so",)


def main() -> int:
    """Check, install what can be installed, report the rest; 1 if Qt cannot work at all."""
    if not sys.platform.startswith("linux"):
        return 0
    programs = TEST_PROGRAMS if "--with-tests" in sys.argv else {}
    libraries = missing(ALWAYS) | missing(X11) | missing(WAYLAND)
    absent = {name for name in programs if shutil.which(name) is None}
    if libraries or absent:
        packages = {PACKAGES[name][0] for name in libraries if name in PACKAGES}
        install_with_apt(sorted(packages | {TEST_PROGRAMS[name] for name in absent}))
    for name in sorted(name for name in absent if shutil.which(name) is None):
        print(f"Note: {name} is not installed; the tests that need a real X server are skipped.")
    return report()


def report() -> int:
    """Name what is still missing; 1 if neither X11 nor Wayland nor offscreen could work."""
    always, x11, wayland = missing(ALWAYS), missing(X11), missing(WAYLAND)
    for names, what in (
        (always, "Qt cannot start"),
        (x11, "Windows cannot be shown on X11"),
        (wayland, "Windows cannot be shown on Wayland directly"),
    ):
        if names:
            print(f"{what}: the system lacks {', '.join(sorted(names))}.", file=sys.stderr)
    lacking = always | x11 | (wayland if os.environ.get("WAYLAND_DISPLAY") else set())
    if lacking:
        print(advice(lacking), file=sys.stderr)
    on_x11, on_wayland = (bool(os.environ.get(name)) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    no_window = (on_x11 or on_wayland) and not (
        (on_x11 and not x11) or (on_wayland and not wayland)
    )
    return 1 if always or no_window else 0


def missing(files: tuple[str, ...]) -> set[str]:
    """Names of the libraries that some files of Qt need and the linker does not find."""
    names = set()
    for file in files:
        path = qt_folder() / file
        if not path.exists():
            continue
        try:
            done = subprocess.run(["ldd", str(path)], check=False, capture_output=True, text=True)
        except FileNotFoundError:  # no ldd, nothing to learn
            continue
        for line in done.stdout.splitlines():
            name, arrow, target = line.strip().partition(" => ")
            if arrow and target.startswith("not found") and not name.startswith("libQt6"):
                names.add(name)
    return names


def advice(names: set[str]) -> str:
    """The command that installs the libraries, for the package managers found here."""
    found = [index for index, (program, _) in enumerate(MANAGERS) if shutil.which(program)]
    lines = []
    for index in found or range(len(MANAGERS)):
        packages = sorted({PACKAGES[name][index] for name in names if name in PACKAGES})
        if packages:
            lines.append(f"  {MANAGERS[index][1]} {' '.join(packages)}")
    if unknown := sorted(names - PACKAGES.keys()):
        lines.append(f"  (with your package manager: what provides {', '.join(unknown)})")
    return "\n".join(["Install them with:", *lines])


def qt_folder() -> Path:
    """The folder of Qt's own files in this environment."""
    found = importlib.util.find_spec("PySide6")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("PySide6 is not installed.")
    return Path(found.submodule_search_locations[0]) / "Qt"


if __name__ == "__main__":
    sys.exit(main())
