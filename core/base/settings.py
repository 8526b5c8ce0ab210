"""The user's preferences: one readable TOML file that survives damage (R50).

Each key stands with a comment in ``preferences.toml`` in the user's configuration folder. A value
that cannot be used falls back to its default with a note, and the others stay. A file that is no
TOML at all is moved aside. Comments and unknown keys written by the user are kept.
"""

from __future__ import annotations

import contextlib
import textwrap
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
import tomlkit
from msgspec import Meta
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Item, Table

from core.base.atomic import replace, write_atomic
from core.base.locks import Busy, Lock
from core.base.paths import config_dir
from core.base.reading import read_bytes
from core.base.text import valid_text
from core.base.typed import from_values

FILE_NAME = "preferences.toml"
BROKEN_NAME = "preferences.broken.toml"
MAX_RECENT = 12


class Settings(msgspec.Struct):
    """The preferences; each field's comment in the file is its description here."""

    theme: Annotated[
        Literal["system", "light", "dark"],
        Meta(description="Colors of the window: system, light or dark."),
    ] = "system"
    gray_spelling: Annotated[
        Literal["gray", "grey"],
        Meta(description="Spelling of the label in new documents: gray or grey."),
    ] = "gray"
    model: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=4096,
            description="Model at start: embedded, a catalog id, or the path of a weights file.",
        ),
    ] = "embedded"
    device: Annotated[
        str,
        Meta(pattern=r"^(cpu|mps|cuda(:\d+)?)$", description="Where it runs: cpu, cuda or mps."),
    ] = "cpu"
    precision: Annotated[
        Literal["fp32", "fp16", "bf16"],
        Meta(description="Number format of the model: fp32, fp16 or bf16."),
    ] = "fp32"
    threads: Annotated[
        int, Meta(ge=0, le=1024, description="Processor threads of the model; 0 uses all cores.")
    ] = 0
    autosave_seconds: Annotated[
        int,
        Meta(ge=0, le=3600, description="Seconds between autosaves after a change; 0 for never."),
    ] = 10
    csv_region: Annotated[
        Literal["point", "comma"],
        Meta(
            description="Spreadsheet CSV files: point writes 0.5 and separates cells by a comma, "
            "comma writes 0,5 and separates them by a semicolon."
        ),
    ] = "point"
    confirm_stop: Annotated[
        bool,
        Meta(description="Ask before the window is closed while an experiment or census runs."),
    ] = True
    confirm_delete: Annotated[
        bool, Meta(description="Ask before runs, censuses and models go to the trash.")
    ] = True
    tour_seen: Annotated[
        bool, Meta(description="The tour was seen; false shows it at the next start.")
    ] = False
    probability_decimals: Annotated[
        int, Meta(ge=0, le=6, description="Decimals of the percentages shown in the window.")
    ] = 1
    recent_documents: Annotated[
        list[str], Meta(max_length=MAX_RECENT, description="Documents opened last, newest first.")
    ] = []

    def add_recent(self, path: Path) -> None:
        """Put `path` first among the recent documents."""
        text = str(path)
        others = [known for known in self.recent_documents if known != text]
        self.recent_documents = [text, *others][:MAX_RECENT]


_HEADER = """\
# Preferences of CLIP Color Lab. The app reads this file when it starts and writes it when a
# preference changes. Comments of your own are kept. A line that is deleted takes its default.

"""
_TYPES: dict[str, Any] = get_type_hints(Settings, include_extras=True)


def load_settings(folder: Path | None = None) -> tuple[Settings, tuple[str, ...]]:
    """Read the preferences from a folder, by default the user's configuration folder.

    Nothing is raised: sentences to show to the user say what was ignored or could not be read.
    """
    try:
        path = (folder or config_dir()) / FILE_NAME
        text = read_bytes(path).decode("utf-8-sig")  # some editors put a byte order mark first
        values = tomlkit.parse(text).unwrap()
    except FileNotFoundError:
        return Settings(), ()
    except OSError as error:
        return Settings(), (
            f"The preferences cannot be read ({error.strerror}); the defaults are used.",
        )
    except (TOMLKitError, UnicodeDecodeError, RecursionError) as error:
        return Settings(), (_set_aside(path, error),)
    return _from_values(values)


