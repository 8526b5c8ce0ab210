"""Export of a scan, as a picture or as numbers, written beside the GUI thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QWidget

from core.base.tables import Region
from core.figures.description import Figure
from core.scans.result import ScanResult
from gui.context.lab_context import LabContext
from gui.dialogs.save_file import csv_beside
from gui.export.menu import Exported, ExportMenu, Target

Shown = tuple[ScanResult, int]
"""A result and the template that is shown."""


def scan_export(
    lab: LabContext, shown: Callable[[], Shown | None], name: str, parent: QWidget | None = None
) -> ExportMenu:
    """The menu for the result that is `shown`; `name` begins the suggested name of its files."""

    def exported() -> Exported | None:
        found = shown()
        return None if found is None else _exported(*found, name)

    def beside(path: Path) -> Sequence[Path]:
        from core.scans.tables import thresholds_path

        found = shown()
        thresholds = found is not None and found[0].thresholds
        return (*((thresholds_path(path),) if thresholds else ()), *csv_beside(path))

    return ExportMenu(
        lab,
        exported,
        beside=beside,
        title=f"Export {name.lower()}",
        nothing="There is nothing to export yet",
        parent=parent,
    )


def _exported(result: ScanResult, template: int, name: str) -> Exported:
    def describe() -> Figure:
        from core.figures.scan_figures import scan_figure

        return scan_figure(result, template)

    def write(path: Path, target: Target, region: Region) -> tuple[Path, ...]:
        from core.scans.tables import write_scan_csv

        return write_scan_csv(path, result, region if target.form == "spreadsheet" else None)

    axes = " by ".join(axis.what.name for axis in result.plan.setup.axes)
    return Exported(f"{name} {axes}", describe, write)
