"""One request for a file over HTTP, in a thread of its own, so that waiting can always be given up.

A thread that waits for a server cannot be interrupted. Here it never has to be: whoever reads takes
what came within a fraction of a second, and on cancelling the connection is shut down under the
thread's hands. It holds no file and changes nothing, so that its end needs no waiting for.
"""

from __future__ import annotations

import contextlib
import http.client
import logging
import queue
import socket
import ssl
import threading
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from core.base.version import VERSION

log = logging.getLogger(__name__)

PIECE_BYTES = 2**16
MAX_REDIRECTS = 6
_REDIRECTS = (301, 302, 303, 307, 308)


class Reply(NamedTuple):
    """What the server said before the file itself.

    The hash is that of the whole file, as the host that was asked states it in the answer that
    points elsewhere; empty unless it did so over an encrypted connection. What another host says
    about what it sends itself counts for nothing.
    """

    status: int
    headers: Mapping[str, str]  # with lower-case names
    length: int | None  # bytes that follow
    sha256: str


class Broken(Exception):
    """The connection failed.

    Attributes
    ----------
    reason : str
        Plain words, without a full stop.
    reached : bool
        False if the server could not be reached at all.
    final : bool
        True if asking again would change nothing.
    """

    def __init__(self, reason: str, reached: bool, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.reached = reached
        self.final = final


Piece = Reply | bytes | Broken | None
"""In order: a reply, pieces of the file, then None at its end; or a failure at any time."""


class Transfer:
    """A GET request from byte `start` on.

    A server may ignore the start and send the whole file with status 200. After so many seconds of
    silence the transfer counts as broken.
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
        """The next piece; a `TimeoutError` if none came within so many seconds: ask again."""
        alive = self._thread.is_alive()  # before looking: it may put its last piece in between
        try:
            return self._pieces.get(timeout=seconds if alive else 0)
        except queue.Empty:
            if not alive:
                return Broken("the connection broke off", True)
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
        except Exception as error:  # whatever it is, somebody waits to hear of it
            log.exception("a transfer met an unexpected exception")
            self._put(Broken(f"an unexpected fault ({type(error).__name__})", False, final=True))
        finally:
            self._close()

    def _fetch(self) -> None:
        url, sha256 = self._url, ""
        for _ in range(MAX_REDIRECTS):
            response = self._ask(url)
            told = {name.lower(): value for name, value in response.getheaders()}
            if _is_secure(url) and urlsplit(url)[:2] == urlsplit(self._url)[:2]:
                sha256 = _stated_hash(told) or sha256
            if response.status not in _REDIRECTS:
                self._deliver(Reply(response.status, told, response.length, sha256), response)
                return
            next_url = urljoin(url, told.get("location", ""))
            if _is_secure(url) and not _is_secure(next_url):
                raise Broken("it sends on to an address without encryption", True, final=True)
            url = next_url
        raise Broken("it sends from one address to the next without end", True)

    def _close(self) -> None:
        with self._lock:
            self._socket = None
        for thing in self._open:
            with contextlib.suppress(Exception):  # closing may say again what was said already
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

    def _deliver(self, reply: Reply, response: http.client.HTTPResponse) -> None:
        self._put(reply)
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
    middle_host, middle_port = _proxy_address(proxy)
    if parts.scheme == "https":
        tunnel = http.client.HTTPSConnection(
            middle_host, middle_port, timeout=seconds, context=_tls()
        )
        tunnel.set_tunnel(host, port or 443)
        return tunnel, target
    return http.client.HTTPConnection(middle_host, middle_port, timeout=seconds), parts.geturl()


def _proxy_address(proxy: str) -> tuple[str, int]:
    """Host and port of a proxy as the system's settings name it; they may hold a password."""
    try:
        parts = urlsplit(proxy if "//" in proxy else f"//{proxy}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in ("", "http", "https"):
        raise Broken(
            "the proxy that the system's settings name has no address that can be used", False
        )
    return host, port or 8080


def _is_secure(url: str) -> bool:
    return urlsplit(url).scheme == "https"


def _stated_hash(told: Mapping[str, str]) -> str:
    """The SHA-256 of a large file, as hubs state it; empty if they state another or none."""
    etag = told.get("x-linked-etag", "").removeprefix("W/").strip('"').lower()
    is_hash = len(etag) == 64 and all(letter in "0123456789abcdef" for letter in etag)
    return etag if is_hash else ""


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
