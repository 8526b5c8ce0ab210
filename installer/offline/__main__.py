"""``make offline-folder DIR=FOLDER MODELS="RN50:openai …"``, on a computer with a network.

Collects all that a computer without a network needs into one folder. There, ``sh install.sh`` (or
``install.ps1`` on Windows) installs from it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from core.base.errors import LabError
from core.models.files.events import size_text
from installer.icons import draw_icons
from installer.menu import write_menu_files
from installer.offline.folder import (
    add_models,
    add_packages,
    add_program,
    add_scripts,
    begin,
    write_hashes,
)
from installer.offline.models import download_with_words, files_of


def main(arguments: list[str] | None = None) -> int:
    """Prepare the folder; the result is the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m installer.offline", description=__doc__.splitlines()[2]
    )
    parser.add_argument("folder", type=Path, help="folder to fill; new, or from an earlier time")
    parser.add_argument(
        "--models", nargs="+", default=[], metavar="MODEL",
        help="models to take along: ids such as RN50:openai, or files of weights",
    )  # fmt: skip
    parser.add_argument(
        "--download", action="store_true", help="download models that are not on this computer"
    )
    options = parser.parse_args(arguments)
    folder: Path = options.folder.absolute()
    try:
        # What may be wrong is found before the long work begins.
        models = files_of(options.models, download_with_words if options.download else None)
        begin(folder)
        print(f"Program: {add_program(folder)} files.", flush=True)
        print("Packages: pip downloads them now ...", flush=True)
        print(f"Packages: {add_packages(folder)}.", flush=True)
        add_models(folder, models)
        print(f"Models: {', '.join(models) or 'none but the embedded one'}.", flush=True)
        draw_icons()
        write_menu_files(folder / "share", None)
        add_scripts(folder)
        count = write_hashes(folder)
    except (LabError, OSError) as error:
        print(f"Stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; the same command resumes it.", file=sys.stderr)
        return 130
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder} is complete: {count} files, {size_text(size)}. On the workstation: ")
    print("  sh install.sh    (Windows: powershell -ExecutionPolicy Bypass -File install.ps1)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
