"""Preferences as a window leaves them that has changed each."""

from __future__ import annotations

from pathlib import Path

from core.base.settings import Settings, change_settings


def save_settings(settings: Settings, folder: Path | None = None) -> str | None:
    """Change every preference into that of `settings`; returns what `change_settings` does."""

    def change(present: Settings) -> None:
        for name in Settings.__struct_fields__:
            value = getattr(settings, name)
            setattr(present, name, list(value) if isinstance(value, list) else value)

    return change_settings(Settings(), change, folder)
