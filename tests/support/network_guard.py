"""Refuses every network connection while tests run, and remembers the attempts (R06).

Code may swallow the refusal, so each attempt is also kept in `ATTEMPTS`, and the test that made it
fails at its end. Loopback addresses can be allowed for a while; local sockets that are files always
are, since the window system and threads talk through them.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from typing import Any

ATTEMPTS: list[str] = []
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
LOG_VARIABLE = "NETWORK_GUARD_LOG"
OWNER_VARIABLE = "NETWORK_GUARD_OWNER"  # the process of the tests themselves

_loopback_allowed = False


class NetworkRefusedError(OSError):
    """A connection was attempted where none may be."""


def install() -> None:
    """Put the guard in place; a second call changes nothing."""
    if getattr(socket, "_guarded", False):
        return
    socket._guarded = True  # type: ignore[attr-defined]
    real_connect, real_connect_ex = socket.socket.connect, socket.socket.connect_ex
    real_sendto, real_getaddrinfo = socket.socket.sendto, socket.getaddrinfo

    def connect(self: socket.socket, address: Any) -> None:
        _check(self.family, address, "connect")
        real_connect(self, address)

    def connect_ex(self: socket.socket, address: Any) -> int:
        _check(self.family, address, "connect")
        return real_connect_ex(self, address)

    def sendto(self: socket.socket, data: Any, *rest: Any) -> int:
        _check(self.family, rest[-1], "send")
        return real_sendto(self, data, *rest)

    def getaddrinfo(host: Any, *rest: Any, **named: Any) -> Any:
        _check(socket.AF_INET, (host,), "look up")
        return real_getaddrinfo(host, *rest, **named)

    socket.socket.connect = connect  # type: ignore[method-assign]
    socket.socket.connect_ex = connect_ex  # type: ignore[method-assign]
    socket.socket.sendto = sendto  # type: ignore[method-assign, assignment]
    socket.getaddrinfo = getaddrinfo


@contextlib.contextmanager
def loopback() -> Iterator[None]:
    """Allow connections to this computer itself."""
    global _loopback_allowed
    _loopback_allowed = True
    try:
        yield
    finally:
        _loopback_allowed = False


def take_attempts() -> list[str]:
    """The attempts since the last call, in words."""
    attempts = list(ATTEMPTS)
    ATTEMPTS.clear()
    return attempts


def _check(family: int, address: Any, what: str) -> None:
    if family not in (socket.AF_INET, socket.AF_INET6):
        return
    host = address[0]
    if _loopback_allowed and host in LOOPBACK:
        return
    attempt = f"{what} {host!r}"
    ATTEMPTS.append(attempt)
    log = os.environ.get(LOG_VARIABLE)
    if log and os.environ.get(OWNER_VARIABLE) != str(os.getpid()):
        with open(log, "a", encoding="utf-8") as file:  # noqa: PTH123 - runs at interpreter start
            file.write(f"{attempt} in process {os.getpid()}\n")
    raise NetworkRefusedError(f"Tests may not use the network, but something tried to {attempt}.")
