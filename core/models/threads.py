"""How many processor threads torch may use; the one place that says so."""

from __future__ import annotations

import threading

import torch

_guard = threading.Lock()
_own_choice: int | None = None


def limit_threads(threads: int) -> None:
    """Limit the processor threads of what the present thread asks of torch; 0 is its own choice.

    torch keeps the number for each thread, and gives a new thread the last one that any was given.
    So its own choice has to be asked for once, before the first limit.
    """
    global _own_choice
    with _guard:
        if _own_choice is None:
            _own_choice = torch.get_num_threads()
    torch.set_num_threads(threads or _own_choice)
