"""Figures drawn for print, with the same choices as pictures of panes: copied, or saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtWidgets import QApplication, QMenu, QWidget

from core.figures.description import Figure
from core.figures.file import MM_PER_INCH, SLIDE_MM, FigureSize, figure_bytes
from gui.context.lab_context import LabContext
from gui.export.dialog import SaveFigureDialog
from gui.export.files import Saver
from gui.export.options import UNITS_PER_INCH, PictureOptions
from gui.export.painting import opened_png


@dataclass(frozen=True)
class PrintedFigure:
    """A figure that can be drawn in any size."""

    title: str
    """For its file and for messages."""
    describe: Callable[[], Figure]
    """Gives its description; called beside the GUI thread."""

    def content(self, options: PictureOptions) -> bytes:
        """The file's bytes for what was chosen."""
        size, dpi = paper_of(options)
        figure = self.describe()
        return figure_bytes(figure, options.form, size=size, dpi=dpi, settings=options.note)


def paper_of(options: PictureOptions) -> tuple[FigureSize | None, float]:
    """Size on paper and pixels per inch for what was chosen; None for the figure's own size."""
    if options.extent == "millimeters":
        return FigureSize(options.width_mm, options.height_mm or None), float(options.dpi)
    if options.extent == "slide":
        return FigureSize(*SLIDE_MM), options.slide[0] / SLIDE_MM[0] * MM_PER_INCH
    return None, options.scale * UNITS_PER_INCH


class FigureTools(Saver):
    """Copies and saves figures; one for each window, see `figure_tools`."""

    def __init__(self, lab: LabContext) -> None:
        super().__init__(lab, lab, QApplication.activeWindow)

    def dialog(self, figure: PrintedFigure, parent: QWidget | None = None) -> SaveFigureDialog:
        """The dialog for a figure."""
        dialog = SaveFigureDialog(
            self._lab.theme, figure.title, figure.content, self.options, self._background, parent
        )
        dialog.save_wanted.connect(lambda options: self.save(figure, options))
        dialog.copy_wanted.connect(lambda options: self.copy(figure, options))
        return dialog

    def open_dialog(self, figure: PrintedFigure, parent: QWidget | None = None) -> None:
        """Let the user choose; see `dialog`."""
        self._let_choose(self.dialog(figure, parent))

    def save(self, figure: PrintedFigure, options: PictureOptions) -> None:
        """Ask for a file and write a figure to it, beside the GUI thread."""
        self._save(figure.title, options, lambda: lambda: figure.content(options))

    def copy(self, figure: PrintedFigure, options: PictureOptions | None = None) -> None:
        """Put a figure on the clipboard, in the size that was chosen last."""
        chosen = replace(options or self.options, form="png")
        self._lab.say(f"Drawing {figure.title}…")
        self._background.run(
            lambda: opened_png(figure.content(chosen)),
            lambda image: self._put(image, figure.title),
            self._lab.report,
        )


def figure_tools(lab: LabContext) -> FigureTools:
    """The tools of the lab's window; what is chosen for one figure is remembered for all."""
    known = lab.findChild(FigureTools)
    return known if known is not None else FigureTools(lab)


def add_figure_actions(
    menu: QMenu, lab: LabContext, shown: Callable[[], PrintedFigure | None]
) -> Callable[[], None]:
    """Put “Copy figure” and “Save figure…” for what is shown into a menu.

    What is returned opens the dialog, as “Save figure…” does.
    """
    tools = figure_tools(lab)

    def use(act: Callable[[PrintedFigure], object]) -> None:
        figure = shown()
        if figure is None:
            lab.say("There is no figure yet")
        else:
            act(figure)

    def save() -> None:
        use(lambda figure: tools.open_dialog(figure, menu.parentWidget()))

    for text, tip, handler in (
        ("Copy figure", "As pixels, in the size that was chosen last", lambda: use(tools.copy)),
        ("Save figure…", "As PNG, SVG or PDF, in any size, for a page or a slide", save),
    ):
        action = menu.addAction(text, handler)
        action.setToolTip(tip)
    return save
