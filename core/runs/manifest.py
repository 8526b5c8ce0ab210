"""What a run folder notes about itself besides plan and rows: state, model, sessions."""

from __future__ import annotations

import platform
import sys
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from core.models.info import ModelInfo
from core.predict.provenance import library_versions

State = Literal["new", "running", "paused", "cancelled", "finished", "failed"]

SCHEMA = 1

MOST_IN_BATCH = 2**20
"""Images; more would not fit into any memory."""

BatchSize = Annotated[int, Meta(ge=0, le=MOST_IN_BATCH)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Seconds = Annotated[float, Meta(ge=0, le=1e18)]


class WorkSession(msgspec.Struct, kw_only=True):
    """One stretch of work on a run, from start or resumption to its end."""

    started: str
    ended: str
    """UTC, ISO 8601; `ended` is the last time something was noted if the process was killed."""
    images: Count = 0
    """Images done in it."""
    seconds: Seconds = 0.0
    device: str
    threads: Count
    """Processor threads that torch used."""
    batch_size: BatchSize
    """At its end; it falls when memory runs out."""
    peak_memory: Count | None = None
    """Most memory of the process so far in bytes; None where the system does not tell."""
    platform: str = ""
    versions: dict[str, str | None] = {}


class Manifest(msgspec.Struct, kw_only=True):
    """The content of ``manifest.json``."""

    format: str
    """What kind of folder it is."""
    schema: int = SCHEMA
    """Version of the form of its files."""
    title: str
    """What to call the run; can be changed."""
    state: State = "new"
    """As noted last; a killed process leaves “running”."""
    created: str = ""
    """UTC, ISO 8601."""
    model: ModelInfo | None = None
    """The model as it was loaded at first; None if that was lost."""
    batch_size: BatchSize = 0
    shard_size: BatchSize = 0
    """Images; kept for all sessions, so that a resumed run computes in the same batches. 0
    before the first session."""
    sessions: list[WorkSession] = []
    notes: list[str] = []
    """What happened, in sentences."""
    problem: str = ""
    """Why the run failed."""
    plan_sha256: str = ""
    """Which plan the folder is about; see `core.runs.folder.plan_binding`. Empty in folders of
    earlier versions."""


def begun_session(device: str, threads: int, batch_size: int) -> WorkSession:
    """A session that begins now on this computer."""
    now = utc_now()
    return WorkSession(
        started=now,
        ended=now,
        device=device,
        threads=threads,
        batch_size=batch_size,
        platform=platform_text(),
        versions=library_versions(),
    )


def utc_now() -> str:
    """The present in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def platform_text() -> str:
    """Operating system and processor."""
    return f"{platform.system()} {platform.release()} {platform.machine()}"


def peak_memory() -> int | None:
    """Most memory this process has held so far, in bytes; None where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
