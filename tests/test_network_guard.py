"""The guard that keeps the tests off the network does its work."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import network_guard


def test_a_connection_is_refused_and_remembered() -> None:
    with socket.socket() as client, pytest.raises(network_guard.NetworkRefusedError):
        client.connect(("192.0.2.1", 80))
    with pytest.raises(network_guard.NetworkRefusedError):
        socket.getaddrinfo("example.invalid", 443)
    attempts = network_guard.take_attempts()
    assert len(attempts) == 2
    assert "192.0.2.1" in attempts[0]
    assert "example.invalid" in attempts[1]


def test_a_swallowed_refusal_is_remembered_too() -> None:
    with contextlib.suppress(OSError):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    assert network_guard.take_attempts()


def test_this_computer_is_refused_unless_a_test_asks() -> None:
    with socket.socket() as client, pytest.raises(network_guard.NetworkRefusedError):
        client.connect(("127.0.0.1", 9))
    network_guard.take_attempts()


def test_this_computer_can_be_asked_for(loopback: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())
        connection, _ = server.accept()
        connection.close()
    assert not network_guard.take_attempts()


def test_r06_the_guard_reaches_every_process_that_a_test_starts() -> None:
    code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "NetworkRefusedError" in done.stderr
    log = Path(os.environ[network_guard.LOG_VARIABLE])
    assert "192.0.2.1" in log.read_text(encoding="utf-8")
    log.unlink()  # otherwise this very test would fail for it
