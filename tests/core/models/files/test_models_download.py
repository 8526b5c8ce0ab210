"""The real download code against a server that behaves badly: R05, R06, R42."""

from __future__ import annotations

import hashlib
import http.client
import itertools
import os
import shutil
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import truststore

from core.base.errors import ModelError
from core.models import loading
from core.models.files import download as downloading
from core.models.files import partial, transfer
from core.models.files.catalog import CATALOG, CatalogEntry, entry_of, models_dir
from core.models.files.download import Patience, download, sources
from core.models.files.events import FileEvent, Progress, Stored, size_text
from core.models.files.partial import Partial, discard_partial, partial_size
from tests.core.model_files import (
    TINY_VIT,
    add_tiny_vit_to_catalog,
    random_state,
    write_safetensors,
)
from tests.support import network_guard
from tests.support.weights_server import (
    WeightsServer,
    answering,
    broken_off,
    certificate,
    endless,
    login_page,
    other_bytes,
    saying,
    sent_on,
    slowly,
    stalled,
    take_anything,
    weights_server,
    without_ranges,
)

CONTENT = b"PK\x03\x04" + bytes(number * 31 % 251 for number in range(600_000))
SHA256 = hashlib.sha256(CONTENT).hexdigest()
ENTRY = CatalogEntry(
    id="Tiny:openai",
    title="Tiny (OpenAI)",
    family="OpenAI",
    quick_gelu=True,
    source="tests",
    file_name="Tiny.pt",
    sha256=SHA256,
)
HUB_ENTRY = CatalogEntry(
    id=f"{TINY_VIT}:trained",
    title="Tiny ViT",
    family="LAION",
    quick_gelu=False,
    source="tests",
    file_name="Tiny-ViT-trained.safetensors",
    hub_repository="owner/tiny",
)
CHECK = loading.check_weights
QUICK = Patience(silence=30, pauses=(0.01, 0.01, 0.01))  # for a server that is there


