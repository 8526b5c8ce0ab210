"""The models the program knows by name, and where their files would lie on this computer.

Imports no torch and never uses the network: the window lists models before any is loaded.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from core.paths import data_dir, resources_dir

EMBEDDED_ID = "embedded"
EMBEDDED_NAME = "ColorLab Tiny (web-like)"
EMBEDDED_NOTICE = "Small embedded model, not OpenAI CLIP"


class CatalogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A model known by name.

    Attributes
    ----------
    id : str
        Reference for `core.models.loading.load_session`, e.g. ``"RN50:openai"``.
    title : str
        Name to show.
    architecture : str
    quick_gelu : bool
    source : str
        Who trained it.
    notice : str
        What to bear in mind; may be empty.
    file_name : str
        Name of the weights file.
    sha256 : str
        Published hash of the weights file; empty for the embedded model.
    hub_repository : str
        Repository on the Hugging Face hub, whose cache is looked into; may be empty.
    """

    id: str
    title: str
    architecture: str
    quick_gelu: bool
    source: str
    notice: str
    file_name: str
    sha256: str = ""
    hub_repository: str = ""

    def path(self) -> Path | None:
        """The weights file, if it is on this computer."""
        if self.id == EMBEDDED_ID:
            file = embedded_dir() / self.file_name
            return file if file.is_file() else None
        return find_weights(self.file_name, self.hub_repository)

    def available(self) -> bool:
        """True if the model can be loaded without any download."""
        return self.path() is not None


def embedded_dir() -> Path:
    """Folder of the model that ships with the program."""
    return resources_dir() / "models" / "embedded"


def models_dir() -> Path:
    """The user's own folder for weights files, created on first use."""
    folder = data_dir() / "models"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def find_weights(file_name: str, hub_repository: str = "") -> Path | None:
    """Look for a weights file in the user's model folder and in the caches of CLIP tools."""
    for folder in (models_dir(), Path.home() / ".cache" / "clip"):
        file = folder / file_name
        if file.is_file():
            return file
    return find_in_hub_cache(hub_repository, HUB_FILE_NAMES) if hub_repository else None


HUB_FILE_NAMES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")


def find_in_hub_cache(repository: str, file_names: tuple[str, ...]) -> Path | None:
    """Look for a file of a hub repository that was downloaded before, newest revision first."""
    folder = _hub_cache() / f"models--{repository.replace('/', '--')}"
    try:
        current = (folder / "refs" / "main").read_text(encoding="utf-8").strip()
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


def _openai(architecture: str, sha256: str, file_name: str, hub_repository: str) -> CatalogEntry:
    return CatalogEntry(
        id=f"{architecture}:openai",
        title=f"{architecture} (OpenAI)",
        architecture=architecture,
        quick_gelu=True,
        source="OpenAI, 2021",
        notice="",
        file_name=file_name,
        sha256=sha256,
        hub_repository=hub_repository,
    )


CATALOG: tuple[CatalogEntry, ...] = (
    CatalogEntry(
        id=EMBEDDED_ID,
        title=f"Embedded: {EMBEDDED_NAME}",
        architecture="ColorLab-Tiny",
        quick_gelu=True,
        source="trained by this program on pictures it draws",
        notice=EMBEDDED_NOTICE,
        file_name="model.safetensors",
    ),
    _openai(
        "RN50",
        "afeb0e10f9e5a86da6080e35cf09123aca3b358a0c3e3b6c78a7b63bc04b6762",
        "RN50.pt",
        "timm/resnet50_clip.openai",
    ),
    _openai(
        "RN101",
        "8fa8567bab74a42d41c5915025a8e4538c3bdbe8804a470a72f30b0d94fab599",
        "RN101.pt",
        "timm/resnet101_clip.openai",
    ),
    _openai(
        "RN50x4",
        "7e526bd135e493cef0776de27d5f42653e6b4c8bf9e0f653bb11773263205fdd",
        "RN50x4.pt",
        "timm/resnet50x4_clip.openai",
    ),
    _openai(
        "RN50x16",
        "52378b407f34354e150460fe41077663dd5b39c54cd0bfd2b27167a4a06ec9aa",
        "RN50x16.pt",
        "timm/resnet50x16_clip.openai",
    ),
    _openai(
        "RN50x64",
        "be1cfb55d75a9666199fb2206c106743da0f6468c9d327f3e0d0a543a9919d9c",
        "RN50x64.pt",
        "timm/resnet50x64_clip.openai",
    ),
    _openai(
        "ViT-B-32",
        "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af",
        "ViT-B-32.pt",
        "timm/vit_base_patch32_clip_224.openai",
    ),
    _openai(
        "ViT-B-16",
        "5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f",
        "ViT-B-16.pt",
        "timm/vit_base_patch16_clip_224.openai",
    ),
    _openai(
        "ViT-L-14",
        "b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836",
        "ViT-L-14.pt",
        "timm/vit_large_patch14_clip_224.openai",
    ),
    _openai(
        "ViT-L-14-336",
        "3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02",
        "ViT-L-14-336px.pt",
        "timm/vit_large_patch14_clip_336.openai",
    ),
)


def entry_of(reference: str) -> CatalogEntry | None:
    """The entry of an id, compared without regard to case."""
    wanted = reference.strip().lower()
    return next((entry for entry in CATALOG if entry.id.lower() == wanted), None)


def entry_of_sha256(sha256: str) -> CatalogEntry | None:
    """The entry whose published weights file has this hash."""
    return next((entry for entry in CATALOG if entry.sha256 and entry.sha256 == sha256), None)
