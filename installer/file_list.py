"""Writes the list of files that the self-test compares, into the folder that is named."""

from __future__ import annotations

import sys
from pathlib import Path

from core.base.installation import LIST_NAME, write_list


def main() -> None:
    """Write the list of one folder."""
    folder = Path(sys.argv[1])
    print(f"{len(write_list(folder)):,} files are listed in {folder / LIST_NAME}.")


if __name__ == "__main__":
    main()
