"""Start CLIP Color Lab: ``python main.py [document] [--model REF] [--self-test]``."""

from __future__ import annotations

import os
import sys

from gui.command_line import NO_DISPLAY, lacks_display, parse, write_error
from gui.native_order import preload_native_libraries


def main() -> int:
    """Run the window or the self-test; the result is the exit status."""
    options = parse(sys.argv[1:])
    if options.self_test:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    elif lacks_display(sys.platform, os.environ):
        write_error(NO_DISPLAY)
        return 2
    preload_native_libraries(sys.platform)
    from gui import app, self_test

    return self_test.run(options) if options.self_test else app.run(options)


if __name__ == "__main__":
    sys.exit(main())
