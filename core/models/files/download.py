"""Downloading models of the catalog, when the user asks for it and never otherwise (R06).

`download` is a generator: it tells how far it is several times a second, even while nothing comes,
and closing it stops it at once. What came is kept, and the next call goes on from there. A file
takes its place only when it is whole and its hash is the published one. A vocabulary of the model's
own comes before the weights, in the same way, and is read before it takes its place.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from core.base.errors import ModelError
from core.base.locks import Busy, Lock
from core.base.reading import open_regular
from core.models.files.budget import MOST_BYTES, Budget, Cancelled
from core.models.files.catalog import (
    HUB_BIN,
    HUB_FILE_NAMES,
    SAFETENSORS,
    VOCABULARY_NAME,
    CatalogEntry,
    models_dir,
    vocabulary_place,
)
from core.models.files.events import FileEvent, Phase, Progress, Stored, size_text
from core.models.files.partial import Known, Partial, check_room
from core.models.files.start import START_BYTES, container_of, foreign_start
from core.models.files.transfer import Broken, Reply, Transfer
from core.models.text.vocabulary import MAX_BYTES as MAX_VOCABULARY_BYTES

OPENAI_ADDRESS = "https://openaipublic.azureedge.net/clip/models"
ENDPOINT_VARIABLE = "HF_ENDPOINT"
"""Names another hub, e.g. an institution's mirror, as huggingface_hub itself has it."""

TICK = 0.1
"""Seconds between two events at most; what cancelling waits for."""

_ROOM_CHECK_BYTES = 32 * 2**20


class Patience(msgspec.Struct, frozen=True):
    """How long to wait for a server."""

    silence: float = 20.0  # seconds without a byte after which a connection is given up
    pauses: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)


PATIENCE = Patience()


class Source(NamedTuple):
    """An address of a file and the name it gets here."""

    url: str
    file_name: str

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc


def sources(entry: CatalogEntry) -> tuple[Source, ...]:
    """Where an entry can be got from, in order of preference; empty if nowhere.

    OpenAI's files come from OpenAI, whose addresses hold the hash; all others from the hub, as
    safetensors where it has them.
    """
    if entry.unsupported:
        return ()
    if entry.family == "OpenAI" and entry.sha256:
        return (Source(f"{OPENAI_ADDRESS}/{entry.sha256}/{entry.file_name}", entry.file_name),)
    if not entry.hub_repository:
        return ()
    stem = entry.file_name.removesuffix(SAFETENSORS)
    return tuple(
        Source(_hub_address(entry.hub_repository, name), stem + ending)
        for name, ending in zip(HUB_FILE_NAMES, (SAFETENSORS, HUB_BIN), strict=True)
    )


def vocabulary_sources(entry: CatalogEntry) -> tuple[Source, ...]:
    """Where the vocabulary of an entry can be got from; empty if it has none of its own.

    First where open_clip itself gets it, then beside the weights.
    """
    if entry.vocabulary is None or entry.unsupported:
        return ()
    repositories = dict.fromkeys((entry.vocabulary.repository, entry.hub_repository))
    name = vocabulary_place(None, entry).name
    return tuple(Source(_hub_address(each, VOCABULARY_NAME), name) for each in repositories)


def _hub_address(repository: str, name: str) -> str:
    from huggingface_hub import hf_hub_url

    endpoint = os.environ.get(ENDPOINT_VARIABLE, "").rstrip("/") or None
    return hf_hub_url(repository, name, endpoint=endpoint)


def download(
    entry: CatalogEntry,
    patience: Patience = PATIENCE,
    cancelled: Callable[[], bool] | None = None,
) -> Generator[FileEvent, None, None]:
    """Get what an entry needs; the last event is `Stored`, of its weights.

    A vocabulary of its own comes first, unless the right one is here. If only that was missing,
    the weights that are here stay as they are. `cancelled` is asked between events, and while a
    file is tried.

    Raises
    ------
    ModelError
        If the server cannot be reached, sends something else, or the disk is full. What can still
        be used of it is kept for the next time.
    """
    if not sources(entry):
        raise ModelError(
            f"{entry.title} is not offered for download.", entry.unsupported or "It is built in."
        )
    with _alone(entry):
        if not _has_vocabulary(entry):
            for event in _first_of(_VocabularyDownload, entry, patience, cancelled):
                if not isinstance(event, Stored):
                    yield event
            weights = entry.path()
            if weights is not None:
                sha256 = yield from _hash(weights)
                yield _stored(entry, weights, sha256)
                return
        yield from _first_of(_Download, entry, patience, cancelled)