@pytest.fixture
def server(loopback: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[WeightsServer]:
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    with weights_server() as server:
        server.files[f"/{SHA256}/Tiny.pt"] = CONTENT
        monkeypatch.setattr(downloading, "OPENAI_ADDRESS", server.address)
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        take_anything(monkeypatch)
        yield server


@pytest.fixture
def secure(
    loopback: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[WeightsServer]:
    """A hub whose connections are encrypted."""
    for variable in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    file = certificate(tmp_path)
    monkeypatch.setattr(transfer, "_tls", lambda: ssl.create_default_context(cafile=file))
    with weights_server(file) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        take_anything(monkeypatch)
        yield server


def finish(
    entry: CatalogEntry = ENTRY, patience: Patience = QUICK
) -> tuple[Stored, list[Progress]]:
    events = list(download(entry, patience))
    assert isinstance(events[-1], Stored)
    assert all(isinstance(event, Progress) for event in events[:-1])
    return events[-1], events[:-1]  # type: ignore[return-value]


def refusal(entry: CatalogEntry = ENTRY, patience: Patience = QUICK) -> ModelError:
    with pytest.raises(ModelError) as caught:
        list(download(entry, patience))
    assert caught.value.message.endswith(".")
    return caught.value


def kept(entry: CatalogEntry = ENTRY) -> int:
    return partial_size(entry)[0]


def test_a_file_comes_whole_and_is_checked(server: WeightsServer) -> None:
    stored, progress = finish()
    assert stored.path == models_dir() / "Tiny.pt"
    assert stored.path.read_bytes() == CONTENT
    assert (stored.sha256, stored.size, stored.reference) == (SHA256, len(CONTENT), "Tiny:openai")
    phases = [event.phase for event in progress]
    assert phases[0] == "connecting"
    assert phases[-1] == "checking"
    done = [event.done for event in progress if event.phase == "downloading"]
    assert done == sorted(done)
    assert progress[-1].total == len(CONTENT)
    assert kept() == 0
    assert sorted(path.name for path in models_dir().iterdir()) == ["Tiny.pt", "partial"]


@pytest.mark.usefixtures("server")
def test_the_rate_is_that_of_the_last_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = itertools.count()

    def clock() -> float:  # 100 kB come in a second, whatever the computer does
        return kept() / 100_000 + next(asked) / 100_000

    monkeypatch.setattr(downloading, "time", SimpleNamespace(monotonic=clock, sleep=time.sleep))
    _, progress = finish()
    last = [event for event in progress if event.phase == "downloading"][-1]
    assert 50_000 < last.rate < 110_000
    assert last.seconds_left == pytest.approx((len(CONTENT) - last.done) / last.rate)


def test_a_download_broken_off_at_30_percent_goes_on_from_there(server: WeightsServer) -> None:
    server.behaviors = [broken_off(0.3)]
    stored, progress = finish()
    assert stored.path.read_bytes() == CONTENT
    path = f"/{SHA256}/Tiny.pt"
    assert server.requests == [(path, 0), (path, round(len(CONTENT) * 0.3))]
    assert server.sent == len(CONTENT)  # nothing came twice
    waits = [event for event in progress if event.phase == "waiting"]
    assert "broke off" in waits[0].note
    assert waits[0].done == round(len(CONTENT) * 0.3)


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_is_no_longer_there_is_not_asked_for_again(
    server: WeightsServer, status: int
) -> None:
    server.behaviors = [answering(status)]
    error = refusal()
    assert "does not have the weights of" in error.message
    assert str(models_dir() / "Tiny.pt") in error.hint
    assert len(server.requests) == 1


def test_what_came_is_kept_for_the_next_time(server: WeightsServer) -> None:
    server.behaviors = [broken_off(0.3), *[answering(503)] * 3]
    error = refusal()
    assert "status 503" in error.message
    assert f"{size_text(180_001)} of {size_text(len(CONTENT))} are kept" in error.message
    assert not (models_dir() / "Tiny.pt").exists()
    assert partial_size(ENTRY) == (round(len(CONTENT) * 0.3), len(CONTENT))
    stored, _ = finish()
    assert stored.path.read_bytes() == CONTENT
    assert server.requests[-1][1] == round(len(CONTENT) * 0.3)


def test_a_server_that_falls_silent_is_asked_again(server: WeightsServer) -> None:
    server.behaviors = [stalled(0.5), stalled(0.6)]
    stored, progress = finish(patience=Patience(silence=1, pauses=(0.01,) * 20))
    assert stored.path.read_bytes() == CONTENT
    # On a busy computer the whole answer may fall silent for a moment too.
    assert [first for _, first in server.requests[:3]] == [
        0, round(len(CONTENT) * 0.5), round(len(CONTENT) * 0.6)
    ]  # fmt: skip
    assert any("does not answer" in event.note for event in progress)


def test_a_server_without_ranges_sends_all_of_it_again(server: WeightsServer) -> None:
    server.behaviors = [broken_off(0.3), without_ranges]
    stored, progress = finish()
    assert stored.path.read_bytes() == CONTENT
    assert server.requests[1][1] > 0
    assert max(event.done for event in progress) == len(CONTENT)


def test_r05_wrong_bytes_are_refused_and_deleted(server: WeightsServer) -> None:
    server.behaviors = [other_bytes]
    error = refusal()
    assert "127.0.0.1" in error.message
    assert SHA256 in error.message
    assert "deleted" in error.message
    assert kept() == 0
    assert not (models_dir() / "Tiny.pt").exists()
    assert finish()[0].path.read_bytes() == CONTENT  # and then it recovers


def test_r05_a_login_page_is_named_at_its_first_bytes(server: WeightsServer) -> None:
    server.behaviors = [login_page]
    assert "is a web page" in refusal().message
    assert kept() == 0


def test_a_part_damaged_on_the_disk_is_fetched_anew(server: WeightsServer) -> None:
    server.behaviors = [broken_off(0.5), *[answering(500)] * 3]
    refusal()
    part = Partial("Tiny.pt")
    data = bytearray(part.path.read_bytes())
    data[100_000] ^= 1
    part.path.write_bytes(data)
    assert finish()[0].path.read_bytes() == CONTENT
    assert [first for _, first in server.requests[-2:]] == [round(len(CONTENT) * 0.5), 0]


def test_a_part_that_is_no_beginning_of_weights_is_not_gone_on_from(server: WeightsServer) -> None:
    server.behaviors = [broken_off(0.5), *[answering(500)] * 3]
    refusal()
    part = Partial("Tiny.pt")
    part.path.write_bytes(b"nonsense" * 1000)
    assert finish()[0].path.read_bytes() == CONTENT
    assert server.requests[-1][1] == 0


def test_a_part_that_is_whole_already_is_only_checked(server: WeightsServer) -> None:
    server.behaviors = [broken_off(0.9), *[answering(500)] * 3]
    refusal()
    Partial("Tiny.pt").path.write_bytes(CONTENT)
    sent = server.sent
    assert finish()[0].path.read_bytes() == CONTENT
    assert server.sent == sent


def test_r42_closing_waits_for_no_server_and_keeps_what_came(
    server: WeightsServer,
) -> None:
    server.behaviors = [stalled(0.4)]  # for 30 seconds
    events = download(ENTRY, Patience(silence=60))
    for event in events:
        assert isinstance(event, Progress)
        if event.done == round(len(CONTENT) * 0.4):
            break
    events.close()
    assert not server.waited_out, "it waited for the server"
    assert kept() == round(len(CONTENT) * 0.4)
    assert not [thread for thread in threading.enumerate() if thread.name == "transfer"]
    assert finish()[0].path.read_bytes() == CONTENT


def test_events_come_while_nothing_else_does(server: WeightsServer) -> None:
    server.behaviors = [stalled(0.4)]
    events = download(ENTRY, Patience(silence=60))
    quiet: list[FileEvent] = []
    for event in events:
        if event.done == round(len(CONTENT) * 0.4):
            quiet.append(event)
        if len(quiet) == 4:
            break
    events.close()
    assert {event.phase for event in quiet} == {"downloading"}


def test_the_rate_and_the_time_left_are_told(server: WeightsServer) -> None:
    server.behaviors = [slowly(1.0)]
    _, progress = finish()
    rates = [event.rate for event in progress if event.phase == "downloading" and event.rate]
    assert rates
    told = [event for event in progress if event.seconds_left is not None]
    assert told
    assert all(event.seconds_left >= 0 for event in told)


def test_r06_offline_the_sentence_names_the_host_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rn50 = entry_of("RN50:openai")
    assert rn50 is not None
    error = refusal(rn50)
    target = models_dir() / "RN50.pt"
    assert error.message.startswith("Could not reach openaipublic.azureedge.net: ")
    assert error.message.endswith(f"; copy the file by hand to {target}.")
    assert "address" in error.hint
    assert network_guard.take_attempts() == ["look up 'openaipublic.azureedge.net'"]


def test_r06_a_name_that_cannot_be_looked_up_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    monkeypatch.setenv("HF_ENDPOINT", "https://hub.invalid")
    entry = entry_of("ViT-B-32:laion2b_s34b_b79k")
    assert entry is not None
    assert refusal(entry).message.startswith(
        "Could not reach hub.invalid: its name cannot be looked up; copy the file by hand to "
    )


def test_a_computer_that_refuses_is_said_so(server: WeightsServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    downloading.OPENAI_ADDRESS = address  # put back by the fixture
    assert f"Could not reach 127.0.0.1:{port}: it refuses the connection" in refusal().message


def test_a_full_disk_is_told_before_and_during(
    server: WeightsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = [partial.SPARE_BYTES + 1000]
    real = shutil.disk_usage

    def usage(folder: Path) -> object:
        return real(folder)._replace(free=free[0])

    monkeypatch.setattr(partial.shutil, "disk_usage", usage)
    error = refusal()
    assert error.message.startswith(f"There is too little room in {models_dir()}: ")
    assert size_text(len(CONTENT)) in error.message
    assert kept() == 0
    free[0] = 10**12
    monkeypatch.setattr(downloading, "_ROOM_CHECK_BYTES", 200_000)

    def filling(folder: Path) -> object:
        found = usage(folder)
        free[0] = partial.SPARE_BYTES + 1000
        return found

    events = download(ENTRY, QUICK)
    assert isinstance(next(events), Progress)
    free[0] = partial.SPARE_BYTES + len(CONTENT)  # enough at first, and then others write too
    monkeypatch.setattr(partial.shutil, "disk_usage", filling)
    with pytest.raises(ModelError, match="too little room"):
        list(events)
    assert 0 < kept() < len(CONTENT)
    monkeypatch.setattr(partial.shutil, "disk_usage", real)
    assert finish()[0].path.read_bytes() == CONTENT


def test_a_disk_error_keeps_what_came(
    server: WeightsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(downloading, "os", SimpleNamespace(fsync=fail, environ=os.environ))
    assert "No space left on device" in refusal().message
    assert kept() == len(CONTENT)


@pytest.mark.parametrize("name", ["open_clip_model.safetensors", "open_clip_pytorch_model.bin"])
def test_the_hub_states_the_hash_with_its_redirection(name: str, secure: WeightsServer) -> None:
    secure.linked = True
    secure.files[f"/owner/tiny/resolve/main/{name}"] = CONTENT
    secure.behaviors = [broken_off(0.3)]
    stored, _ = finish(HUB_ENTRY)
    assert stored.path.name == f"Tiny-ViT-trained{Path(name).suffix}"
    assert stored.path.read_bytes() == CONTENT
    assert HUB_ENTRY.path() == stored.path
    assert [first for _, first in secure.requests] == [0, round(len(CONTENT) * 0.3)]
    stored.path.unlink()
    secure.behaviors = [other_bytes]
    assert "SHA-256" in refusal(HUB_ENTRY).message


def test_the_hubs_other_format_is_gone_on_with_too(secure: WeightsServer) -> None:
    secure.linked = True
    secure.files["/owner/tiny/resolve/main/open_clip_pytorch_model.bin"] = CONTENT
    secure.behaviors = [broken_off(0.3), *[answering(500)] * 3]
    refusal(HUB_ENTRY)
    assert finish(HUB_ENTRY)[0].path.read_bytes() == CONTENT
    assert secure.requests[-1][1] == round(len(CONTENT) * 0.3)


def test_a_file_replaced_on_the_hub_meanwhile_is_begun_anew(secure: WeightsServer) -> None:
    secure.linked = True
    path = "/owner/tiny/resolve/main/open_clip_model.safetensors"
    secure.files[path] = CONTENT
    secure.behaviors = [broken_off(0.3), *[answering(500)] * 3]
    refusal(HUB_ENTRY)
    secure.files[path] = CONTENT[:-1] + b"\xff"
    assert finish(HUB_ENTRY)[0].path.read_bytes() == secure.files[path]
    assert secure.requests[-1][1] == 0


def test_a_hub_that_states_no_hash_is_judged_by_its_tensors(
    server: WeightsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "check_weights", CHECK)
    add_tiny_vit_to_catalog(monkeypatch)
    path = "/owner/tiny/resolve/main/open_clip_model.safetensors"
    right = write_safetensors(tmp_path / "right.safetensors", random_state(TINY_VIT))
    wrong = write_safetensors(tmp_path / "wrong.safetensors", random_state("embedded"))
    server.files[path] = wrong.read_bytes()
    assert "is not Tiny ViT: it holds ColorLab-Tiny" in refusal(HUB_ENTRY).message
    assert kept(HUB_ENTRY) == 0
    server.files[path] = right.read_bytes()
    assert finish(HUB_ENTRY)[0].path.read_bytes() == right.read_bytes()


def test_r75_a_known_hash_does_not_spare_the_look_inside(
    server: WeightsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "check_weights", CHECK)
    message = refusal().message  # the very bytes that the catalog names
    assert "damaged" in message
    assert SHA256 in message
    assert kept() == 0
    assert not (models_dir() / "Tiny.pt").exists()


HUB_PATH = "/owner/tiny/resolve/main/open_clip_model.safetensors"


@pytest.mark.parametrize("patience", [QUICK, Patience(silence=60)])
def test_r75_nothing_is_fetched_without_encryption_where_it_began_with_it(
    secure: WeightsServer, patience: Patience
) -> None:
    with weights_server() as plain:
        plain.files[HUB_PATH] = CONTENT
        secure.files[HUB_PATH] = CONTENT
        secure.behaviors = [sent_on(plain.address + HUB_PATH)]
        message = refusal(HUB_ENTRY, patience).message
        assert "without encryption" in message
        assert urlsplit(secure.address).netloc in message
        assert plain.requests == []
    assert not (models_dir() / "Tiny-ViT-trained.safetensors").exists()


def test_r75_the_hash_is_the_hubs_and_not_that_of_whoever_sends_the_bytes(
    secure: WeightsServer, tmp_path: Path
) -> None:
    right, wrong = CONTENT, CONTENT[:-1] + b"\xff"
    hashes = [f'"{hashlib.sha256(each).hexdigest()}"' for each in (right, wrong)]
    with weights_server(tmp_path / "certificate.pem") as other:
        other.files[HUB_PATH] = wrong
        other.behaviors = [saying(X_Linked_Etag=hashes[1])]
        secure.files[HUB_PATH] = right
        secure.behaviors = [sent_on(other.address + HUB_PATH, X_Linked_Etag=hashes[0])]
        message = refusal(HUB_ENTRY).message
    assert all(each.strip('"') in message for each in hashes)
    assert kept(HUB_ENTRY) == 0


def test_r75_a_hash_that_came_without_encryption_is_nobodys(server: WeightsServer) -> None:
    server.files[HUB_PATH] = CONTENT
    server.behaviors = [saying(X_Linked_Etag=f'"{"ab" * 32}"')]
    assert finish(HUB_ENTRY)[0].path.read_bytes() == CONTENT  # judged by what is in it


def test_r58_a_server_that_never_ends_is_left(
    server: WeightsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloading._Download, "most_bytes", 2 * len(CONTENT))
    server.behaviors = [endless]
    assert "is longer than any such file" in refusal().message
    assert kept() == 0


@pytest.mark.parametrize("proxy", ["", "http://proxy.invalid:3128"])
def test_the_certificates_that_the_system_trusts_are_trusted(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    used: list[object] = []

    class Connection(http.client.HTTPSConnection):
        def __init__(self, *place: object, context: object = None, **options: object) -> None:
            used.append(context)
            raise OSError("that is all")

    monkeypatch.setenv("https_proxy", proxy)
    monkeypatch.setattr(http.client, "HTTPSConnection", Connection)
    with pytest.raises(OSError, match="that is all"):
        transfer._connection(urlsplit("https://hub.invalid/file"), 1.0)
    assert [type(context) for context in used] == [truststore.SSLContext]


@pytest.mark.parametrize(
    "proxy", ["http://proxy:eighty", "http://name:secret@proxy:99999", "http://:80", "socks5://p"]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_r64_a_proxy_without_a_usable_address_ends_the_download_in_words(
    scheme: str, proxy: str, server: WeightsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(f"{scheme}_proxy", proxy)
    monkeypatch.setattr(transfer, "proxy_bypass", lambda _host: False)
    monkeypatch.setattr(downloading, "OPENAI_ADDRESS", f"{scheme}://example.test")
    message = refusal().message
    assert "the proxy that the system's settings name" in message
    assert "secret" not in message


@pytest.mark.logs("RuntimeError: a bug in a library")
def test_r64_whatever_happens_in_the_transfer_is_told(
    server: WeightsServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_host: str) -> None:
        raise RuntimeError("a bug in a library")

    monkeypatch.setattr(transfer, "proxy_bypass", fail)
    assert "an unexpected fault (RuntimeError)" in refusal().message
    assert "a bug in a library" in caplog.text


def test_r64_a_transfer_that_ended_without_a_word_is_not_waited_for(
    server: WeightsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer.Transfer, "_run", lambda _self: None)
    assert "the connection broke off" in refusal().message


def test_a_hub_without_the_file_is_said_so(server: WeightsServer) -> None:
    assert "does not have the weights of Tiny ViT" in refusal(HUB_ENTRY).message
    server.files["/owner/tiny/resolve/main/open_clip_model.safetensors"] = CONTENT
    server.behaviors = [answering(401)]
    assert "status 401" in refusal(HUB_ENTRY).message


def test_two_downloads_of_one_file_do_not_meet(server: WeightsServer) -> None:
    server.behaviors = [stalled(0.4)]
    first = download(ENTRY, QUICK)
    next(first)
    assert "being downloaded by another window" in refusal().message
    first.close()
    server.released.set()
    discard_partial(ENTRY)
    server.behaviors = []  # it may not have been asked yet
    assert finish()[0].path.read_bytes() == CONTENT


def test_looking_makes_no_folder_and_one_that_cannot_be_made_is_said_so() -> None:
    assert partial_size(ENTRY) == (0, None)
    assert not list(models_dir().iterdir())
    (models_dir() / "partial").write_bytes(b"")
    assert "cannot be written" in refusal().message


def test_what_cannot_be_loaded_is_never_offered() -> None:
    for entry in CATALOG:
        offered = sources(entry)
        assert bool(offered) is not (bool(entry.unsupported) or entry.family == "Embedded")
        for source in offered:
            assert source.url.startswith("https://")
        if entry.sha256:
            assert entry.sha256 in offered[0].url
    unsupported = next(entry for entry in CATALOG if entry.unsupported)
    assert "is not offered for download" in refusal(unsupported).message


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (180_001, "180 kB"),
        (999_600, "1.00 MB"),
        (256_000_000, "256 MB"),
        (999_600_000, "1.00 GB"),
        (1_353_000_000, "1.35 GB"),
        (10**13, "10 TB"),
    ],
)
def test_sizes_in_words(size: int, text: str) -> None:
    assert size_text(size) == text
