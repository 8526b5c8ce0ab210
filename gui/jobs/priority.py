"""The share of the processor that threads beside the window have."""

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


def limit_torch(threads: int) -> None:
    """Limit the threads that torch uses for the present thread; it comes with the first model.

    Parameters
    ----------
    threads : int
        0 leaves the choice to torch.
    """
    if "torch" in sys.modules:
        from core.models.threads import limit_threads  # waits for whoever is importing torch

        limit_threads(threads)
