"""A small server on this computer that gives files as OpenAI and the hub do, well or badly."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

Behavior = Callable[["Handler", bytes], None]
LOGIN_PAGE = b"<!DOCTYPE html><html><body>Please log in to use this network.</body></html>" * 20


class WeightsServer(ThreadingHTTPServer):
    """Gives the files of `files`; the first requests go by `behaviors`, all later ones well.

    Attributes
    ----------
    files : dict of str to bytes
        Content by path.
    behaviors : list of callable
        One for each of the next requests.
    linked : bool
        Point elsewhere and state size and hash meanwhile, as the hub does.
    requests : list of (str, int)
        Path and first byte asked for, of every request.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, certificate: Path | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.scheme = "http" if certificate is None else "https"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.files: dict[str, bytes] = {}
        self.behaviors: list[Behavior] = []
        self.linked = False
        self.requests: list[tuple[str, int]] = []
        self.sent = 0
        self.released = threading.Event()
        self.waited_out = False

    @property
    def address(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: WeightsServer

    def do_GET(self) -> None:
        path = self.path.removeprefix("/elsewhere")
        content = self.server.files.get(path)
        if content is None:
            self.send_error(404)
            return
        if self.server.linked and path == self.path:
            self.send_response(302)
            self.send_header("Location", f"/elsewhere{path}")
            self.send_header("X-Linked-Etag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("X-Linked-Size", str(len(content)))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.server.requests.append((path, self.first))
        behavior = self.server.behaviors.pop(0) if self.server.behaviors else whole
        behavior(self, content)

    @property
    def first(self) -> int:
        """First byte that is asked for."""
        asked = self.headers.get("Range", "")
        return int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0

    def begin(self, content: bytes, first: int = 0, *, ranged: bool = False) -> None:
        self.send_response(206 if ranged else 200)
        self.send_header("Content-Length", str(len(content) - first))
        if ranged:
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        self.end_headers()

    def give(self, data: bytes) -> None:
        for start in range(0, len(data), 2**14):
            try:
                self.wfile.write(data[start : start + 2**14])
            except OSError:  # the client went away
                return
            self.server.sent += len(data[start : start + 2**14])

    def log_message(self, *_: object) -> None:
        pass


def whole(handler: Handler, content: bytes) -> None:
    """What is asked for, from the byte on that is asked for."""
    first = handler.first
    if first >= len(content):
        handler.send_response(416)
        handler.send_header("Content-Range", f"bytes */{len(content)}")
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    handler.begin(content, first, ranged=first > 0)
    handler.give(content[first:])


def broken_off(share: float) -> Behavior:
    """Only a share of what is asked for, then the connection ends."""

    def behave(handler: Handler, content: bytes) -> None:
        first = handler.first
        handler.begin(content, first, ranged=first > 0)
        handler.give(content[first : round(len(content) * share)])
        handler.close_connection = True

    return behave


def stalled(share: float) -> Behavior:
    """A share, then silence until the server is released, or `waited_out` after 30 seconds."""

    def behave(handler: Handler, content: bytes) -> None:
        handler.begin(content, handler.first, ranged=handler.first > 0)
        handler.give(content[handler.first : round(len(content) * share)])
        handler.server.waited_out = not handler.server.released.wait(30)
        handler.close_connection = True

    return behave


def slowly(seconds: float) -> Behavior:
    """All of it, in so many seconds."""

    def behave(handler: Handler, content: bytes) -> None:
        handler.begin(content, handler.first, ranged=handler.first > 0)
        rest = content[handler.first :]
        step = max(len(rest) // 50, 1)
        for start in range(0, len(rest), step):
            if handler.server.released.is_set():
                break
            handler.give(rest[start : start + step])
            time.sleep(seconds / 50)

    return behave


def without_ranges(handler: Handler, content: bytes) -> None:
    """The whole file whatever is asked for."""
    handler.begin(content)
    handler.give(content)


def login_page(handler: Handler, _content: bytes) -> None:
    handler.begin(LOGIN_PAGE)
    handler.give(LOGIN_PAGE)


def other_bytes(handler: Handler, content: bytes) -> None:
    """A file of the right length and start that differs in one bit."""
    wrong = bytearray(content)
    wrong[-1] ^= 1
    handler.begin(bytes(wrong), handler.first, ranged=handler.first > 0)
    handler.give(bytes(wrong)[handler.first :])


def answering(status: int) -> Behavior:
    """Nothing but a status."""

    def behave(handler: Handler, _content: bytes) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return behave


def sent_on(address: str, **headers: str) -> Behavior:
    """Point to another address, and say something beside that."""

    def behave(handler: Handler, _content: bytes) -> None:
        handler.send_response(302)
        handler.send_header("Location", address)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return behave


def saying(**headers: str) -> Behavior:
    """What is asked for, whole, with further headers."""

    def behave(handler: Handler, content: bytes) -> None:
        handler.send_response(200)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.give(content)

    return behave


def endless(handler: Handler, content: bytes) -> None:
    """The file, then its last byte again and again, without any length."""
    handler.send_response(200)
    handler.end_headers()
    handler.give(content)
    with contextlib.suppress(OSError):
        while not handler.server.released.is_set():
            handler.wfile.write(content[-1:] * 2**14)
    handler.close_connection = True


def certificate(folder: Path) -> Path:
    """A certificate of this computer for itself, with its key; skips the test without openssl."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    key, file = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", key, "-out", file],
        check=True,
        capture_output=True,
    )  # fmt: skip
    file.write_bytes(file.read_bytes() + key.read_bytes())
    return file


def take_anything(patch: pytest.MonkeyPatch) -> None:
    """Let everything count as a model that arrived with the right hash: for the way it comes."""
    from core.models import loading

    patch.setattr(loading, "check_weights", lambda *_arguments: None)


@contextmanager
def weights_server(certificate: Path | None = None) -> Iterator[WeightsServer]:
    """A server that runs while the block does."""
    server = WeightsServer(certificate)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
