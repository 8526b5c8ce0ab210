"""Export of a figure of a census, as a picture, as numbers or as the report of the whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from core.base.tables import Region
from core.figures.census_notes import FigureName
from core.figures.description import Figure
from core.units.features.unit_hues import HueFigure
from core.units.neuron_indices import NeuronIndices, Parts
from gui.context.lab_context import LabContext
from gui.dialogs.save_file import shared_beside
from gui.export.menu import Exported, ExportMenu, Target
from gui.inspector.census.report import census_reporter

if TYPE_CHECKING:
    from core.figures.unit_figure import UnitSheet


@dataclass(frozen=True, eq=False)
class Shown:
    """A figure as it is shown; `unit` is that of the figure of a unit."""

    figure: FigureName
    indices: NeuronIndices
    parts: Parts = "layers"
    as_counts: bool = False
    hues: HueFigure | None = None
    unit: int | None = None


class FigureExport(ExportMenu):
    """Works on the figure that `shown` gives; None if nothing is shown."""

    def __init__(
        self, lab: LabContext, shown: Callable[[], Shown | None], parent: QWidget | None = None
    ) -> None:
        def exported() -> Exported | None:
            found = shown()
            return None if found is None else _exported(found)

        super().__init__(lab, exported, beside=shared_beside, parent=parent)
        self._found = shown
        self.addSeparator()
        tip = "All figures and tables with their settings in one file, HTML or PDF"
        self.add("Report of the census…", self.save_report, tip)

    def save_report(self) -> None:
        """Ask for a file and write the report of the census to it."""
        shown = self._found()
        census_reporter(self._lab).save(None if shown is None else shown.indices)


def _exported(shown: Shown) -> Exported:
    """What is shown as files; the pictures of a unit are looked for once."""

    @cache
    def sheet() -> UnitSheet | None:
        if shown.unit is None:
            return None
        from core.figures.unit_figure import unit_sheet

        return unit_sheet(shown.indices, shown.unit)

    def describe() -> Figure:
        from core.figures.census_figures import census_figure

        return census_figure(
            shown.indices,
            shown.figure,
            parts=shown.parts,
            as_counts=shown.as_counts,
            hues=shown.hues,
            sheet=sheet(),
        )

    def write(path: Path, target: Target, region: Region) -> tuple[Path, ...]:
        from core.figures.census_tables import write_figure_csv

        return write_figure_csv(
            path,
            shown.indices,
            shown.figure,
            parts=shown.parts,
            hues=shown.hues,
            sheet=sheet(),
            region=region if target.form == "spreadsheet" else None,
        )

    indices = shown.indices
    name = shown.figure if shown.unit is None else indices.census.name_of(shown.unit)
    return Exported(f"{indices.census.record.title} {name}", describe, write)
