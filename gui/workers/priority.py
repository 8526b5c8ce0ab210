"""The priority of threads that work beside the window."""

from __future__ import annotations

import logging
import os
import sys
import threading

log = logging.getLogger(__name__)


def lower_priority(niceness: int) -> None:
    """Let the present thread stand back; threads that it starts inherit that (Linux).

    Parameters
    ----------
    niceness : int
        0 for not at all, 19 for behind everything else.
    """
    if sys.platform == "linux":
        try:
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
        except OSError as error:  # a container may forbid it; the lab works all the same
            log.info("a thread keeps its priority: %s", error)