def _has_vocabulary(entry: CatalogEntry) -> bool:
    """True if the vocabulary that an entry needs is here, or it needs none of its own."""
    from core.models.text.vocabulary import WrongVocabulary, read_vocabulary

    if entry.vocabulary is None:
        return True
    path = entry.vocabulary_path()
    if path is None:
        return False
    try:
        read_vocabulary(path, entry.vocabulary.entries, entry.title)
    except WrongVocabulary:
        return False
    return True


def _first_of(
    kind: type[_Download],
    entry: CatalogEntry,
    patience: Patience,
    cancelled: Callable[[], bool] | None,
) -> Iterator[FileEvent]:
    """Download from the first place that has it."""
    places = kind.places(entry)
    begun = Partial(kind.partial_name(entry)).known.url
    # What was begun comes first: asking elsewhere would begin anew.
    for source in sorted(places, key=lambda source: source.url != begun):
        try:
            yield from kind(entry, source, patience, cancelled).run()
            return
        except _NotThere:
            continue
    raise ModelError(
        f"{places[0].host} does not have the {kind.what} of {entry.title}.",
        f"Get {kind.name_elsewhere(entry)} from elsewhere and copy it to "
        f"{models_dir() / places[0].file_name}.",
    )


class _NotThere(Exception):
    """The server has no such file."""


class _Restart(Exception):
    """What was there before is of no use: begin anew."""


