"""Python runs this at start in every process of a test: puts the network guard in place."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
try:
    import network_guard
finally:
    del sys.path[0]

network_guard.install()
