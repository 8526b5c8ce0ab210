"""Ground for all tests: a profile of their own, no network, deterministic examples."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support import network_guard

pytest_plugins = ["tests.support.faults", "tests.support.log_watch"]

# Before anything of the lab is imported: a profile and a trash that are not the user's,
# and no model hub.
_session_home = tempfile.TemporaryDirectory(prefix="color-lab-tests-")
_share = Path(_session_home.name) / "share"
_share.mkdir()
_guard_log = Path(_session_home.name) / "network.log"
_guard_folder = Path(__file__).parent / "support" / "startup"
os.environ.update(
    CLIP_COLOR_LAB_HOME=str(Path(_session_home.name) / "home"),
    XDG_DATA_HOME=str(_share),
    HF_HUB_OFFLINE="1",
    TRANSFORMERS_OFFLINE="1",
    NETWORK_GUARD_LOG=str(_guard_log),
    NETWORK_GUARD_OWNER=str(os.getpid()),
    PYTHONPATH=os.pathsep.join(filter(None, [str(_guard_folder), os.environ.get("PYTHONPATH")])),
)
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")
network_guard.install()
# A shell that starts the tests in the background lets them, and what they start, ignore Ctrl+C.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "lab",
    derandomize=True,  # the same examples every time
    deadline=None,  # time never decides a test
    database=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("lab")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that ``make click-through`` and ``make snapshots`` use."""
    parser.addoption(
        "--click-pictures",
        metavar="FOLDER",
        help="where the click-through test saves its screenshots (default: nowhere lasting)",
    )
    parser.addoption(
        "--pin-snapshots",
        action="store_true",
        help="draw the pinned snapshots of the panes anew (tests/data/snapshots)",
    )


@pytest.fixture(autouse=True)
def profile(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder that holds all of the user's files during this test; starts empty."""
    home = tmp_path_factory.mktemp("profile")
    monkeypatch.setenv("CLIP_COLOR_LAB_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def no_network() -> Iterator[None]:
    """Fail a test that tries to reach the network, even if it swallows the refusal (R06)."""
    network_guard.take_attempts()
    yield
    attempts = network_guard.take_attempts()
    if _guard_log.exists():
        attempts += _guard_log.read_text(encoding="utf-8").splitlines()
        _guard_log.unlink()
    if attempts:
        pytest.fail("network attempts: " + "; ".join(attempts), pytrace=False)


@pytest.fixture
def loopback() -> Iterator[None]:
    """Allow this test to connect to this computer itself."""
    with network_guard.loopback():
        yield
