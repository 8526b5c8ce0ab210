"""One request for a file over HTTP, in a thread of its own, so that waiting can always be given up.

A thread that waits for a server cannot be interrupted. Here it never has to be: whoever reads takes
what came within a fraction of a second, and on cancelling the connection is shut down under the
thread's hands. It holds no file and changes nothing, so that its end needs no waiting for.
"""

from __future__ import annotations

import contextlib
import http.client
import queue
import socket
import ssl
import threading
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from core.version import VERSION

PIECE_BYTES = 2**16
MAX_REDIRECTS = 6
_REDIRECTS = (301, 302, 303, 307, 308)


class Reply(NamedTuple):
    """What the server said before the file itself.

    Attributes
    ----------
    status : int
    headers : mapping of str to str
        Lower-case names; those of redirections are kept where the last answer lacks them, because
        a hub states size and hash in the answer that points elsewhere.
    length : int or None
        Bytes that follow.
    """

    status: int
    headers: Mapping[str, str]
    length: int | None


class Broken(Exception):
    """The connection failed.

    Attributes
    ----------
    reason : str
        Plain words, without a full stop.
    reached : bool
        False if the server could not be reached at all.
    """

    def __init__(self, reason: str, reached: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.reached = reached


Piece = Reply | bytes | Broken | None
"""In order: a reply, pieces of the file, then None at its end; or a failure at any time."""


class Transfer:
    """A GET request from byte `start` on.

    Parameters
    ----------
    url : str
    start : int
        First byte wanted; a server may ignore that and send the whole file with status 200.
    seconds : float
        Longest silence of the server before the transfer counts as broken.
    """

    def __init__(self, url: str, start: int, seconds: float) -> None:
        self._url = url
        self._start = start
        self._seconds = seconds
        self._pieces: queue.Queue[Piece] = queue.Queue(maxsize=16)
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._open: list[http.client.HTTPConnection | http.client.HTTPResponse] = []
        self._thread = threading.Thread(target=self._run, name="transfer", daemon=True)
        self._thread.start()

    def take(self, seconds: float) -> Piece:
        """The next piece.

        Raises
        ------
        TimeoutError
            If none came within so many seconds; ask again.
        """
        try:
            return self._pieces.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None

    def cancel(self, seconds: float = 0.2) -> None:
        """Shut the connection down and wait a moment for the thread."""
        self._cancelled.set()
        with self._lock:
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(seconds)

    # ---- runs in the thread ----

    def _run(self) -> None:
        try:
            self._fetch()
        except Broken as broken:
            self._put(broken)
        finally:
            self._close()

    def _fetch(self) -> None:
        url, told = self._url, dict[str, str]()
        for _ in range(MAX_REDIRECTS):
            response = self._ask(url)
            told |= {name.lower(): value for name, value in response.getheaders()}
            if response.status not in _REDIRECTS:
                self._deliver(response, told)
                return
            url = urljoin(url, told.pop("location", ""))
            told.pop("content-length", None)
        raise Broken("it sends from one address to the next without end", True)

    def _close(self) -> None:
        with self._lock:
            self._socket = None
        for thing in self._open:
            thing.close()
        self._open.clear()

    def _ask(self, url: str) -> http.client.HTTPResponse:
        parts = urlsplit(url)
        connection, target = _connection(parts, self._seconds)
        self._close()
        self._open.append(connection)
        headers = {"User-Agent": f"clip-color-lab/{VERSION}", "Accept-Encoding": "identity"}
        if self._start:
            headers["Range"] = f"bytes={self._start}-"
        reached = False
        try:
            connection.connect()
            reached = True
            with self._lock:  # the connection itself forgets it as soon as the answer begins
                self._socket = connection.sock
            if self._cancelled.is_set():
                raise Broken("cancelled", True)
            connection.request("GET", target, headers=headers)
            response = connection.getresponse()
            self._open.append(response)
            return response
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Broken(_reason(error), reached) from error

    def _deliver(self, response: http.client.HTTPResponse, told: Mapping[str, str]) -> None:
        self._put(Reply(response.status, told, response.length))
        if response.status not in (200, 206):
            return
        missing = response.length
        while not self._cancelled.is_set():
            try:
                piece = response.read1(PIECE_BYTES)
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise Broken(_reason(error), True) from error
            if not piece:
                if missing:
                    raise Broken("the connection broke off", True)
                break
            if missing is not None:
                missing -= len(piece)
            self._put(piece)
        self._put(None)

    def _put(self, piece: Piece) -> None:
        while not self._cancelled.is_set():
            with contextlib.suppress(queue.Full):
                self._pieces.put(piece, timeout=0.1)
                return


def _connection(parts: SplitResult, seconds: float) -> tuple[http.client.HTTPConnection, str]:
    """A connection, not opened yet, by the proxy that the system names; and what to ask it for."""
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        raise Broken(f"“{parts.geturl()}” is no web address", False)
    try:
        port = parts.port
    except ValueError as error:
        raise Broken(f"“{parts.geturl()}” is no web address", False) from error
    target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    proxy = None if proxy_bypass(host) else getproxies().get(parts.scheme)
    if proxy is None:
        if parts.scheme == "https":
            context = _tls()
            return http.client.HTTPSConnection(host, port, timeout=seconds, context=context), target
        return http.client.HTTPConnection(host, port, timeout=seconds), target
    middle = urlsplit(proxy if "//" in proxy else f"//{proxy}")
    if parts.scheme == "https":
        tunnel = http.client.HTTPSConnection(
            middle.hostname or "", middle.port or 8080, timeout=seconds, context=_tls()
        )
        tunnel.set_tunnel(host, port or 443)
        return tunnel, target
    return http.client.HTTPConnection(
        middle.hostname or "", middle.port or 8080, timeout=seconds
    ), parts.geturl()


def _tls() -> ssl.SSLContext:
    """Trust what the system trusts, with certificates that an institution added to it."""
    try:
        import truststore
    except ImportError:
        return ssl.create_default_context()
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _reason(error: BaseException) -> str:
    if isinstance(error, socket.gaierror):
        return "its name cannot be looked up"
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, ConnectionRefusedError):
        return "it refuses the connection"
    if isinstance(error, ConnectionError | http.client.RemoteDisconnected):
        return "the connection broke off"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text.strip().rstrip(".") or type(error).__name__