class _Download:
    """One file from one address: a file of weights.

    Attributes
    ----------
    what : str
        What it is, in words.
    most_bytes : int
        A server that goes on sending is not listened to for longer.
    """

    what = "weights"
    most_bytes = MOST_BYTES

    @staticmethod
    def places(entry: CatalogEntry) -> tuple[Source, ...]:
        return sources(entry)

    @staticmethod
    def partial_name(entry: CatalogEntry) -> str:
        return entry.file_name

    @staticmethod
    def name_elsewhere(entry: CatalogEntry) -> str:
        return entry.file_name

    @staticmethod
    def published_hash(entry: CatalogEntry) -> str:
        return entry.sha256

    def __init__(
        self,
        entry: CatalogEntry,
        source: Source,
        patience: Patience,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self._entry = entry
        self._cancelled = cancelled
        self._source = source
        self._patience = patience
        self._partial = Partial(self.partial_name(entry))
        self._came: deque[tuple[float, int]] = deque(maxlen=256)
        self._sha256 = self._published = self.published_hash(entry)
        self._total: int | None = None
        self._resumed = False

    def run(self) -> Iterator[FileEvent]:
        partial = self._partial
        known = partial.known
        if known.url != self._source.url or self._fault(partial.start()):
            partial.discard()
        else:
            self._total = known.total
        self._resumed = partial.size > 0
        restarted = False
        while True:
            try:
                yield from self._receive()
                stored = yield from self._check()
            except _Restart:
                partial.discard()
                if restarted:
                    raise self._wrong("is not the file that was published") from None
                restarted, self._resumed = True, False
            else:
                yield stored
                return

    # ---- receiving ----

    def _receive(self) -> Iterator[FileEvent]:
        """Try until the whole file is there, or patience ends."""
        failures = 0
        anything = False
        while True:
            before = self._partial.size
            yield self._progress("connecting", f"asking {self._source.host}")
            try:
                yield from self._attempt()
                return
            except Broken as broken:
                came = self._partial.size > before
                anything = anything or came
                failures = 1 if came else failures + 1
                if broken.final:
                    raise self._refused(broken.reason) from broken
                if not (broken.reached or anything):
                    raise self._unreachable(broken.reason) from broken
                if failures > len(self._patience.pauses):
                    raise self._given_up(broken.reason) from broken
                yield from self._pause(self._patience.pauses[failures - 1], broken.reason)
            except OSError as error:
                reason = error.strerror or type(error).__name__
                raise ModelError(
                    f"{self._partial.path} cannot be written: {reason}.",
                    "Check the room and the rights of the folder; what came is kept.",
                ) from error

    def _pause(self, seconds: float, reason: str) -> Iterator[FileEvent]:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            yield self._progress("waiting", f"{self._source.host}: {reason}; next try soon")
            time.sleep(min(TICK, left))

    def _attempt(self) -> Iterator[FileEvent]:
        """One request, to the end of the file."""
        transfer = Transfer(self._source.url, self._partial.size, self._patience.silence)
        try:
            reply = yield from self._await_reply(transfer)
            if self._complete(reply):
                return
            with self._partial.open() as file:
                due, room_due = 0.0, self._partial.size + _ROOM_CHECK_BYTES
                size = self._partial.size
                while True:
                    try:
                        piece = transfer.take(TICK)
                    except TimeoutError:
                        yield self._progress("downloading")
                        continue
                    if isinstance(piece, Broken):
                        raise piece
                    if not isinstance(piece, bytes):
                        break
                    first = size < START_BYTES
                    file.write(piece)
                    size += len(piece)
                    if first:
                        file.flush()
                        self._look_at_start()
                    if size > self.most_bytes:
                        self._partial.discard()
                        raise self._wrong("is longer than any such file")
                    if size >= room_due:
                        room_due = size + _ROOM_CHECK_BYTES
                        file.flush()
                        check_room(models_dir(), (self._total or size) - size)
                    now = time.monotonic()
                    if now >= due:
                        due = now + TICK
                        file.flush()
                        self._came.append((now, size))
                        yield self._progress("downloading")
                file.flush()
                os.fsync(file.fileno())
            if self._total is not None and self._partial.size != self._total:
                raise _Restart
        finally:
            transfer.cancel()

    def _await_reply(self, transfer: Transfer) -> Generator[FileEvent, None, Reply]:
        while True:
            try:
                piece = transfer.take(TICK)
            except TimeoutError:
                yield self._progress("connecting", f"asking {self._source.host}")
                continue
            if isinstance(piece, Broken):
                raise piece
            assert isinstance(piece, Reply)
            return piece

    def _complete(self, reply: Reply) -> bool:
        """Learn from the reply; True if everything is there already."""
        status, size = reply.status, self._partial.size
        if status in (404, 410):
            raise _NotThere
        if status == 429 or status >= 500:
            raise Broken(f"it answers with status {status}", True)
        if status == 416 and size:
            if _total_of_range(reply) == size:
                return True
            raise _Restart
        if status not in (200, 206):
            raise ModelError(
                f"{self._source.host} does not give {self._source.url} (status {status}).",
                f"Copy the file by hand to {self._target()}.",
            )
        known = self._known(reply)
        if status == 206 and (_start_of_range(reply) != size or not self._same_file(known)):
            raise _Restart
        if status == 200 and size:  # the server does not know how to go on from there
            self._partial.discard()
            self._resumed = False
            size = 0
        self._total = known.total
        self._sha256 = self._published or known.sha256
        self._partial.remember(known)
        self._came.clear()
        if known.total is not None:
            check_room(models_dir(), known.total - size)
        return False

    def _known(self, reply: Reply) -> Known:
        total = _total_of_range(reply) if reply.status == 206 else reply.length
        return Known(self._source.url, reply.sha256, total)

    def _same_file(self, known: Known) -> bool:
        """False if the server has put another file in place of the one that was begun."""
        begun = self._partial.known
        if begun.sha256 and known.sha256 and begun.sha256 != known.sha256:
            return False
        return begun.total is None or known.total is None or begun.total == known.total

    def _look_at_start(self) -> None:
        """Refuse a login page or an error page before more of it comes."""
        clause = self._fault(self._partial.start())
        if clause:
            self._partial.discard()
            raise self._wrong(clause)

    def _fault(self, start: bytes) -> str:
        """Why these cannot be the first bytes of the file, as a clause; empty if they can."""
        clause = foreign_start(start)
        if not clause and len(start) >= START_BYTES and not container_of(start, 2**62):
            clause = "is not a file of weights"
        return clause

    # ---- checking ----

    def _check(self) -> Generator[FileEvent, None, Stored]:
        """Compare the whole file with what was published, and put it into its place."""
        sha256 = yield from _hash(self._partial.path)
        if self._sha256 and sha256 != self._sha256:
            if self._resumed:  # the older part may have been damaged on the disk
                raise _Restart
            self._partial.discard()
            raise self._wrong(f"has the SHA-256 {sha256} in place of {self._sha256}")
        try:
            self._look_inside(sha256)
        except Cancelled:  # what came is whole, and is tried again the next time
            raise
        except ModelError:
            self._partial.discard()
            raise
        target = self._target()
        self._partial.become(target)
        return _stored(self._entry, target, sha256)

    def _look_inside(self, sha256: str) -> None:
        """Refuse what could not be used, whatever a hash says: it may be that of a wrong file."""
        from core.models import loading

        loading.check_weights(self._partial.path, self._entry, sha256, Budget(self._cancelled))

    # ---- words ----

    def _progress(self, phase: Phase, note: str = "") -> Progress:
        rate = 0.0
        if phase == "downloading" and len(self._came) > 1:
            recent = [point for point in self._came if point[0] > time.monotonic() - 5]
            if len(recent) > 1 and recent[-1][0] > recent[0][0]:
                rate = (recent[-1][1] - recent[0][1]) / (time.monotonic() - recent[0][0])
        return Progress(phase, self._partial.size, self._total, rate, note)

    def _target(self) -> Path:
        return models_dir() / self._source.file_name

    def _unreachable(self, reason: str) -> ModelError:
        return ModelError(
            f"Could not reach {self._source.host}: {reason}; "
            f"copy the file by hand to {self._target()}.",
            "The list of models has its address, for a connected computer.",
        )

    def _refused(self, reason: str) -> ModelError:
        return ModelError(
            f"The download from {self._source.host} was ended: {reason}.",
            f"Try again from another network, or copy the file by hand to {self._target()}.",
        )

    def _given_up(self, reason: str) -> ModelError:
        got = size_text(self._partial.size)
        whole = f" of {size_text(self._total)}" if self._total else ""
        return ModelError(
            f"The download from {self._source.host} stopped: {reason}; {got}{whole} are kept.",
            "Press Download to resume it.",
        )

    def _wrong(self, clause: str) -> ModelError:
        return ModelError(
            f"What {self._source.host} sent for {self._entry.title} {clause}; it was deleted.",
            "A network that asks for a login often answers so. Try again from another network, or "
            f"copy the file by hand to {self._target()}.",
        )


class _VocabularyDownload(_Download):
    """A vocabulary from one address."""

    what = "vocabulary"
    most_bytes = MAX_VOCABULARY_BYTES

    @staticmethod
    def places(entry: CatalogEntry) -> tuple[Source, ...]:
        return vocabulary_sources(entry)

    @staticmethod
    def partial_name(entry: CatalogEntry) -> str:
        return vocabulary_place(None, entry).name

    @staticmethod
    def name_elsewhere(_entry: CatalogEntry) -> str:
        return VOCABULARY_NAME

    @staticmethod
    def published_hash(_entry: CatalogEntry) -> str:
        return ""

    def _fault(self, start: bytes) -> str:
        clause = foreign_start(start, "a vocabulary")
        if not clause and start and not start.lstrip(b" \t\r\n").startswith(b"{"):
            clause = "is not a vocabulary"
        return clause

    def _look_inside(self, sha256: str) -> None:
        from core.models.text.vocabulary import WrongVocabulary, read_vocabulary

        assert self._entry.vocabulary is not None
        try:
            read_vocabulary(self._partial.path, self._entry.vocabulary.entries, self._entry.title)
        except WrongVocabulary as error:
            raise self._wrong(error.clause) from error


def _stored(entry: CatalogEntry, path: Path, sha256: str) -> Stored:
    return Stored(
        path=path,
        reference=entry.id,
        title=entry.title,
        sha256=sha256,
        size=path.stat().st_size,
    )


def _hash(path: Path) -> Generator[FileEvent, None, str]:
    digest, done, due = hashlib.sha256(), 0, 0.0
    total = path.stat().st_size
    with open_regular(path) as file:
        while piece := file.read(2**20):
            digest.update(piece)
            done += len(piece)
            now = time.monotonic()
            if now >= due:
                due = now + TICK
                yield Progress("checking", done, total)
    return digest.hexdigest()


@contextmanager
def _alone(entry: CatalogEntry) -> Iterator[None]:
    """Keep another window of the program from writing the same file."""
    partial = Partial(entry.file_name)
    lock = Lock(partial.path.with_suffix(".lock"))
    try:
        partial.prepare()
        lock.acquire()
    except Busy:
        raise ModelError(
            f"{entry.title} is being downloaded by another window.", "Wait for that one to end."
        ) from None
    except OSError as error:
        raise ModelError(
            f"{partial.path.parent} cannot be written: {error.strerror or error}.",
            "Check the rights of the folder.",
        ) from error
    try:
        yield
    finally:
        lock.remove()


def _start_of_range(reply: Reply) -> int:
    """First byte of a partial answer; -1 if it does not say."""
    first = reply.headers.get("content-range", "").removeprefix("bytes ").split("-")[0].strip()
    return int(first) if first.isdigit() else -1


def _total_of_range(reply: Reply) -> int | None:
    """Bytes of the whole file, of a partial answer."""
    total = reply.headers.get("content-range", "").rpartition("/")[2].strip()
    return int(total) if total.isdigit() else None