def change_settings(
    settings: Settings, change: Callable[[Settings], object], folder: Path | None = None
) -> str | None:
    """Change some preferences in memory and in the file, which stays whole if that fails.

    A sentence for the user is returned if they could not be written, for example because the folder
    is read-only; the app goes on with the preferences in memory.

    What other copies of the program have written into the file meanwhile stays there. Of that only
    the recent documents are taken over into memory: a window does not change by another's dialog.
    So `change` is called for the preferences in memory and for those of the file.
    """
    change(settings)
    try:
        path = (folder or config_dir()) / FILE_NAME
        with _alone(path):
            document, stored = _existing(path), settings
            if document is not None:
                stored = _from_values(document.unwrap())[0]
                change(stored)
                settings.recent_documents = list(stored.recent_documents)
            text = _text(document or tomlkit.document(), stored)
            write_atomic(path, text.encode("utf-8"))
    except OSError as error:
        return (
            f"The preferences cannot be saved ({error.strerror}); "
            "they hold until the app is closed."
        )
    return None


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other copies of the program from writing until this one has."""
    lock = Lock(path.with_name(f".{FILE_NAME}.lock"))
    with contextlib.suppress(Busy):  # one that hangs must not keep all others from writing
        lock.acquire()
    try:
        yield
    finally:
        lock.remove()


def _from_values(values: dict[str, Any]) -> tuple[Settings, tuple[str, ...]]:
    settings = Settings()
    notes: list[str] = []
    for key, value in values.items():
        if key not in _TYPES:
            notes.append(f"The preference “{key}” is unknown and not used.")
            continue
        try:
            setattr(settings, key, from_values(value, _TYPES[key]))
        except msgspec.ValidationError as error:
            default = getattr(Settings(), key)
            notes.append(
                f"The preference “{key}” cannot be used ({_reason(error)}); "
                f"its default {default!r} is used."
            )
    return settings, tuple(notes)


def _reason(error: msgspec.ValidationError) -> str:
    text = str(error)
    return text[:1].lower() + text[1:]


def _set_aside(path: Path, error: Exception) -> str:
    """Move a broken file out of the way without losing an earlier broken one."""
    target = path.with_name(BROKEN_NAME)
    number = 2
    while target.exists():
        target = path.with_name(f"preferences.broken-{number}.toml")
        number += 1
    reason = str(error).rstrip(".")
    try:
        replace(path, target)
    except OSError:
        return f"The preferences are damaged ({reason}); the defaults are used."
    return (
        f"The preferences were damaged ({reason}); the defaults are used, "
        f"and the damaged file is kept as {target.name}."
    )


def _existing(path: Path) -> tomlkit.TOMLDocument | None:
    with contextlib.suppress(FileNotFoundError, TOMLKitError, UnicodeDecodeError, RecursionError):
        return tomlkit.parse(read_bytes(path).decode("utf-8-sig"))
    return None


def _text(document: tomlkit.TOMLDocument, settings: Settings) -> str:
    """The file's text: the user's own with its values brought up to date."""
    values = {key: _plain(getattr(settings, key)) for key in Settings.__struct_fields__}
    missing = [key for key, value in values.items() if not _update(document, key, value)]
    kept = tomlkit.dumps(document)
    new = "".join(_entry(key, values[key]) for key in missing)
    # New keys come first: after a table of the user's they would belong to it.
    text = _HEADER + new + kept.removeprefix(_HEADER) if new else kept
    text = text.rstrip("\n") + "\n"
    try:
        read_back = tomllib.loads(text)
        if all(read_back[key] == value for key, value in values.items()):
            return text
    except (tomllib.TOMLDecodeError, KeyError):
        pass
    # The user's own lines cannot be kept together with these values.
    return _HEADER + "".join(_entry(key, value) for key, value in values.items())


def _update(document: tomlkit.TOMLDocument, key: str, value: Any) -> bool:
    """Change one key where it stands; False if it has to be added."""
    if key not in document:
        return False
    old = document.item(key)
    if not isinstance(old, Item) or isinstance(old, Table | AoT):
        document.remove(key)
        return False
    if old.unwrap() != value:
        new = tomlkit.item(value)
        new.trivia.comment_ws, new.trivia.comment = old.trivia.comment_ws, old.trivia.comment
        document[key] = new
    return True


def _entry(key: str, value: Any) -> str:
    meta = next(part for part in _TYPES[key].__metadata__ if isinstance(part, Meta))
    entry = tomlkit.document()
    for line in textwrap.wrap(str(meta.description), 97):
        entry.add(tomlkit.comment(line))
    entry.add(key, tomlkit.item(value))
    return tomlkit.dumps(entry) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return valid_text(value)
    if isinstance(value, list):
        return [valid_text(entry) for entry in value]
    return value
