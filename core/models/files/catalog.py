"""The models the program knows by name, and where their files would lie on this computer.

Imports no torch and never uses the network: the window lists models before any is loaded.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import msgspec

from core.base.paths import data_dir, resources_dir
from core.base.reading import read_text
from core.base.typed import from_values

EMBEDDED_ID = "embedded"
EMBEDDED_NAME = "ColorLab Tiny (web-like)"
EMBEDDED_NOTICE = "Small embedded model, not OpenAI CLIP"


class PublishedVocabulary(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A vocabulary that a model has beside its weights, in a ``tokenizer.json``."""

    repository: str  # on the Hugging Face hub, as open_clip names it
    entries: int


class CatalogEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model known by name."""

    id: str  # a reference for `core.models.loading.load_session`, e.g. "RN50:openai"
    title: str
    architecture: str = ""  # name in open_clip; by default the part of `id` before the colon
    family: str = ""  # whose models it belongs to, e.g. "LAION"
    quick_gelu: bool
    source: str  # who trained it, and on what where that is known
    license: str = "unknown"  # as the publisher states it
    notice: str = ""  # what to bear in mind
    file_name: str  # of the weights in the user's model folder
    sha256: str = ""  # of the weights, as published; empty where it is not
    hub_repository: str = ""  # on the Hugging Face hub, whose cache is looked into
    size: int = 0  # about how many bytes the file has; 0 where that is not known
    parameters: int = 0  # 0 where that is not known
    vocabulary: PublishedVocabulary | None = None  # of models that read text with one of their own
    unsupported: str = ""  # one sentence why it cannot be loaded yet

    def __post_init__(self) -> None:
        if not self.architecture:
            msgspec.structs.force_setattr(self, "architecture", self.id.partition(":")[0])

    @property
    def tag(self) -> str:
        """open_clip's name of the weights, e.g. ``"openai"``."""
        return self.id.partition(":")[2]

    def path(self) -> Path | None:
        """The weights file, if it is on this computer."""
        if self.id == EMBEDDED_ID:
            file = embedded_dir() / self.file_name
            return file if file.is_file() else None
        return find_weights(self.file_name, self.hub_repository)

    def vocabulary_path(self) -> Path | None:
        """The file of its own vocabulary, if it has one and that is on this computer."""
        if self.vocabulary is None:
            return None
        return find_vocabulary(self.path(), self, self.vocabulary.repository)

    def available(self) -> bool:
        """True if the model can be loaded without any download."""
        if self.unsupported or self.path() is None:
            return False
        return self.vocabulary is None or self.vocabulary_path() is not None


def embedded_dir() -> Path:
    """Folder of the model that ships with the program."""
    return resources_dir() / "models" / "embedded"


def models_dir() -> Path:
    """The user's own folder for weights files, created on first use."""
    folder = data_dir() / "models"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def find_weights(file_name: str, hub_repository: str = "") -> Path | None:
    """Look for a weights file in the user's model folder and in the caches of CLIP tools.

    The hub offers some weights only in another format, so that a file named after a catalog entry
    may also end as such files do.
    """
    names = [file_name]
    if file_name.endswith(SAFETENSORS):
        names.append(file_name.removesuffix(SAFETENSORS) + HUB_BIN)
    for folder in (models_dir(), Path.home() / ".cache" / "clip"):
        for name in names:
            file = folder / name
            if file.is_file():
                return file
    return find_in_hub_cache(hub_repository, HUB_FILE_NAMES) if hub_repository else None


def find_vocabulary(
    weights: Path | None, entry: CatalogEntry | None = None, hub_repository: str = ""
) -> Path | None:
    """Look for the vocabulary of a model that has one of its own.

    It lies beside the weights, as ``<their stem>.tokenizer.json`` or as ``tokenizer.json``; that of
    an entry of the catalog also in the user's model folder. Last, the hub's cache is looked into.
    """
    places = []
    if weights is not None:
        places += [vocabulary_beside(weights), weights.with_name(VOCABULARY_NAME)]
    if entry is not None:
        places.append(vocabulary_beside(models_dir() / entry.file_name))
    for place in places:
        if place.is_file():
            return place
    return find_in_hub_cache(hub_repository, (VOCABULARY_NAME,)) if hub_repository else None


def vocabulary_beside(weights: Path) -> Path:
    """The name that the vocabulary of a file of weights has in the same folder."""
    return weights.with_name(f"{weights.stem}.{VOCABULARY_NAME}")


def vocabulary_place(
    weights: Path | None, entry: CatalogEntry | None = None, name: str = ""
) -> Path:
    """Where to put a vocabulary that is missing, so that it is found."""
    if entry is not None:
        return vocabulary_beside(models_dir() / entry.file_name)
    if weights is not None:
        return vocabulary_beside(weights)
    return models_dir() / f"{name}.{VOCABULARY_NAME}"


VOCABULARY_NAME = "tokenizer.json"
SAFETENSORS, HUB_BIN = ".safetensors", ".bin"
HUB_FILE_NAMES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")


def find_in_hub_cache(repository: str, file_names: tuple[str, ...]) -> Path | None:
    """Look for a file of a hub repository that was downloaded before, newest revision first."""
    folder = _hub_cache() / f"models--{repository.replace('/', '--')}"
    try:
        current = read_text(folder / "refs" / "main").strip()
    except (OSError, UnicodeDecodeError):
        return None
    for file_name in file_names:
        file = folder / "snapshots" / current / file_name
        if file.is_file():
            return file
    return None


def _hub_cache() -> Path:
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if os.environ.get(variable):
            return Path(os.environ[variable]).expanduser()
    home = os.environ.get("HF_HOME")
    return (Path(home).expanduser() if home else Path.home() / ".cache" / "huggingface") / "hub"


EMBEDDED_ENTRY = CatalogEntry(
    id=EMBEDDED_ID,
    title=f"Embedded: {EMBEDDED_NAME}",
    architecture="ColorLab-Tiny",
    family="Embedded",
    quick_gelu=True,
    source="trained by this program on pictures it draws",
    license="MIT",
    notice=EMBEDDED_NOTICE,
    file_name="model.safetensors",
)


def _read_catalog() -> tuple[CatalogEntry, ...]:
    text = read_text(resources_dir() / "models" / "catalog.toml")
    models = tomllib.loads(text)["model"]
    return (EMBEDDED_ENTRY, *from_values(models, tuple[CatalogEntry, ...]))


CATALOG: tuple[CatalogEntry, ...] = _read_catalog()


def entry_of(reference: str) -> CatalogEntry | None:
    """The entry of an id, compared without regard to case."""
    wanted = reference.strip().lower()
    return next((entry for entry in CATALOG if entry.id.lower() == wanted), None)


def entry_of_sha256(sha256: str) -> CatalogEntry | None:
    """The entry whose published weights file has this hash."""
    return next((entry for entry in CATALOG if entry.sha256 and entry.sha256 == sha256), None)
