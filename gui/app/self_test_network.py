"""Keeps the self-test off the network, and remembers what tried to reach it (R06).

Connecting and looking names up raise while the checks run, as they would on a computer without a
network, only at once. A library may swallow that, so each attempt is also kept.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from typing import Any, Self

_INTERNET = (socket.AF_INET, socket.AF_INET6)
_HERE = ("127.0.0.1", "::1")


class NetworkRefused(OSError):
    """Something wanted to reach the network during the self-test."""


class NoNetwork:
    """A context in which nothing of this process reaches the network.

    Attributes
    ----------
    attempts : list of str
        What was tried, in words.
    """

    def __init__(self) -> None:
        self.attempts: list[str] = []
        self._before: list[tuple[Any, str, Any]] = []

    def __enter__(self) -> Self:
        for name in ("connect", "connect_ex"):
            self._replace(socket.socket, name, self._guarded)
        for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "create_connection"):
            self._replace(socket, name, self._refusing)
        return self

    def __exit__(self, *_raised: object) -> None:
        while self._before:
            owner, name, function = self._before.pop()
            setattr(owner, name, function)

    def _replace(self, owner: Any, name: str, make: Callable[[str, Any], Any]) -> None:
        function = getattr(owner, name)
        self._before.append((owner, name, function))
        setattr(owner, name, make(name, function))

    def _guarded(self, name: str, function: Any) -> Any:
        def connect(this: socket.socket, address: Any) -> Any:
            # Windows has no pairs of sockets; Python makes them over the computer itself.
            pair = sys.platform == "win32" and address[0] in _HERE
            if this.family in _INTERNET and not pair:
                self._refuse(name, address[0])
            return function(this, address)

        return connect

    def _refusing(self, name: str, _function: Any) -> Any:
        def refuse(host: Any, *_rest: Any, **_named: Any) -> None:
            self._refuse(name, host)

        return refuse

    def _refuse(self, name: str, host: Any) -> None:
        self.attempts.append(f"{name} {host!r}")
        raise NetworkRefused(f"The self-test uses no network, but something asked for {host!r}.")
