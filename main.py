"""Start CLIP Color Lab: ``python main.py [document]``, or a command: ``python main.py run …``."""

import multiprocessing
import os
import sys

from core import commands
from core.base import console


def main() -> int:
    """Run a command, the self-test or the window; the result is the exit status."""
    console.fill_empty_places()
    if commands.asked_for(sys.argv[1:]):  # works where Qt is not installed
        return commands.main(sys.argv[1:])
    from gui.app import command_line, native_order

    options = command_line.parse(sys.argv[1:])
    if options.self_test:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        from gui.app.self_test_report import installation_is_whole

        if not installation_is_whole():
            return 1
    elif command_line.lacks_display(sys.platform, os.environ):
        command_line.write_error(command_line.NO_DISPLAY)
        return 2
    native_order.preload_native_libraries(sys.platform)
    from gui.app import self_test, start

    return self_test.run(options) if options.self_test else start.run(options)


if __name__ == "__main__":
    # An installed program starts its helpers by starting itself; here they turn off (R53).
    multiprocessing.freeze_support()
    sys.exit(main())
