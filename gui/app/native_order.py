"""The order in which native libraries are loaded (R54).

On Windows, torch's libraries fail to load once Qt has put its own folder first on the search path,
so torch comes first there. Elsewhere torch waits until the window shows.
"""

from __future__ import annotations

import importlib


def preload_native_libraries(platform: str) -> bool:
    """Import torch now where it has to precede Qt; True if it was."""
    if platform != "win32":
        return False
    importlib.import_module("torch")
    return True
